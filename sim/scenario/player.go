package scenario

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// Player plays a story. Between two ticks the target gets the decided replicas, and its pods become ready by the next tick,
// unless the tick states otherwise.
type Player struct {
	Now   time.Time
	Spec  engine.Spec
	State engine.State
	// Replicas of the target's spec.
	Replicas int32
}

// NewPlayer returns a player at the start of a story.
func NewPlayer() *Player { return &Player{Now: Start} }

// Evaluation is the result of one tick.
type Evaluation struct {
	Observation *engine.Observation
	Decision    engine.Decision
	// Written reports whether the decision changed the replicas of the target.
	Written bool
}

// Play plays one block. It returns nil for every block other than a tick.
func (p *Player) Play(b *Block) *Evaluation {
	switch b.Command {
	case Begin:
		*p = *NewPlayer()
	case SetSpec:
		p.Spec = *b.Spec
	case Decide:
		return p.tick(b.Tick)
	default:
		p.State = b.StateAfter(p.State)
	}
	return nil
}

// StateAfter returns the part of the state that remains after the command.
func (b *Block) StateAfter(state engine.State) engine.State {
	switch b.Command {
	case Restart:
		return engine.State{ScaledToZero: state.ScaledToZero}
	case Restore:
		return state.Clone()
	case Recreate:
		return engine.State{}
	default:
		return state
	}
}

func (p *Player) tick(t *Tick) *Evaluation {
	p.Now = p.Now.Add(t.After)
	e := &Evaluation{Observation: t.Observe(&p.Spec, p.Replicas, p.Now)}
	d := &e.Decision
	*d, p.State = engine.Decide(&p.Spec, p.State, e.Observation, p.Now)
	p.Replicas = d.Current
	if t.ConcurrentReplicas != nil {
		p.Replicas = *t.ConcurrentReplicas
	}
	if d.Desired != d.Current && !t.WriteFails {
		// The last writer wins: the decided replicas overwrite a change made since the observation.
		p.State = engine.RecordScale(p.State, d, p.Now)
		p.Replicas, e.Written = d.Desired, true
	}
	return e
}
