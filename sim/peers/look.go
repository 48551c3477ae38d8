package peers

import (
	"math"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// look is what a controller makes of an observation.
type look struct {
	// known is false where the metric has no value; load is then nothing.
	known bool
	// load is how many pods the work takes, each at the goal.
	load float64
	// ready pods that there are, and replicas that are asked for.
	ready, replicas int32
}

// ratio of the metric to its goal, as the ready pods have it.
func (l look) ratio() float64 { return l.load / float64(max(1, l.ready)) }

func (g Goal) look(seen *engine.Observation) look {
	l := look{replicas: seen.SpecReplicas}
	for i := range seen.Pods {
		if ready(&seen.Pods[i]) {
			l.ready++
		}
	}
	if len(seen.Readings) == 0 || seen.Readings[0].Problem != "" {
		return l
	}
	r := &seen.Readings[0]
	if g.Metric == Rate {
		l.known, l.load = true, float64(r.Value)/1000/(g.PodRate*g.Busy)
		return l
	}
	var used, requested int64
	for i := range r.Pods {
		if r.Pods[i].Known && ready(&seen.Pods[i]) {
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

// own is what the policies share that are not the engine: a goal, and a decision without steps.
type own struct {
	goal    Goal
	metrics []engine.Metric
	last    engine.Decision
}

func newOwn(g Goal) own { return own{goal: g, metrics: []engine.Metric{g.metric()}} }

// Metrics is part of the simulator's policies.
func (o *own) Metrics() []engine.Metric { return o.metrics }

// Applied is part of the simulator's policies.
func (o *own) Applied(time.Time) {}

// decide is for so many replicas, within the bounds.
func (o *own) decide(l look, want int32, now time.Time) *engine.Decision {
	o.last = engine.Decision{
		Time: now, Current: l.replicas, Desired: max(o.goal.Min, min(o.goal.Max, want)),
		Min: o.goal.Min, Max: o.goal.Max, MinWindow: -1, MaxWindow: -1, HighestMetric: -1,
	}
	return &o.last
}

// up rounds up, and never beyond what can be counted. A hair above a whole number is the number: that is how floats divide.
func up(x float64) int32 { return int32(min(math.Ceil(x-1e-9), math.MaxInt32)) }

// down rounds down.
func down(x float64) int32 { return int32(min(math.Floor(x+1e-9), math.MaxInt32)) }
