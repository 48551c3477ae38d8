package bundle

import (
	"strconv"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"flyball.dev/flyball/autoscaler/engine"
)

// writeSamples writes the history of ready pods and what is kept of the metrics' newest samples.
func writeSamples(s *state, from *engine.State, spec *engine.Spec) {
	for _, c := range from.Ready {
		s.Ready = append(s.Ready, readyCount{Pods: c.Ready, Time: writeTime(c.Time)})
	}
	s.Observed, s.Surged = writeTime(from.Observed), writeTime(from.Surged)
	if c := from.ScaledIn; !c.Time.IsZero() {
		s.ScaledIn = &readyCount{Pods: c.Ready, Time: writeTime(c.Time)}
	}
	for i := range from.Samples {
		a := &from.Samples[i]
		for metric := range spec.Metrics {
			if spec.Metrics[metric].Identity() != a.Metric {
				continue
			}
			written := sampleAge{
				Metric: metric, Newest: writeTime(a.Newest), Since: writeTime(a.Since), Ticks: a.Ticks,
				Cadence: writeDuration(a.Cadence), Read: writeTime(a.Read), FullUse: writeTime(a.FullUse),
			}
			if a.Digest != 0 {
				written.Digest = scalar(strconv.FormatUint(a.Digest, 16))
			}
			s.Samples = append(s.Samples, written)
			break
		}
	}
}

// samples reads them. By earlier versions, only damping kept the ready pods.
func (r *reader) samples(s *engine.State, from *state, spec *engine.Spec, path *field.Path) {
	s.Ready = r.readyCounts(from.Ready, path.Child("ready"))
	if len(s.Ready) == 0 && from.Damping != nil {
		s.Ready = r.readyCounts(from.Damping.Ready, path.Child("damping", "ready"))
	}
	s.Observed, s.Surged = r.time(from.Observed, path.Child("observed")), r.time(from.Surged, path.Child("surged"))
	if from.ScaledIn != nil {
		s.ScaledIn = r.readyCount(*from.ScaledIn, path.Child("scaledIn"))
	}
	for i := range from.Samples {
		if a, ok := r.sampleAge(&from.Samples[i], spec, path.Child("samples").Index(i)); ok {
			s.Samples = append(s.Samples, a)
		}
	}
}

func (r *reader) readyCounts(from []readyCount, path *field.Path) (counts []engine.ReadyCount) {
	for i, c := range from {
		path := path.Index(i)
		read := r.readyCount(c, path)
		if i > 0 && read.Time.Before(counts[i-1].Time) {
			r.fault(field.Invalid(path.Child("time"), string(c.Time), "must not be before the one above: write the oldest first"))
		}
		counts = append(counts, read)
	}
	return counts
}

func (r *reader) readyCount(from readyCount, path *field.Path) engine.ReadyCount {
	return engine.ReadyCount{Ready: r.count(from.Pods, path.Child("pods")), Time: r.instant(from.Time, path.Child("time"))}
}

func (r *reader) sampleAge(from *sampleAge, spec *engine.Spec, path *field.Path) (a engine.SampleAge, ok bool) {
	if from.Metric < 0 || from.Metric >= len(spec.Metrics) {
		r.fault(field.Invalid(path.Child("metric"), from.Metric, "is no place in spec.metrics, which are counted from 0"))
		return a, false
	}
	a = engine.SampleAge{
		Metric: spec.Metrics[from.Metric].Identity(), Newest: r.time(from.Newest, path.Child("newest")),
		Since: r.time(from.Since, path.Child("since")), Ticks: r.count(from.Ticks, path.Child("ticks")), Read: r.time(from.Read, path.Child("read")),
		FullUse: r.time(from.FullUse, path.Child("fullUse")),
	}
	r.duration(&a.Cadence, from.Cadence, path.Child("cadence"))
	if from.Digest != "" {
		digest, err := strconv.ParseUint(string(from.Digest), 16, 64)
		if err != nil {
			r.fault(field.Invalid(path.Child("digest"), string(from.Digest), "must be a hexadecimal number of 64 bits"))
		}
		a.Digest = digest
	}
	return a, true
}
