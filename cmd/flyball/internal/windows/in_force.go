package windows

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/schedule"
)

// moment has the open windows and the bounds in force of all targets at a time.
type moment struct {
	time    time.Time
	targets []targetState
}

// targetState is the state of one target.
type targetState struct {
	target *target
	open   []int // indices of target.windows
	schedule.InForce
}

func inForce(targets []*target, now time.Time) *moment {
	m := &moment{time: now}
	for _, t := range targets {
		t.windows = append(t.windows, t.override...)
		windows := t.windows
		if !t.known {
			windows = withoutRamps(windows)
		}
		bounds, open := schedule.Merge(windows, t.own, now, nil)
		m.targets = append(m.targets, targetState{t, open, bounds})
	}
	return m
}

// withoutRamps is for a target with unknown bounds, from which a ramp cannot start.
func withoutRamps(windows []schedule.Window) []schedule.Window {
	plain := make([]schedule.Window, len(windows))
	for i, w := range windows {
		w.Ramp = 0
		plain[i] = w
	}
	return plain
}

// bounds in force as JSON. An unknown bound is left out.
type bounds struct {
	MinReplicas *int32 `json:"minReplicas,omitempty"`
	MaxReplicas *int32 `json:"maxReplicas,omitempty"`
}

// targetReport is the state of a target as JSON. Target is left out if it is the only one.
type targetReport struct {
	Target string   `json:"target,omitempty"`
	Open   []string `json:"open"`
	Bounds bounds   `json:"bounds"`
}

// singleReport is the answer about one target as JSON.
type singleReport struct {
	At string `json:"at"`
	targetReport
	Warnings []string `json:"warnings,omitempty"`
}

// momentReport is the answer about any other number of targets as JSON.
type momentReport struct {
	At       string         `json:"at"`
	Targets  []targetReport `json:"targets"`
	Warnings []string       `json:"warnings,omitempty"`
}

func (m *moment) report(warnings []string) any {
	now := m.time.Format(time.RFC3339)
	if len(m.targets) == 1 {
		one := m.targets[0].report()
		one.Target = ""
		return &singleReport{now, one, warnings}
	}
	all := &momentReport{At: now, Targets: []targetReport{}, Warnings: warnings}
	for i := range m.targets {
		all.Targets = append(all.Targets, m.targets[i].report())
	}
	return all
}

func (s *targetState) report() targetReport {
	r := targetReport{Target: s.target.name, Open: []string{}}
	for _, i := range s.open {
		r.Open = append(r.Open, s.target.windows[i].Name)
	}
	if s.target.known || s.MinWindow >= 0 {
		r.Bounds.MinReplicas = &s.Min
	}
	if s.target.known || s.MaxWindow >= 0 {
		r.Bounds.MaxReplicas = &s.Max
	}
	return r
}

// page is the answer as text.
func (m *moment) page() string {
	var b strings.Builder
	fmt.Fprintf(&b, "At %s\n", m.time.Format(time.RFC3339))
	for i := range m.targets {
		m.targets[i].write(&b, m.time)
	}
	return b.String()
}

func (s *targetState) write(b *strings.Builder, now time.Time) {
	fmt.Fprintf(b, "\n%s  %s\n", s.target.name, s.boundsText())
	for _, i := range s.open {
		w := &s.target.windows[i]
		o, open := w.Open(now)
		switch {
		case open && w.Name == policy.OverrideName:
			fmt.Fprintf(b, "  %s sets %d replicas until %s\n", w.Name, w.Min, o.End.Format(time.RFC3339))
		case open:
			fmt.Fprintf(b, "  %s is open from %s to %s: %s\n", w.Name, o.Start.Format(time.RFC3339), o.End.Format(time.RFC3339), boundsOf(w))
		}
	}
	if len(s.open) == 0 {
		fmt.Fprintf(b, "  no window is open\n")
	}
	s.writeLeadsAndRamps(b, now)
	if !s.Next.IsZero() {
		fmt.Fprintf(b, "  the next change is at %s\n", s.Next.Format(time.RFC3339))
	}
}

// writeLeadsAndRamps describes the windows whose bounds are in force before they open or after they close.
func (s *targetState) writeLeadsAndRamps(b *strings.Builder, now time.Time) {
	for i := range s.target.windows {
		if slices.Contains(s.open, i) || (i != s.MinWindow && i != s.MaxWindow) {
			continue
		}
		w := &s.target.windows[i]
		if next, found := w.Next(now); found && !now.Before(next.Start.Add(-w.Lead)) {
			fmt.Fprintf(b, "  %s opens at %s, and its lead has begun\n", w.Name, next.Start.Format(time.RFC3339))
			continue
		}
		fmt.Fprintf(b, "  %s has closed, and its ramp has not ended\n", w.Name)
	}
}

// boundsText describes the bounds in force, with their sources.
func (s *targetState) boundsText() string {
	r := s.report()
	if r.Bounds.MinReplicas == nil && r.Bounds.MaxReplicas == nil {
		return "its own bounds hold, which are not known here"
	}
	least, most := "any number of", "any number"
	if r.Bounds.MinReplicas != nil {
		least = "at least " + s.boundText(s.Min, s.MinWindow, "spec.minReplicas")
	}
	if r.Bounds.MaxReplicas != nil {
		most = "at most " + s.boundText(s.Max, s.MaxWindow, "spec.maxReplicas")
	}
	return least + ", " + most
}

// boundText is a bound with its source: a window, or the field of the object.
func (s *targetState) boundText(replicas int32, window int, field string) string {
	if window >= 0 {
		field = "window " + s.target.windows[window].Name
	}
	return fmt.Sprintf("%d (%s)", replicas, field)
}
