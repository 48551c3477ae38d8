package engine

import "time"

// setBounds finds the bounds in force: the spec's, or those of the open windows of the highest priority. Among equals
// the highest floor and the lowest ceiling hold, and where they cross, the floor. The spec's own ceiling stands unless a
// window sets one, so that nobody's quota is broken by a floor; a window's ceiling lowers the spec's floor.
func (t *turn) setBounds() {
	d := t.d
	t.lookAtWindows()
	floor, ceiling := -1, -1
	for _, i := range d.OpenWindows {
		w := &t.spec.Windows[i]
		if w.Priority != t.topPriority() {
			continue
		}
		if w.HasMin && (floor < 0 || w.Min > t.spec.Windows[floor].Min) {
			floor = i
		}
		if w.HasMax && (ceiling < 0 || w.Max < t.spec.Windows[ceiling].Max) {
			ceiling = i
		}
	}
	d.Min, d.Max, d.MinWindow, d.MaxWindow = t.spec.MinReplicas, t.spec.MaxReplicas, floor, ceiling
	if floor >= 0 {
		d.Min = t.spec.Windows[floor].Min
	}
	if ceiling >= 0 {
		d.Max = t.spec.Windows[ceiling].Max
	}
	t.uncross()
}

// uncross settles a floor above the ceiling.
func (t *turn) uncross() {
	d := t.d
	switch {
	case d.Min <= d.Max:
	case d.MinWindow >= 0 && d.MaxWindow >= 0:
		d.Max, d.MaxWindow = d.Min, d.MinWindow
	default:
		d.Min, d.MinWindow = d.Max, d.MaxWindow
	}
}

// lookAtWindows notes which windows are open, and when that changes next.
func (t *turn) lookAtWindows() {
	d := t.d
	for i := range t.spec.Windows {
		w := &t.spec.Windows[i]
		if _, open := w.Open(t.now); open {
			d.OpenWindows = append(d.OpenWindows, i)
		}
		d.NextEdge = earlier(d.NextEdge, w.NextEdge(t.now))
	}
}

// topPriority is the highest among the open windows.
func (t *turn) topPriority() int32 {
	top := t.spec.Windows[t.d.OpenWindows[0]].Priority
	for _, i := range t.d.OpenWindows[1:] {
		top = max(top, t.spec.Windows[i].Priority)
	}
	return top
}

// earlier of two instants, where the zero time is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}
