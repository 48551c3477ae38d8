package peers

import (
	"math"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// measurement is an observation in terms of the goal.
type measurement struct {
	// known is false if the metric has no value; load is 0 then.
	known bool
	// load is the load in pods at the goal.
	load float64
	// ready is the number of ready pods, replicas that of the scale's spec.
	ready, replicas int32
}

// ratio of the metric of the ready pods to its goal.
func (l measurement) ratio() float64 { return l.load / float64(max(1, l.ready)) }

func (g Goal) measure(o *engine.Observation) measurement {
	l := measurement{replicas: o.SpecReplicas}
	for i := range o.Pods {
		if ready(&o.Pods[i]) {
			l.ready++
		}
	}
	if len(o.Readings) == 0 || o.Readings[0].Problem != "" {
		return l
	}
	r := &o.Readings[0]
	if g.Metric == Rate {
		l.known, l.load = true, float64(r.Value)/1000/(g.PodRate*g.Busy)
		return l
	}
	var used, requested int64
	for i := range r.Pods {
		if r.Pods[i].Known && ready(&o.Pods[i]) {
			used += r.Pods[i].Value
			requested += r.Requests[i]
		}
	}
	if requested > 0 {
		l.known, l.load = true, float64(used)/float64(requested)/g.Busy*float64(l.ready)
	}
	return l
}

func ready(p *engine.Pod) bool { return p.Readiness == engine.Ready && !p.Deleting }

// base is the common part of the policies other than the engine: a goal, and a decision without steps.
type base struct {
	goal    Goal
	metrics []engine.Metric
	last    engine.Decision
}

func newBase(g Goal) base { return base{goal: g, metrics: []engine.Metric{g.metric()}} }

// Metrics implements [sim.Policy].
func (b *base) Metrics() []engine.Metric { return b.metrics }

// Applied implements [sim.Policy].
func (b *base) Applied(time.Time) {}

// decide returns a decision for these replicas within the bounds.
func (b *base) decide(l measurement, want int32, now time.Time) *engine.Decision {
	b.last = engine.Decision{
		Time: now, Current: l.replicas, Desired: max(b.goal.Min, min(b.goal.Max, want)),
		Min: b.goal.Min, Max: b.goal.Max, MinWindow: -1, MaxWindow: -1, HighestMetric: -1,
	}
	return &b.last
}

// up rounds up, limited to an int32. It ignores the rounding error of a division.
func up(x float64) int32 { return int32(min(math.Ceil(x-1e-9), math.MaxInt32)) }

// down rounds down.
func down(x float64) int32 { return int32(min(math.Floor(x+1e-9), math.MaxInt32)) }
