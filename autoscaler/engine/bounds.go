package engine

import "flyball.dev/flyball/autoscaler/schedule"

// setBounds finds the bounds in force, by the rule of [schedule.Merge], and notes which windows are open and when that
// changes next.
func (t *turn) setBounds() {
	d := t.d
	var now schedule.InForce
	own := schedule.Bounds{Min: t.spec.MinReplicas, Max: t.spec.MaxReplicas}
	now, d.OpenWindows = schedule.Merge(t.spec.Windows, own, t.now, d.OpenWindows)
	d.Min, d.Max, d.MinWindow, d.MaxWindow, d.NextEdge = now.Min, now.Max, now.MinWindow, now.MaxWindow, now.Next
}
