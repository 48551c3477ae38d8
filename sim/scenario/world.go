package scenario

import (
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"flyball.dev/flyball/autoscaler/engine"
)

// sampleWindow is what every sample is measured over.
const sampleWindow = 30 * time.Second

// Observe gives what is seen at a tick of a target that has so many replicas. Every pod requests one unit of whatever a
// utilisation is of. A metric that the tick does not tell of is unknown.
func (t *Tick) Observe(spec *engine.Spec, replicas int32, now time.Time) *engine.Observation {
	if t.Replicas != nil {
		replicas = *t.Replicas
	}
	groups := t.groups(replicas)
	seen := &engine.Observation{
		SpecReplicas: replicas, PodsProblem: t.PodsProblem, PodsReason: t.PodsReason,
		Readings: make([]engine.Reading, len(spec.Metrics)),
	}
	for i := range groups {
		if groups[i].entersCount() {
			seen.StatusReplicas += groups[i].Count
		}
		for range groups[i].Count {
			seen.Pods = append(seen.Pods, groups[i].like(now))
		}
	}
	if t.Status != nil {
		seen.StatusReplicas = *t.Status
	}
	for i := range seen.Readings {
		seen.Readings[i].Problem = "the story does not tell"
	}
	for i := range t.Readings {
		told := &t.Readings[i]
		seen.Readings[told.Metric] = told.read(&spec.Metrics[told.Metric], spec, groups, now)
	}
	return seen
}

// groups are the tick's pods, with as many ready ones as it takes to have the replicas.
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
	return append([]Pods{podsAre(max(0, ready), Ready)}, t.Pods...)
}

// read is the world's answer to whoever asks for the metric.
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

// share makes what a pod uses of a value that is told in percent of its request.
func share(m *engine.Metric, value int64) int64 {
	if m.TargetType == engine.Utilization {
		return value / 100 * (request / 1000)
	}
	return value
}

// thousandthsOf reads a quantity as the autoscaler's source does: one that is beyond what it can hold is unknown, or,
// without that correction, what upstream makes of it.
func thousandthsOf(q resource.Quantity, spec *engine.Spec) (value int64, problem string) {
	if beyond(q) && spec.Without&engine.LargeQuantities == 0 {
		return 0, "the value " + q.String() + " is beyond what a metric can hold"
	}
	return q.MilliValue(), ""
}
