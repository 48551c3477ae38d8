package peers

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// Tracking is target tracking as Application Auto Scaling of AWS has it. Two alarms watch the metric minute by minute: one
// that it is above the target for three, one that it is below nine tenths of it for fifteen. Each then changes the
// replicas in proportion, rounded up. In its cooldown a scale-out is followed only by a larger one, which counts from where the
// first began; a scale-in is followed by none, and ends at once when there is a scale-out.
// https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
type Tracking struct {
	own
	// High and Low are for how many minutes an alarm's threshold must be crossed; LowAt is that of the low alarm, as a share
	// of the goal.
	High, Low int
	LowAt     float64
	// OutCooldown and InCooldown follow a scale-out and a scale-in.
	OutCooldown, InCooldown time.Duration

	sampled         time.Time
	above, below    int   // minutes in a row
	from            int32 // replicas when the cooldown of the last scale-out began
	changed         time.Time
	rising, changes bool // the last change, if there was one
}

// NewTracking has the defaults of ECS services: both cooldowns are five minutes.
func NewTracking(g Goal) *Tracking {
	return &Tracking{own: newOwn(g), High: 3, Low: 15, LowAt: 0.9, OutCooldown: 5 * time.Minute, InCooldown: 5 * time.Minute}
}

// Decide is part of the simulator's policies.
func (t *Tracking) Decide(seen *engine.Observation, now time.Time) *engine.Decision {
	l := t.goal.look(seen)
	if !l.known || now.Sub(t.sampled) < time.Minute {
		return t.decide(l, l.replicas, now)
	}
	t.sampled = now
	t.above, t.below = t.above+1, t.below+1
	if l.ratio() <= 1 {
		t.above = 0
	}
	if l.ratio() >= t.LowAt {
		t.below = 0
	}
	switch {
	case t.above >= t.High:
		return t.decide(l, t.out(l.replicas, l.ratio(), now), now)
	case t.below >= t.Low:
		return t.decide(l, t.in(l.replicas, l.ratio(), now), now)
	default:
		return t.decide(l, l.replicas, now)
	}
}

// Applied is part of the simulator's policies.
func (t *Tracking) Applied(now time.Time) {
	cooling := t.cooling(now, true, t.OutCooldown)
	t.changes, t.rising = true, t.last.Desired > t.last.Current
	if t.changed = now; t.rising && !cooling {
		t.from = t.last.Current
	}
}

// cooling says whether the last change was in a direction and is not over yet.
func (t *Tracking) cooling(now time.Time, rising bool, cooldown time.Duration) bool {
	return t.changes && t.rising == rising && now.Sub(t.changed) < cooldown
}

func (t *Tracking) out(current int32, ratio float64, now time.Time) int32 {
	from := current
	if t.cooling(now, true, t.OutCooldown) {
		from = t.from
	}
	return max(current, up(float64(from)*ratio))
}

func (t *Tracking) in(current int32, ratio float64, now time.Time) int32 {
	if t.cooling(now, false, t.InCooldown) {
		return current
	}
	return min(current, up(float64(current)*ratio))
}
