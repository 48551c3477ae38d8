package summary

import (
	"fmt"
	"slices"
	"time"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/explain"
	"flyball.dev/flyball/autoscaler/schedule"
)

// NextEvents returns what will change the replicas next, in the order of time: edges of windows, ends of holds, the forecast,
// samples that become unknown, fallbacks and deadlines. state is the one before the decision.
func NextEvents(spec *engine.Spec, state *engine.State, d *engine.Decision) []Event {
	events := windowEvents(spec, d)
	events = append(events, stabilizationEvents(spec, state, d)...)
	events = append(events, dampingEvents(state, d)...)
	events = append(events, metricEvents(spec, d)...)
	for i := range d.Batches {
		b := &d.Batches[i]
		name := spec.Windows[spec.Batches[b.Batch].Window].Name
		events = append(events, Event{b.Deadline, "deadline of batch window " + name})
		if !b.Finish.IsZero() {
			events = append(events, Event{b.Finish, fmt.Sprintf("expected finish of batch window %s with %d replicas", name, b.Replicas)})
		}
	}
	events = slices.DeleteFunc(events, func(e Event) bool { return e.Time.Before(d.Time) })
	slices.SortStableFunc(events, func(a, b Event) int { return a.Time.Compare(b.Time) })
	return events
}

// windowEvents returns the next change of the bounds in force.
func windowEvents(spec *engine.Spec, d *engine.Decision) []Event {
	if d.NextEdge.IsZero() {
		return nil
	}
	own := schedule.Bounds{Min: spec.MinReplicas, Max: spec.MaxReplicas}
	before, open := schedule.Merge(spec.Windows, own, d.Time, nil)
	after, later := schedule.Merge(spec.Windows, own, d.NextEdge, nil)
	what := "the bounds of a window change"
	for i := range spec.Windows {
		switch wasOpen, isOpen := slices.Contains(open, i), slices.Contains(later, i); {
		case isOpen && !wasOpen:
			what = "window " + spec.Windows[i].Name + " opens"
		case wasOpen && !isOpen:
			what = "window " + spec.Windows[i].Name + " closes"
		}
	}
	if before.Min == after.Min && before.Max == after.Max {
		return []Event{{d.NextEdge, what + fmt.Sprintf("; bounds stay %d to %d replicas", after.Min, after.Max)}}
	}
	return []Event{{d.NextEdge, what + fmt.Sprintf("; bounds become %d to %d replicas", after.Min, after.Max)}}
}

// stabilizationEvents returns the time at which the recommendation that stabilization applies leaves its window.
func stabilizationEvents(spec *engine.Spec, state *engine.State, d *engine.Decision) []Event {
	for i := range d.Steps {
		s := &d.Steps[i]
		if s.Kind != engine.StepStabilization || s.From == s.To {
			continue
		}
		window, which := spec.Down.Stabilization, "highest"
		if s.Code == engine.ReasonScaleUpStabilized {
			window, which = spec.Up.Stabilization, "lowest"
		}
		var last time.Time
		for _, r := range state.Recommendations {
			if r.Replicas == s.Limit && r.Time.After(last) {
				last = r.Time
			}
		}
		if !last.IsZero() {
			return []Event{{last.Add(window), fmt.Sprintf("stabilization ends: the %s recommendation, %d, leaves its window", which, s.Limit)}}
		}
	}
	return nil
}

// dampingEvents returns the forecast, and the time at which the highest requirement leaves the hold.
func dampingEvents(state *engine.State, d *engine.Decision) []Event {
	w := &d.Damping
	if !d.Damped || w.NoLoad {
		return nil
	}
	var events []Event
	if w.Horizon > 0 {
		events = append(events, Event{d.Time.Add(w.Horizon), fmt.Sprintf("forecast: load %.1f replicas at target; required %.1f", w.Forecast, w.Required)})
	}
	if held := state.Damping.Requirements; len(held) > 0 && w.HighestRequired > w.Required && w.Replicas > int32(w.Required) {
		events = append(events, Event{held[0].Time.Add(w.Hold), fmt.Sprintf("damping hold ends: the highest requirement, %.1f, leaves it", w.HighestRequired)})
	}
	return events
}

// metricEvents returns the times at which samples become unknown, and at which fallbacks begin.
func metricEvents(spec *engine.Spec, d *engine.Decision) []Event {
	var events []Event
	names := explain.MetricNames(spec)
	stale := map[int]bool{}
	for i := range d.Stale {
		stale[d.Stale[i].Index] = true
	}
	for i := range d.Proposals {
		p, m := &d.Proposals[i], &spec.Metrics[i]
		switch f := spec.Fallback; {
		case p.Known && stale[i] && m.MaxAge > 0 && !p.Time.IsZero():
			events = append(events, Event{p.Time.Add(m.MaxAge), names[i] + " becomes unknown without a newer sample"})
		case !p.Known && f != nil && !p.IsFallback && !p.UnknownSince.IsZero():
			events = append(events, Event{p.UnknownSince.Add(f.After), fmt.Sprintf("fallback begins if %s stays unknown", names[i])})
		}
	}
	return events
}

// statusEvents returns what a status has of the next changes.
func statusEvents(status *v1alpha1.HorizontalAutoscalerStatus) []Event {
	var events []Event
	if w := status.Windows; w != nil && w.Next != nil {
		if w.Next.Start != nil {
			events = append(events, Event{w.Next.Start.UTC(), "window " + w.Next.Name + " opens"})
		} else if w.Next.End != nil {
			events = append(events, Event{w.Next.End.UTC(), "window " + w.Next.Name + " closes"})
		}
	}
	for i := range status.Batches {
		events = append(events, Event{status.Batches[i].Deadline.UTC(), "deadline of batch window " + status.Batches[i].Window})
	}
	slices.SortStableFunc(events, func(a, b Event) int { return a.Time.Compare(b.Time) })
	return events
}
