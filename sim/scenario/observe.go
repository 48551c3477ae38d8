package scenario

import (
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"flyball.dev/flyball/autoscaler/engine"
)

// sampleWindow is the range of every sample.
const sampleWindow = 30 * time.Second

// Observe returns the observation at a tick of a target with these replicas. Every pod requests one unit of the resource of a
// utilization. A metric without a reading is unknown.
func (t *Tick) Observe(spec *engine.Spec, replicas int32, now time.Time) *engine.Observation {
	if t.Replicas != nil {
		replicas = *t.Replicas
	}
	groups := t.groups(replicas)
	observation := &engine.Observation{
		SpecReplicas: replicas, PodsProblem: t.PodsProblem, PodsReason: t.PodsReason, Refused: t.Refused,
		Readings: make([]engine.Reading, len(spec.Metrics)),
	}
	for i := range groups {
		if groups[i].entersCount() {
			observation.StatusReplicas += groups[i].Count
		}
		if groups[i].Count > 0 && observation.BlockedBy == "" {
			observation.BlockedBy = obstacles[groups[i].State]
		}
		for range groups[i].Count {
			observation.Pods = append(observation.Pods, groups[i].pod(now))
		}
	}
	if t.Status != nil {
		observation.StatusReplicas = *t.Status
	}
	for i := range observation.Readings {
		observation.Readings[i].Problem = "the story has no value"
	}
	for i := range t.Readings {
		r := &t.Readings[i]
		observation.Readings[r.Metric] = r.read(&spec.Metrics[r.Metric], spec, groups, now)
	}
	return observation
}

// groups are the pods of the tick, with enough ready pods to match the replicas.
func (t *Tick) groups(replicas int32) []Pods {
	ready := replicas
	for i := range t.Pods {
		if t.Pods[i].entersCount() {
			ready -= t.Pods[i].Count
		}
	}
	if t.Ready != nil {
		ready = *t.Ready
	}
	return append([]Pods{newPods(max(0, ready), Ready)}, t.Pods...)
}

// read returns the reading of the metric.
func (r *Reading) read(m *engine.Metric, spec *engine.Spec, groups []Pods, now time.Time) engine.Reading {
	value, problem := thousandthsOf(r.Value, spec)
	switch {
	case r.Unknown != "":
		return engine.Reading{Problem: r.Unknown}
	case problem != "":
		return engine.Reading{Problem: problem}
	case !byPod(m):
		return engine.Reading{Value: value, Time: now.Add(-r.Old), Partial: r.Partial}
	}
	reading := engine.Reading{RequestsProblem: r.RequestsUnknown}
	for _, stray := range r.Strays {
		if value, problem := thousandthsOf(stray, spec); problem == "" {
			reading.Strays = append(reading.Strays, share(m, value))
		}
	}
	for i := range groups {
		sample := engine.Sample{}
		if groups[i].haveSamples() {
			sample = engine.Sample{Known: true, Value: share(m, value), Time: now.Add(-r.Old - groups[i].Old), Window: sampleWindow, Partial: r.Partial}
		}
		for range groups[i].Count {
			reading.Pods = append(reading.Pods, sample)
			reading.Requests = append(reading.Requests, request)
		}
	}
	return reading
}

// request of every pod, in thousandths.
const request = 1000

// share converts a value in percent of a request into the usage of a pod, in thousandths.
func share(m *engine.Metric, value int64) int64 {
	if m.TargetType == engine.Utilization {
		return value / 100 * (request / 1000)
	}
	return value
}

// thousandthsOf converts a quantity as the autoscaler's source does. A quantity that overflows is unknown, or, without that
// correction, has the value of upstream's conversion.
func thousandthsOf(q resource.Quantity, spec *engine.Spec) (value int64, problem string) {
	if beyond(q) && spec.Without&engine.LargeQuantities == 0 {
		return 0, "the value " + q.String() + " exceeds the range of a metric"
	}
	return q.MilliValue(), ""
}
