package policy

import (
	"errors"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/schedule"
)

// compileWindows compiles the windows whose fields for start and end are valid. Validate rejects the others.
func compileWindows(from []v1alpha1.InlineWindow, path *field.Path) ([]schedule.Window, field.ErrorList) {
	var windows []schedule.Window
	var errs field.ErrorList
	for i := range from {
		if !from[i].HasTimes() {
			continue
		}
		compiled, err := CompileWindow(from[i].Name, &from[i].Window)
		if err != nil {
			errs = append(errs, fault(err, path.Index(i)))
			continue
		}
		windows = append(windows, compiled)
	}
	return windows, errs
}

// CompileWindow compiles a valid window. An error is a [*schedule.Error].
func CompileWindow(name string, w *v1alpha1.Window) (schedule.Window, error) {
	timing := schedule.Timing{
		Start: text(w.Start), End: text(w.End), Duration: duration(w.Duration, 0), TimeZone: w.TimeZone,
		Lead: duration(w.Lead, 0), Ramp: duration(w.Ramp, 0),
		Except: dates(w.Except), Only: dates(w.Only), NotBefore: text(w.NotBefore), NotAfter: text(w.NotAfter),
	}
	if w.At != nil {
		timing.From, timing.To = string(w.At.From), string(w.At.To)
	}
	compiled, err := schedule.Compile(name, timing)
	if err != nil {
		return schedule.Window{}, err
	}
	bound(&compiled, w)
	return compiled, nil
}

func text[S ~string](s *S) string {
	if s == nil {
		return ""
	}
	return string(*s)
}

func dates(from []v1alpha1.Dates) []string {
	texts := make([]string, len(from))
	for i := range from {
		texts[i] = string(from[i])
	}
	return texts
}

// bound sets the bounds, the priority and whether the window has a batch or is suspended.
func bound(compiled *schedule.Window, w *v1alpha1.Window) {
	compiled.Priority, compiled.Suspend, compiled.Batch = w.Priority, w.Suspend, w.Batch != nil
	least, most := w.MinReplicas, w.MaxReplicas
	if w.Replicas != nil {
		least, most = w.Replicas, w.Replicas
	}
	if least != nil {
		compiled.Min, compiled.HasMin = *least, true
	}
	if most != nil {
		compiled.Max, compiled.HasMax = *most, true
	}
}

func fault(err error, path *field.Path) *field.Error {
	if timing, ok := errors.AsType[*schedule.Error](err); ok {
		return field.Invalid(path.Child(timing.Field), timing.Value, timing.Problem)
	}
	return field.Invalid(path, "", err.Error())
}
