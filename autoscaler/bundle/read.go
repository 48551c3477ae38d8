package bundle

import (
	"errors"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/policy"
)

// Unmarshal reads a bundle. Omitted fields have their defaults: the controller defaults, no state, pods that run
// and are ready. A field that bundles do not have is an error, and so is everything that could not be replayed; each
// error names its field, and one call reports as many as it can.
func Unmarshal(text []byte) (*Bundle, error) {
	d, err := parse(text)
	if err != nil {
		return nil, err
	}
	r := &reader{}
	b := &Bundle{
		Time:     r.instant(d.Time, field.NewPath("time")),
		Defaults: r.defaults(d.Defaults, field.NewPath("defaults")),
		Decided:  (*Decided)(d.Decision),
	}
	spec := r.policy(b, d)
	if d.Observation == nil {
		r.fault(field.Required(field.NewPath("observation"), "write what was seen: specReplicas and readings at least"))
	}
	if spec != nil && d.Observation != nil { // what follows is understood by the spec's metrics
		b.State = r.state(d.State, spec, field.NewPath("state"))
		b.Observation = r.observation(d.Observation, spec, field.NewPath("observation"))
	}
	if len(r.faults) > 0 {
		return nil, errors.Join(r.faults...)
	}
	return b, nil
}

// reader turns what is written into the engine's values, and collects what is wrong with it.
type reader struct{ faults []error }

func (r *reader) fault(err error) { r.faults = append(r.faults, err) }

// policy reads the objects that the decision was made by, and compiles them; nil without a policy.
func (r *reader) policy(b *Bundle, d *document) *engine.Spec {
	own := r.autoscaler(b, d.Autoscaler, field.NewPath("autoscaler"))
	windows := make([]*policy.ScaleWindow, 0, len(d.Windows))
	for i := range d.Windows {
		if w := r.window(b, &d.Windows[i], field.NewPath("scaleWindows").Index(i)); w != nil {
			windows = append(windows, w)
		}
	}
	if own == nil {
		return nil
	}
	return &own.With(windows).Spec
}

// window reads a ScaleWindow and compiles it; nil where it is refused.
func (r *reader) window(b *Bundle, from *window, path *field.Path) *policy.ScaleWindow {
	if from.Spec == nil {
		r.fault(field.Required(path.Child("spec"), "write the spec of the ScaleWindow"))
		return nil
	}
	if from.Metadata.Name == "" {
		r.fault(field.Required(path.Child("metadata", "name"), "write the name of the ScaleWindow"))
		return nil
	}
	w := &v1alpha1.ScaleWindow{ObjectMeta: metav1.ObjectMeta{Name: from.Metadata.Name, Generation: from.Metadata.Generation}, Spec: *from.Spec}
	b.Windows = append(b.Windows, w)
	compiled, err := policy.CompileScaleWindow(w, "", nil)
	r.refuse(err, path)
	return compiled
}

// refuse names each field at fault, by where in the bundle it is.
func (r *reader) refuse(err error, path *field.Path) {
	if refused, ok := errors.AsType[*policy.Error](err); ok {
		for _, fault := range refused.Fields {
			fault.Field = path.Child(fault.Field).String()
			r.fault(fault)
		}
		return
	}
	if err != nil {
		r.fault(err)
	}
}

// autoscaler reads the object and compiles it; nil where it has no policy.
func (r *reader) autoscaler(b *Bundle, from *autoscaler, path *field.Path) *policy.Policy {
	if from == nil || from.Spec == nil {
		r.fault(field.Required(path.Child("spec"), "write the spec of the HorizontalAutoscaler"))
		return nil
	}
	b.Autoscaler = &v1alpha1.HorizontalAutoscaler{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: from.Metadata.Namespace, Name: from.Metadata.Name, Generation: from.Metadata.Generation,
		},
		Spec: *from.Spec,
	}
	compiled, err := policy.Compile(b.Autoscaler, b.Defaults)
	r.refuse(err, path)
	return compiled
}

func (r *reader) defaults(from *defaults, path *field.Path) policy.Defaults {
	read := policy.StandardDefaults()
	if from == nil {
		return read
	}
	if from.Tolerance != "" {
		tolerance, err := from.Tolerance.ratio()
		r.check(from.Tolerance, err, path.Child("tolerance"))
		read.Tolerance = tolerance
	}
	r.duration(&read.DownscaleStabilization, from.DownscaleStabilization, path.Child("downscaleStabilization"))
	r.duration(&read.CPUInitializationPeriod, from.CPUInitializationPeriod, path.Child("cpuInitializationPeriod"))
	r.duration(&read.InitialReadinessDelay, from.InitialReadinessDelay, path.Child("initialReadinessDelay"))
	r.duration(&read.MaxSampleAge, from.MaxSampleAge, path.Child("maxSampleAge"))
	without, err := engine.ParseCorrections(from.WithoutCorrections)
	if err != nil {
		r.fault(field.Invalid(path.Child("withoutCorrections"), from.WithoutCorrections, err.Error()))
	}
	read.Without = without
	return read
}

func (r *reader) state(from *state, spec *engine.Spec, path *field.Path) engine.State {
	if from == nil {
		return engine.State{}
	}
	s := engine.State{
		Ups:          r.events(from.ScaleUps, path.Child("scaleUps")),
		Downs:        r.events(from.ScaleDowns, path.Child("scaleDowns")),
		ScaledToZero: from.ScaledToZero,
		Batches:      r.batches(from.Batches, spec, path.Child("batches")),
		Damping:      r.damping(from.Damping, path.Child("damping")),
		StartUp:      r.startUp(from.StartUp, path.Child("startUp")),
		BlockedSince: r.time(from.BlockedSince, path.Child("blockedSince")),
		QuotaProbe:   r.count(from.QuotaProbe, path.Child("quotaProbe")),
		Activated:    r.time(from.Activated, path.Child("activated")),
	}
	r.samples(&s, from, spec, path)
	for i, past := range from.Recommendations {
		path := path.Child("recommendations").Index(i)
		s.Recommendations = append(s.Recommendations, engine.Recommendation{
			Replicas: r.count(past.Replicas, path.Child("replicas")), Time: r.instant(past.Time, path.Child("time")),
		})
	}
	for i, o := range from.Outages {
		path := path.Child("outages").Index(i)
		if o.Metric < 0 || o.Metric >= len(spec.Metrics) {
			r.fault(field.Invalid(path.Child("metric"), o.Metric, "is no place in spec.metrics, which are counted from 0"))
			continue
		}
		s.Outages = append(s.Outages, engine.Outage{Metric: spec.Metrics[o.Metric].Identity(), Since: r.instant(o.Since, path.Child("since"))})
	}
	return s
}

func (r *reader) events(from []scaleEvent, path *field.Path) []engine.ScaleEvent {
	var events []engine.ScaleEvent
	for i, e := range from {
		path := path.Index(i)
		events = append(events, engine.ScaleEvent{
			Change: r.count(e.Change, path.Child("change")), Time: r.instant(e.Time, path.Child("time")), Outdated: e.Outdated,
		})
	}
	return events
}
