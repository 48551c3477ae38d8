package policy

import (
	"math"
	"time"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/schedule"
)

// OverrideName is the name of the window that spec.override becomes. No window of the spec has it, because theirs have no slash.
const OverrideName = "spec/override"

// longestOverride bounds an override, as the duration of a window is bounded.
const longestOverride = 366 * 24 * time.Hour

// CompileOverride returns the override of a spec with defaults as a window above all others; none without an override. Its start is as early
// as a window allows: an override is in force as soon as the spec has it.
func CompileOverride(spec *v1alpha1.HorizontalAutoscalerSpec) ([]schedule.Window, error) {
	o := spec.Override
	if o == nil || o.Until.IsZero() {
		return nil, nil
	}
	const local = "2006-01-02T15:04:05"
	until := o.Until.UTC()
	w, err := schedule.Compile(OverrideName, schedule.Timing{From: until.Add(-longestOverride).Format(local), To: until.Format(local)})
	if err != nil {
		return nil, err
	}
	replicas := o.Replicas
	if !o.IgnoreBounds {
		replicas = min(max(replicas, *spec.MinReplicas), spec.MaxReplicas)
	}
	w.Priority = math.MaxInt32
	w.Min, w.Max, w.HasMin, w.HasMax = replicas, replicas, true, true
	return []schedule.Window{w}, nil
}
