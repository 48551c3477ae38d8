package controller

import (
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/schedule"
)

// announceWindows records an event for each window that has opened or closed since it was last told. What was told outlives a
// restart in the status, and a status that could not be written in memory, so that no edge is told twice.
func (c *Controller) announceWindows(o *object, after *v1alpha1.WindowsStatus) {
	if !o.outcome.decided {
		return
	}
	was, is := o.announcedOpen, openWindows(after)
	o.announcedOpen = is
	d := &o.decision
	c.announceMissed(o, was)
	for _, name := range is {
		if !slices.Contains(was, name) {
			c.deps.Events.Eventf(o.autoscaler, corev1.EventTypeNormal, v1alpha1.EventWindowOpened,
				"Window %s opened%s; bounds are now %d to %d replicas", name, opened(o.window(name), d.Time), d.Min, d.Max)
		}
	}
	for _, name := range was {
		if !slices.Contains(is, name) {
			c.deps.Events.Eventf(o.autoscaler, corev1.EventTypeNormal, v1alpha1.EventWindowClosed,
				"Window %s closed%s; bounds are now %d to %d replicas", name, closed(o.window(name), d.Time), d.Min, d.Max)
		}
	}
}

// lastDecided is when the spec as it is was last decided by; the zero time where the status does not tell.
func lastDecided(autoscaler *v1alpha1.HorizontalAutoscaler) time.Time {
	status := &autoscaler.Status
	if status.Decision == nil || status.ObservedGeneration == nil || *status.ObservedGeneration != autoscaler.Generation {
		return time.Time{}
	}
	return status.Decision.Time.Time
}

// announceMissed records an event for each window that opened and closed between the last decision of an earlier process and
// the first of this one: nobody may take it for held.
func (c *Controller) announceMissed(o *object, was []string) {
	since := o.previousDecision
	o.previousDecision = time.Time{}
	if since.IsZero() {
		return
	}
	windows := o.policy.Spec.Windows
	for i := range windows {
		last, found := windows[i].Last(o.decision.Time)
		if !found || last.End.After(o.decision.Time) || !last.End.After(since) || slices.Contains(was, windows[i].Name) {
			continue
		}
		start := windows[i].OpenedAt(o.decision.Time)
		if !start.After(since) {
			continue
		}
		if at := i - len(windows) + len(o.windows); at >= 0 && o.windows[at].Object.CreationTimestamp.After(start) {
			continue // the ScaleWindow was not there yet
		}
		c.deps.Events.Eventf(o.autoscaler, corev1.EventTypeWarning, v1alpha1.EventWindowMissed,
			"Window %s was open from %s to %s, while no autoscaler ran: its bounds did not hold", windows[i].Name,
			start.Format(time.RFC3339), last.End.Format(time.RFC3339))
	}
}

// window finds a window by its name; nil where it is gone.
func (o *object) window(name string) *schedule.Window {
	windows := o.policy.Spec.Windows
	if i := slices.IndexFunc(windows, func(w schedule.Window) bool { return w.Name == name }); i >= 0 {
		return &windows[i]
	}
	return nil
}

// mostToldBack is how many occurrences are followed back to find when a window opened that is found open.
const mostToldBack = 64

// opened says when a window opened that is found open; nothing where that is now.
func opened(w *schedule.Window, now time.Time) string {
	if w == nil {
		return ""
	}
	at, exact := w.OpenedWithin(now, mostToldBack)
	if !exact {
		return ""
	}
	return since(at, now)
}

// closed says when a window closed that is found closed, or what closed it before its time.
func closed(w *schedule.Window, now time.Time) string {
	switch {
	case w == nil:
		return ", because it holds here no more"
	case w.Suspend:
		return ", because it is suspended"
	}
	last, found := w.Last(now)
	if !found {
		return ", because its times have changed"
	}
	return since(last.End, now)
}

// since tells an edge that was not met at its time: while no autoscaler ran, or before the window held here.
func since(edge, now time.Time) string {
	late := now.Sub(edge).Truncate(time.Second)
	if late < time.Second {
		return ""
	}
	return fmt.Sprintf(" at %s, %s before it was seen here", edge.Format(time.RFC3339), late)
}

func openWindows(status *v1alpha1.WindowsStatus) []string {
	if status == nil {
		return nil
	}
	return status.Open
}
