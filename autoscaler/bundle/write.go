package bundle

import (
	"fmt"
	"strconv"

	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/policy"
)

// Marshal writes a bundle as YAML. It omits state that cannot change a decision, such as an outage of a metric that the spec
// no longer has. The error is about the autoscaler's spec or a
// window's, and an [*policy.Error]: without a policy no decision exists.
func Marshal(b *Bundle) ([]byte, error) {
	compiled, err := b.compile()
	if err != nil {
		return nil, err
	}
	meta := &b.Autoscaler.ObjectMeta
	d := document{
		APIVersion: apiVersion, Kind: kind,
		Time: writeTime(b.Time),
		Autoscaler: &autoscaler{
			Metadata: metadata{Namespace: meta.Namespace, Name: meta.Name, Generation: meta.Generation},
			Spec:     &b.Autoscaler.Spec,
		},
		Defaults:    writeDefaults(&b.Defaults),
		State:       writeState(&b.State, &compiled.Spec),
		Observation: writeObservation(&b.Observation, &compiled.Spec),
	}
	for _, w := range b.Windows {
		d.Windows = append(d.Windows, window{Metadata: metadata{Name: w.Name, Generation: w.Generation}, Spec: &w.Spec})
	}
	if b.Decided != nil {
		d.Decision = (*decision)(b.Decided)
	}
	text, err := yaml.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("writing the bundle of %s/%s: %w", meta.Namespace, meta.Name, err)
	}
	return text, nil
}

// writeDefaults leaves none out, not even one that is 0: those of a later version may differ.
func writeDefaults(from *policy.Defaults) *defaults {
	return &defaults{
		Tolerance:               scalar(strconv.FormatFloat(from.Tolerance, 'g', -1, 64)),
		DownscaleStabilization:  scalar(from.DownscaleStabilization.String()),
		CPUInitializationPeriod: scalar(from.CPUInitializationPeriod.String()),
		InitialReadinessDelay:   scalar(from.InitialReadinessDelay.String()),
		MaxSampleAge:            scalar(from.MaxSampleAge.String()),
		WithoutCorrections:      from.Without.Names(),
	}
}

func writeState(from *engine.State, spec *engine.Spec) *state {
	s := &state{ScaleUps: writeEvents(from.Ups), ScaleDowns: writeEvents(from.Downs), ScaledToZero: from.ScaledToZero}
	for _, r := range from.Recommendations {
		s.Recommendations = append(s.Recommendations, recommendation{Replicas: r.Replicas, Time: writeTime(r.Time)})
	}
	for _, o := range from.Outages {
		for i := range spec.Metrics {
			if spec.Metrics[i].Identity() == o.Metric {
				s.Outages = append(s.Outages, outage{Metric: i, Since: writeTime(o.Since)})
				break // a metric that is written twice is one metric
			}
		}
	}
	writeSamples(s, from, spec)
	s.BlockedSince, s.QuotaProbe, s.Activated = writeTime(from.BlockedSince), from.QuotaProbe, writeTime(from.Activated)
	s.Batches, s.StartUp, s.Damping = writeBatches(from, spec), writeStartUp(&from.StartUp), writeDamping(&from.Damping)
	return s
}

func writeEvents(from []engine.ScaleEvent) []scaleEvent {
	var events []scaleEvent
	for _, e := range from {
		events = append(events, scaleEvent{Change: e.Change, Time: writeTime(e.Time), Outdated: e.Outdated})
	}
	return events
}

func writeObservation(from *engine.Observation, spec *engine.Spec) *observation {
	o := &observation{
		SpecReplicas: &from.SpecReplicas, StatusReplicas: &from.StatusReplicas,
		PodsProblem: from.PodsProblem, PodsReason: from.PodsReason,
		BlockedBy: from.BlockedBy, Refused: from.Refused, QuotaHasRoom: from.QuotaHasRoom, Ordered: from.Ordered, EndpointsProblem: from.EndpointsProblem,
	}
	for i := range from.Pods {
		p := &from.Pods[i]
		o.Pods = append(o.Pods, pod{
			Name: p.Name, Phase: nameOf(phaseNames, int(p.Phase)), Readiness: nameOf(readinessNames, int(p.Readiness)),
			ReadySince: writeTime(p.ReadySince), Started: writeTime(p.Started), Deleting: p.Deleting,
			Obstacle: writeOptional(obstacleNames, int(p.Obstacle)), Superseded: p.Superseded, Endpoint: writeOptional(endpointNames, int(p.Endpoint)), Lost: p.Lost,
		})
	}
	o.Batches = writeBatchReadings(from, spec)
	for i := range min(len(from.Readings), len(spec.Metrics)) {
		o.Readings = append(o.Readings, writeReading(&from.Readings[i], &spec.Metrics[i], from.Pods))
	}
	return o
}

// writeOptional leaves 0 out, which has no name.
func writeOptional(names []string, i int) string {
	if i == 0 {
		return ""
	}
	return nameOf(names, i)
}

// writeReading writes what the metric's type and target look at.
func writeReading(from *engine.Reading, m *engine.Metric, pods []engine.Pod) reading {
	r := reading{Problem: from.Problem, Time: writeTime(from.Time), Via: from.Via, RefreshError: from.RefreshError}
	switch {
	case from.Problem != "":
		return r
	case !byPods(m):
		r.Value, r.Window, r.Partial = writeMilli(from.Value), writeDuration(from.Window), from.Partial
		return r
	}
	for i := range from.Pods {
		r.Samples = append(r.Samples, writeSample(&from.Pods[i], pods, i))
	}
	r.Strays = writeMillis(from.Strays)
	if m.TargetType == engine.Utilization {
		r.Requests, r.RequestsProblem = writeMillis(from.Requests), from.RequestsProblem
	}
	return r
}

func writeSample(from *engine.Sample, pods []engine.Pod, i int) sample {
	var s sample
	if i < len(pods) {
		s.Pod = pods[i].Name
	}
	if from.Known {
		s.Value, s.Time, s.Window, s.Partial = writeMilli(from.Value), writeTime(from.Time), writeDuration(from.Window), from.Partial
	}
	return s
}

func writeMillis(from []int64) []scalar {
	var values []scalar
	for _, value := range from {
		values = append(values, writeMilli(value))
	}
	return values
}

// byPods says whether each pod has its own sample of the metric.
func byPods(m *engine.Metric) bool {
	switch m.Type {
	case engine.Resource, engine.ContainerResource, engine.Pods:
		return true
	default:
		return false
	}
}
