package controller

import (
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/schedule"
)

// announceWindows records an event for each window that has opened or closed since its last event. The windows with an event
// are read from the status after a restart and stored in the object after a failed status update, so that each edge has one
// event.
func (c *Controller) announceWindows(o *object, after *v1alpha1.WindowsStatus) {
	if !o.outcome.decided {
		return
	}
	before, now := o.announcedOpen, openWindows(after)
	o.announcedOpen = now
	d := &o.decision
	c.announceMissed(o, before)
	for _, name := range now {
		if !slices.Contains(before, name) {
			c.deps.Events.Eventf(o.autoscaler, corev1.EventTypeNormal, v1alpha1.EventWindowOpened,
				"Window %s opened%s; bounds are now %d to %d replicas", name, opened(o.window(name), d.Time), d.Min, d.Max)
		}
	}
	for _, name := range before {
		if !slices.Contains(now, name) {
			c.deps.Events.Eventf(o.autoscaler, corev1.EventTypeNormal, v1alpha1.EventWindowClosed,
				"Window %s closed%s; bounds are now %d to %d replicas", name, closed(o.window(name), d.Time), d.Min, d.Max)
		}
	}
}

// lastDecided returns the time of the last decision in the status; the zero time if it was made with another spec.
func lastDecided(autoscaler *v1alpha1.HorizontalAutoscaler) time.Time {
	status := &autoscaler.Status
	if status.Decision == nil || status.ObservedGeneration == nil || *status.ObservedGeneration != autoscaler.Generation {
		return time.Time{}
	}
	return status.Decision.Time.Time
}

// announceMissed records an event for each window that opened and closed between the last decision of an earlier process and
// the first decision of this one, so that users see that it was not applied.
func (c *Controller) announceMissed(o *object, announced []string) {
	since := o.previousDecision
	o.previousDecision = time.Time{}
	if since.IsZero() {
		return
	}
	windows := o.policy.Spec.Windows
	for i := range windows {
		last, found := windows[i].Last(o.decision.Time)
		if !found || last.End.After(o.decision.Time) || !last.End.After(since) || slices.Contains(announced, windows[i].Name) {
			continue
		}
		start := windows[i].OpenedAt(o.decision.Time)
		if !start.After(since) {
			continue
		}
		if own := len(windows) - len(o.windows); i >= own && o.windows[i-own].Object.CreationTimestamp.After(start) {
			continue // the ScaleWindow is newer
		}
		c.deps.Events.Eventf(o.autoscaler, corev1.EventTypeWarning, v1alpha1.EventWindowMissed,
			"Window %s was open from %s to %s, while no autoscaler ran: its bounds were not applied", windows[i].Name,
			start.Format(time.RFC3339), last.End.Format(time.RFC3339))
	}
}

// window returns a window by its name; nil if it no longer exists.
func (o *object) window(name string) *schedule.Window {
	windows := o.policy.Spec.Windows
	if i := slices.IndexFunc(windows, func(w schedule.Window) bool { return w.Name == name }); i >= 0 {
		return &windows[i]
	}
	return nil
}

// maxOccurrences bounds the search for the time at which an open window has opened.
const maxOccurrences = 64

// opened returns the part of the event that states when an open window has opened; empty for now. An override begins when the spec has it,
// so that its end is stated.
func opened(w *schedule.Window, now time.Time) string {
	if w == nil {
		return ""
	}
	if o, open := w.Open(now); open && w.Name == policy.OverrideName {
		return " until " + o.End.Format(time.RFC3339)
	}
	start, exact := w.OpenedWithin(now, maxOccurrences)
	if !exact {
		return ""
	}
	return since(start, now)
}

// closed returns the part of the event that states when a closed window has closed, or why it closed early.
func closed(w *schedule.Window, now time.Time) string {
	switch {
	case w == nil:
		return ", because it no longer applies to this autoscaler"
	case w.Suspend:
		return ", because it is suspended"
	}
	last, found := w.Last(now)
	if !found {
		return ", because its times have changed"
	}
	return since(last.End, now)
}

// since returns the time of an edge that the loop handled late: no autoscaler ran, or the window did not apply yet.
func since(edge, now time.Time) string {
	late := now.Sub(edge).Truncate(time.Second)
	if late < time.Second {
		return ""
	}
	return fmt.Sprintf(" at %s, %s before this event", edge.Format(time.RFC3339), late)
}

func openWindows(status *v1alpha1.WindowsStatus) []string {
	if status == nil {
		return nil
	}
	return status.Open
}
