package bundle

import (
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"flyball.dev/flyball/autoscaler/engine"
)

func (r *reader) observation(from *observation, spec *engine.Spec, path *field.Path) engine.Observation {
	seen := engine.Observation{
		PodsProblem: from.PodsProblem, PodsReason: from.PodsReason, BlockedBy: from.BlockedBy, Refused: from.Refused,
		QuotaHasRoom: from.QuotaHasRoom, Ordered: from.Ordered, EndpointsProblem: from.EndpointsProblem,
	}
	if from.SpecReplicas == nil {
		r.fault(field.Required(path.Child("specReplicas"), "write the replicas that the target asks for"))
		return seen
	}
	seen.SpecReplicas = r.count(*from.SpecReplicas, path.Child("specReplicas"))
	seen.StatusReplicas = seen.SpecReplicas
	if from.StatusReplicas != nil {
		seen.StatusReplicas = r.count(*from.StatusReplicas, path.Child("statusReplicas"))
	}
	for i := range from.Pods {
		seen.Pods = append(seen.Pods, r.pod(&from.Pods[i], path.Child("pods").Index(i)))
	}
	seen.Batches = r.batchReadings(from.Batches, spec, seen.Pods, path.Child("batches"))
	if from.PodsProblem != "" && len(from.Readings) == 0 {
		return seen
	}
	if len(from.Readings) != len(spec.Metrics) {
		r.fault(field.Invalid(path.Child("readings"), len(from.Readings),
			fmt.Sprintf("must be one for each metric of the spec, in the same order: %d", len(spec.Metrics))))
		return seen
	}
	for i := range from.Readings {
		seen.Readings = append(seen.Readings, r.reading(&from.Readings[i], &spec.Metrics[i], seen.Pods, path.Child("readings").Index(i)))
	}
	return seen
}

func (r *reader) pod(from *pod, path *field.Path) engine.Pod {
	phase, known := phases[from.Phase]
	if !known {
		r.fault(field.NotSupported(path.Child("phase"), from.Phase, phaseNames[engine.Pending:]))
	}
	readiness, known := readinesses[from.Readiness]
	if !known {
		r.fault(field.NotSupported(path.Child("readiness"), from.Readiness, readinessNames))
	}
	return engine.Pod{
		Name: from.Name, Phase: phase, Readiness: readiness, Deleting: from.Deleting, Superseded: from.Superseded, Lost: from.Lost,
		Obstacle:   engine.Obstacle(r.named(from.Obstacle, obstacleNames, path.Child("obstacle"))),
		Endpoint:   engine.Endpoint(r.named(from.Endpoint, endpointNames, path.Child("endpoint"))),
		ReadySince: r.time(from.ReadySince, path.Child("readySince")), Started: r.time(from.Started, path.Child("started")),
	}
}

// named returns the index of a name; 0 where none is written.
func (r *reader) named(name string, names []string, path *field.Path) int {
	if name == "" {
		return 0
	}
	i := slices.Index(names, name)
	if i < 0 {
		r.fault(field.NotSupported(path, name, names[1:]))
	}
	return max(0, i)
}

// reading rejects fields that the metric does not use.
func (r *reader) reading(from *reading, m *engine.Metric, pods []engine.Pod, path *field.Path) engine.Reading {
	read := engine.Reading{Problem: from.Problem, Time: r.time(from.Time, path.Child("time")), Via: from.Via, RefreshError: from.RefreshError}
	r.forbidUnlooked(from, m, path)
	switch {
	case from.Problem != "":
	case byPods(m):
		r.podReading(&read, from, pods, path)
	case from.Value == "":
		r.fault(field.Required(path.Child("value"), "write the value, or a problem that states why it is unknown: unknown is not zero"))
	default:
		read.Value = r.milli(from.Value, path.Child("value"))
		r.duration(&read.Window, from.Window, path.Child("window"))
		read.Partial = from.Partial
	}
	return read
}

func (r *reader) forbidUnlooked(from *reading, m *engine.Metric, path *field.Path) {
	for _, part := range []struct {
		name            string
		present, looked bool
		because         string
	}{
		{"value", from.Value != "", !byPods(m), "each pod has its own sample of this metric: write them into samples"},
		{"window", from.Window != "", !byPods(m), "each pod's sample has its own: write it there"},
		{"partial", from.Partial != "", !byPods(m), "each pod's sample has its own: write it there"},
		{"samples", len(from.Samples) > 0, byPods(m), "the metric is one value: write it into value"},
		{"strays", len(from.Strays) > 0, byPods(m), "the metric is one value, and no pod's"},
		{"requests", len(from.Requests) > 0, m.TargetType == engine.Utilization, "only averageUtilization is a share of requests"},
		{"requestsProblem", from.RequestsProblem != "", m.TargetType == engine.Utilization, "only averageUtilization is a share of requests"},
	} {
		switch {
		case part.present && !part.looked:
			r.fault(field.Forbidden(path.Child(part.name), part.because))
		case part.present && from.Problem != "":
			r.fault(field.Forbidden(path.Child(part.name), "a reading with a problem has no value"))
		}
	}
}

// podReading reads the lists that go by the index of the pods. A list may be left out altogether, and no metric is followed
// then; one of another length has slipped.
func (r *reader) podReading(read *engine.Reading, from *reading, pods []engine.Pod, path *field.Path) {
	r.length(len(from.Samples), len(pods), path.Child("samples"))
	for i := range from.Samples {
		path := path.Child("samples").Index(i)
		if i < len(pods) && from.Samples[i].Pod != "" && from.Samples[i].Pod != pods[i].Name {
			r.fault(field.Invalid(path.Child("pod"), from.Samples[i].Pod, fmt.Sprintf("must be %[2]q, the name of pod %[1]d", i, pods[i].Name)))
		}
		read.Pods = append(read.Pods, r.sample(&from.Samples[i], path))
	}
	for i, stray := range from.Strays {
		read.Strays = append(read.Strays, r.milli(stray, path.Child("strays").Index(i)))
	}
	r.length(len(from.Requests), len(pods), path.Child("requests"))
	for i, request := range from.Requests {
		read.Requests = append(read.Requests, r.milli(request, path.Child("requests").Index(i)))
	}
	read.RequestsProblem = from.RequestsProblem
}

func (r *reader) length(got, want int, path *field.Path) {
	if got != 0 && got != want {
		r.fault(field.Invalid(path, got, fmt.Sprintf("must be one for each of the %d pods, in the same order", want)))
	}
}

func (r *reader) sample(from *sample, path *field.Path) engine.Sample {
	if from.Value == "" {
		if from.Time != "" || from.Window != "" || from.Partial != "" {
			r.fault(field.Required(path.Child("value"), "a sample without a value is none: write the value, or leave time, window and partial out"))
		}
		return engine.Sample{}
	}
	s := engine.Sample{Known: true, Value: r.milli(from.Value, path.Child("value")), Time: r.time(from.Time, path.Child("time")), Partial: from.Partial}
	r.duration(&s.Window, from.Window, path.Child("window"))
	return s
}

// check reports what is wrong with a scalar.
func (r *reader) check(s scalar, err error, path *field.Path) {
	if err != nil {
		r.fault(field.Invalid(path, string(s), err.Error()))
	}
}

func (r *reader) milli(s scalar, path *field.Path) int64 {
	value, err := s.milli()
	r.check(s, err, path)
	return value
}

func (r *reader) count(n int32, path *field.Path) int32 {
	if n < 0 {
		r.fault(field.Invalid(path, n, "must not be negative"))
	}
	return n
}

// time is one that may be left out.
func (r *reader) time(s scalar, path *field.Path) time.Time {
	if s == "" {
		return time.Time{}
	}
	t, err := s.time()
	r.check(s, err, path)
	return t
}

// instant is a time that must be there.
func (r *reader) instant(s scalar, path *field.Path) time.Time {
	if s == "" {
		r.fault(field.Required(path, "write an instant like 2026-03-02T12:00:00Z"))
	}
	return r.time(s, path)
}

// duration changes nothing where none is written.
func (r *reader) duration(into *time.Duration, s scalar, path *field.Path) {
	if s == "" {
		return
	}
	d, err := s.duration()
	r.check(s, err, path)
	*into = d
}
