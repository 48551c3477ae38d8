package peers

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// Tracking is target tracking of AWS Application Auto Scaling. Two alarms evaluate the metric once a minute: the high alarm
// fires after 3 minutes above the target, the low alarm after 15 minutes below 90% of it. Each changes the replicas in
// proportion, rounded up. During the cooldown of a scale-out only a larger scale-out happens, computed from the replicas
// before the first. During the cooldown of a scale-in no scale-in happens; a scale-out ends it.
// https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
type Tracking struct {
	base
	// High and Low are the minutes that a threshold must be crossed until the alarm fires. LowAt is the threshold of the low
	// alarm, as a share of the goal.
	High, Low int
	LowAt     float64
	// OutCooldown and InCooldown follow a scale-out and a scale-in.
	OutCooldown, InCooldown time.Duration

	sampled         time.Time
	above, below    int   // consecutive minutes
	from            int32 // replicas at the start of the cooldown of the last scale-out
	changed         time.Time
	rising, changes bool // direction of the last change; whether one happened
}

// NewTracking returns target tracking with the defaults of ECS services: both cooldowns are five minutes.
func NewTracking(g Goal) *Tracking {
	return &Tracking{base: newBase(g), High: 3, Low: 15, LowAt: 0.9, OutCooldown: 5 * time.Minute, InCooldown: 5 * time.Minute}
}

// Decide implements [sim.Policy].
func (t *Tracking) Decide(o *engine.Observation, now time.Time) *engine.Decision {
	l := t.goal.measure(o)
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

// Applied implements [sim.Policy].
func (t *Tracking) Applied(now time.Time) {
	cooling := t.cooling(now, true, t.OutCooldown)
	t.changes, t.rising = true, t.last.Desired > t.last.Current
	if t.changed = now; t.rising && !cooling {
		t.from = t.last.Current
	}
}

// cooling reports whether the cooldown of a change in a direction is active.
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
