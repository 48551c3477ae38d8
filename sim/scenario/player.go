package scenario

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// Player plays a story. Between its ticks the world does as it is told: the target has the count that was decided, and
// its pods are ready by the next tick, unless the tick says otherwise.
type Player struct {
	Now   time.Time
	Spec  engine.Spec
	State engine.State
	// Replicas that the target has been given.
	Replicas int32
}

// NewPlayer gives one that has played nothing.
func NewPlayer() *Player { return &Player{Now: Start} }

// Turn is what a tick has come to.
type Turn struct {
	Seen     *engine.Observation
	Decision engine.Decision
	// Written says that the decision was to change something, and did.
	Written bool
}

// Do plays one block. Only a tick gives a Turn; for the others it is nil.
func (p *Player) Do(b *Block) *Turn {
	switch b.Command {
	case Begin:
		*p = *NewPlayer()
	case SetSpec:
		p.Spec = *b.Spec
	case Decide:
		return p.tick(b.Tick)
	default:
		p.State = b.Remembers(p.State)
	}
	return nil
}

// Remembers gives what is left of a state after the command.
func (b *Block) Remembers(state engine.State) engine.State {
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

func (p *Player) tick(t *Tick) *Turn {
	p.Now = p.Now.Add(t.After)
	turn := &Turn{Seen: t.Observe(&p.Spec, p.Replicas, p.Now)}
	d := &turn.Decision
	*d, p.State = engine.Decide(&p.Spec, p.State, turn.Seen, p.Now)
	p.Replicas = d.Current
	if t.Meanwhile != nil {
		p.Replicas = *t.Meanwhile
	}
	if d.Desired != d.Current && !t.WriteFails {
		// The last writer wins: the number that was decided is written again over whatever came between.
		p.State = engine.RecordScale(p.State, d, p.Now)
		p.Replicas, turn.Written = d.Desired, true
	}
	return turn
}
