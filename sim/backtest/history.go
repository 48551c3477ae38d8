package backtest

import (
	"math"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/history"
)

// History is the recorded history of a target.
type History struct {
	Begin  time.Time
	Length time.Duration
	// Step is the distance of the recorded values.
	Step time.Duration
	// Loads are the loads by metric.
	Loads []Load
	// Replicas and Ready are the recorded replicas and ready pods, Rollout the pods of a former template, and Unschedulable the pods
	// without a node; the zero Series where they were not recorded.
	Replicas, Ready, Rollout, Unschedulable history.Series
	// StartUp is the time from the creation of a pod until it is ready, and Lag the time from a load to the decision, in seconds.
	StartUp, Lag history.Spread
	// Seed of the start-up times.
	Seed uint64
}

// Load is the load of a metric, in the unit of its target, summed over all pods.
type Load struct {
	// Key is that of package history.
	Key  string
	Kind history.Kind
	history.Series
	// Capacity is the load that one pod serves.
	Capacity float64
}

// load returns the load of a metric; nil for none.
func (h *History) load(m *engine.Metric) *Load {
	key := history.Key(m)
	for i := range h.Loads {
		if h.Loads[i].Key == key {
			return &h.Loads[i]
		}
	}
	return nil
}

// CapacityOf returns the load that a pod serves: a whole request for a utilization and otherwise the target times percent/100. The
// target itself is served whatever the percentage.
func CapacityOf(m *engine.Metric, percent float64) float64 {
	target := TargetOf(m)
	if m.TargetType == engine.Utilization {
		return max(100, target)
	}
	return target * max(1, percent/100)
}

// TargetOf is the target of a metric in its unit, or in percent.
func TargetOf(m *engine.Metric) float64 {
	if m.TargetType == engine.Utilization {
		return float64(m.Target)
	}
	return float64(m.Target) / 1000
}

// Demand is the load at a time in pods at full use: of the metric that needs most. It is unknown where a load is unknown.
func (h *History) Demand(instant time.Time) (pods float64, known bool) {
	known = len(h.Loads) > 0
	for i := range h.Loads {
		value, ok := h.Loads[i].At(instant)
		if !ok {
			return pods, false
		}
		pods = max(pods, value/h.Loads[i].Capacity)
	}
	return pods, known
}

// demand is the demand as the load of a plant whose pods serve one unit per second. In a gap the last demand holds.
type demand struct {
	history *History
	last    float64
}

// At implements the Load of package load.
func (d *demand) At(elapsed time.Duration) (rate float64, known bool) {
	pods, known := d.history.Demand(d.history.Begin.Add(elapsed))
	if known {
		d.last = pods
	}
	return d.last, known
}

// initialReplicas are the recorded ones at the begin, or those that the first known load needs at the targets of the spec.
func (h *History) initialReplicas(spec *engine.Spec) int32 {
	if recorded, known := h.Replicas.At(h.Begin); known {
		return int32(recorded)
	}
	needed := float64(spec.MinReplicas)
	for i := range spec.Metrics {
		l := h.load(&spec.Metrics[i])
		if l == nil {
			continue
		}
		for _, value := range l.Values {
			if !math.IsNaN(value) {
				needed = max(needed, math.Ceil(value/TargetOf(&spec.Metrics[i])))
				break
			}
		}
	}
	return int32(min(needed, float64(max(spec.MaxReplicas, 1))))
}

// Part returns the history from one share of its length to another.
func (h *History) Part(from, to float64) *History {
	part := *h
	part.Begin = h.Begin.Add(time.Duration(from * float64(h.Length)).Truncate(h.Step))
	part.Length = time.Duration((to - from) * float64(h.Length)).Truncate(h.Step)
	return &part
}
