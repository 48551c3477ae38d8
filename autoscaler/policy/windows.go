package policy

import (
	"errors"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/schedule"
)

// compileWindows compiles the windows that have a start and a duration. Others are refused elsewhere, by name.
func compileWindows(from []v1alpha1.InlineWindow, path *field.Path) ([]schedule.Window, field.ErrorList) {
	var windows []schedule.Window
	var errs field.ErrorList
	for i := range from {
		w := &from[i]
		if w.Start == nil || w.Duration == nil {
			continue
		}
		compiled, err := schedule.Compile(w.Name, schedule.Timing{
			Start: *w.Start, Duration: duration(w.Duration, 0), TimeZone: w.TimeZone,
		})
		if err != nil {
			errs = append(errs, fault(err, path.Index(i)))
			continue
		}
		bound(&compiled, &w.Window)
		windows = append(windows, compiled)
	}
	return windows, errs
}

// bound adds what holds inside the window.
func bound(compiled *schedule.Window, w *v1alpha1.Window) {
	compiled.Priority, compiled.Suspend = w.Priority, w.Suspend
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
