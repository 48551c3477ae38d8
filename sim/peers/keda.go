package peers

import (
	"slices"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/schedule"
	"flyball.dev/flyball/sim"
)

// KEDA is an object of KEDA's. What scales from one replica on is autoscaling/v2, through the engine; KEDA itself looks at
// the metric each polling interval and decides between none and some. https://keda.sh/docs/latest/concepts/scaling-deployments/
type KEDA struct {
	sim.Engine
	goal Goal
	// Polling is the time between two looks. With Cached, autoscaling/v2 is told what was seen at the last one; of CPU it always
	// has its own.
	Polling time.Duration
	Cached  bool
	// Activation is the value, in units of work a second, above which there are replicas; it counts only where the minimum is 0.
	Activation float64
	// Cooldown is how long it must not have been active before the last replicas go.
	Cooldown time.Duration

	cron     []Cron
	seen     engine.Observation
	polled   time.Time
	cached   engine.Reading
	active   bool
	activeAt time.Time
}

// Cron is a trigger of type cron: while its window is open, at least so many replicas. Here it is exact, which KEDA's is not
// when clocks change.
type Cron struct {
	Window   schedule.Window
	Replicas int32
}

// NewKEDA has the project's defaults, but for the cache, which it has off.
func NewKEDA(g Goal, cron ...Cron) *KEDA {
	spec := HPA(g)
	spec.MinReplicas = max(1, spec.MinReplicas)
	for range cron {
		spec.Metrics = append(spec.Metrics, engine.Metric{Type: engine.External, Name: "cron", TargetType: engine.AverageValue, Target: 1000})
	}
	return &KEDA{
		Engine: sim.Engine{Spec: spec}, goal: g, cron: cron,
		Polling: 30 * time.Second, Cached: true, Cooldown: 5 * time.Minute,
	}
}

// Metrics are those that the plant has: a cron trigger is no metric of it.
func (k *KEDA) Metrics() []engine.Metric { return k.Spec.Metrics[:1] }

// Decide is part of the simulator's policies.
func (k *KEDA) Decide(seen *engine.Observation, now time.Time) *engine.Decision {
	if k.polled.IsZero() || now.Sub(k.polled) >= k.Polling {
		k.poll(seen, now)
	}
	if k.goal.Min == 0 {
		switch l := k.goal.look(seen); {
		case l.replicas == 0:
			return k.number(l, min(1, int32(k.wakes())), now)
		case !k.active && now.Sub(k.activeAt) > k.Cooldown:
			return k.number(l, 0, now)
		}
	}
	k.seen = *seen
	k.seen.Readings = append([]engine.Reading(nil), seen.Readings...)
	if k.Cached && k.goal.Metric == Rate {
		k.seen.Readings[0] = k.cached
	}
	for i := range k.cron {
		k.seen.Readings = append(k.seen.Readings, engine.Reading{Value: 1000 * int64(k.cron[i].wish(now)), Time: now})
	}
	return k.Engine.Decide(&k.seen, now)
}

func (k *KEDA) wakes() int {
	if k.active {
		return 1
	}
	return 0
}

// poll looks whether any trigger is active.
func (k *KEDA) poll(seen *engine.Observation, now time.Time) {
	k.polled, k.active = now, false
	if len(seen.Readings) > 0 {
		k.cached = seen.Readings[0]
		k.cached.Pods, k.cached.Requests = slices.Clone(k.cached.Pods), slices.Clone(k.cached.Requests)
	}
	if l := k.goal.look(seen); l.known && l.load*k.goal.PodRate*k.goal.Busy > k.Activation {
		k.active = true
	}
	for i := range k.cron {
		if _, open := k.cron[i].Window.Open(now); open {
			k.active = true
		}
	}
	if k.active {
		k.activeAt = now
	}
}

// number is a decision of KEDA's own.
func (k *KEDA) number(l look, want int32, now time.Time) *engine.Decision {
	o := newOwn(k.goal)
	return o.decide(l, want, now)
}

// wish is what a trigger tells autoscaling/v2: 1 outside of its window.
func (c *Cron) wish(now time.Time) int32 {
	if _, open := c.Window.Open(now); open {
		return c.Replicas
	}
	return 1
}
