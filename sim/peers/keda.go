package peers

import (
	"slices"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/schedule"
	"flyball.dev/flyball/sim"
)

// KEDA is a ScaledObject of KEDA. From one replica on, autoscaling/v2 scales it, through the engine. KEDA itself reads the
// metric each polling interval and activates or deactivates the target. https://keda.sh/docs/latest/concepts/scaling-deployments/
type KEDA struct {
	sim.Engine
	goal Goal
	// Polling is the polling interval. With Cached, autoscaling/v2 gets the value of the last poll; CPU is never cached.
	Polling time.Duration
	Cached  bool
	// Activation is the value, in units per second, above which the target has replicas. It has an effect only with a minimum of 0.
	Activation float64
	// Cooldown is the inactive time before scaling to zero.
	Cooldown time.Duration

	cron     []Cron
	observed engine.Observation
	polled   time.Time
	cached   engine.Reading
	active   bool
	activeAt time.Time
}

// Cron is a trigger of type cron: a minimum of replicas while its window is open. It is exact, which KEDA's is not when clocks
// change.
type Cron struct {
	Window   schedule.Window
	Replicas int32
}

// NewKEDA returns the project's defaults, with a cache, which KEDA disables by default.
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

// Metrics are the metrics of the plant, without cron triggers.
func (k *KEDA) Metrics() []engine.Metric { return k.Spec.Metrics[:1] }

// Decide implements [sim.Policy].
func (k *KEDA) Decide(o *engine.Observation, now time.Time) *engine.Decision {
	if k.polled.IsZero() || now.Sub(k.polled) >= k.Polling {
		k.poll(o, now)
	}
	if k.goal.Min == 0 {
		switch l := k.goal.measure(o); {
		case l.replicas == 0:
			return k.activation(l, min(1, int32(k.activeReplicas())), now)
		case !k.active && now.Sub(k.activeAt) > k.Cooldown:
			return k.activation(l, 0, now)
		}
	}
	k.observed = *o
	k.observed.Readings = append([]engine.Reading(nil), o.Readings...)
	if k.Cached && k.goal.Metric == Rate {
		k.observed.Readings[0] = k.cached
	}
	for i := range k.cron {
		k.observed.Readings = append(k.observed.Readings, engine.Reading{Value: 1000 * int64(k.cron[i].replicasAt(now)), Time: now})
	}
	return k.Engine.Decide(&k.observed, now)
}

func (k *KEDA) activeReplicas() int {
	if k.active {
		return 1
	}
	return 0
}

// poll evaluates whether any trigger is active.
func (k *KEDA) poll(o *engine.Observation, now time.Time) {
	k.polled, k.active = now, false
	if len(o.Readings) > 0 {
		k.cached = o.Readings[0]
		k.cached.Pods, k.cached.Requests = slices.Clone(k.cached.Pods), slices.Clone(k.cached.Requests)
	}
	if l := k.goal.measure(o); l.known && l.load*k.goal.PodRate*k.goal.Busy > k.Activation {
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

// activation is a decision of KEDA itself.
func (k *KEDA) activation(l measurement, want int32, now time.Time) *engine.Decision {
	b := newBase(k.goal)
	return b.decide(l, want, now)
}

// replicasAt is the value of the trigger: 1 outside of its window.
func (c *Cron) replicasAt(now time.Time) int32 {
	if _, open := c.Window.Open(now); open {
		return c.Replicas
	}
	return 1
}
