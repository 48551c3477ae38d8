package engine

import (
	"time"

	"flyball.dev/flyball/autoscaler/schedule"
)

// setBounds finds the bounds in force, by the rule of [schedule.Merge], and notes which windows are open and when that
// changes next.
func (e *evaluation) setBounds() {
	d := e.d
	var now schedule.InForce
	own := schedule.Bounds{Min: e.spec.MinReplicas, Max: e.spec.MaxReplicas}
	now, d.OpenWindows = schedule.Merge(e.spec.Windows, own, e.now, d.OpenWindows)
	d.Min, d.Max, d.MinWindow, d.MaxWindow, d.NextEdge = now.Min, now.Max, now.MinWindow, now.MaxWindow, now.Next
}

// NeedsMetrics says whether a decision about so many replicas looks at the metrics: not where they are outside the bounds in
// force, which they are brought back to whatever a metric says, unless a batch makes the bounds itself.
func NeedsMetrics(spec *Spec, replicas int32, now time.Time) bool {
	if replicas == 0 || len(spec.Batches) > 0 {
		return true
	}
	bounds, _ := schedule.Merge(spec.Windows, schedule.Bounds{Min: spec.MinReplicas, Max: spec.MaxReplicas}, now, nil)
	return bounds.Min <= replicas && replicas <= bounds.Max
}
