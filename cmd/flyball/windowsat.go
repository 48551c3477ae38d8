package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/schedule"
)

// moment is what holds for targets at a time.
type moment struct {
	at      time.Time
	targets []holding
}

// holding is what holds for one target.
type holding struct {
	target *target
	open   []int
	schedule.InForce
}

func inForce(targets []*target, at time.Time) *moment {
	m := &moment{at: at}
	for _, t := range targets {
		windows := t.windows
		if !t.known {
			windows = withoutRamps(windows)
		}
		in, open := schedule.Merge(windows, t.own, at, nil)
		m.targets = append(m.targets, holding{t, open, in})
	}
	return m
}

// withoutRamps is for a target whose own bounds are not known, so that there is nothing to ramp from.
func withoutRamps(windows []schedule.Window) []schedule.Window {
	plain := make([]schedule.Window, len(windows))
	for i, w := range windows {
		w.Ramp = 0
		plain[i] = w
	}
	return plain
}

// bounds in force. One that is not known is left out.
type bounds struct {
	MinReplicas *int32 `json:"minReplicas,omitempty"`
	MaxReplicas *int32 `json:"maxReplicas,omitempty"`
}

// held is the answer about one target for programs. Target is left out where there is one target only.
type held struct {
	Target string   `json:"target,omitempty"`
	Open   []string `json:"open"`
	Bounds bounds   `json:"bounds"`
}

// heldAt is the answer about one target.
type heldAt struct {
	At string `json:"at"`
	held
	Warnings []string `json:"warnings,omitempty"`
}

// heldAll is the answer about several.
type heldAll struct {
	At       string   `json:"at"`
	Targets  []held   `json:"targets"`
	Warnings []string `json:"warnings,omitempty"`
}

func (m *moment) forPrograms(warnings []string) any {
	at := m.at.Format(time.RFC3339)
	if len(m.targets) == 1 {
		one := m.targets[0].forPrograms()
		one.Target = ""
		return &heldAt{at, one, warnings}
	}
	all := &heldAll{At: at, Targets: []held{}, Warnings: warnings}
	for i := range m.targets {
		all.Targets = append(all.Targets, m.targets[i].forPrograms())
	}
	return all
}

func (h *holding) forPrograms() held {
	answer := held{Target: h.target.name, Open: []string{}}
	for _, i := range h.open {
		answer.Open = append(answer.Open, h.target.windows[i].Name)
	}
	if h.target.known || h.MinWindow >= 0 {
		answer.Bounds.MinReplicas = &h.Min
	}
	if h.target.known || h.MaxWindow >= 0 {
		answer.Bounds.MaxReplicas = &h.Max
	}
	return answer
}

// page is the answer for people.
func (m *moment) page() string {
	var b strings.Builder
	fmt.Fprintf(&b, "At %s\n", m.at.Format(time.RFC3339))
	for i := range m.targets {
		m.targets[i].write(&b, m.at)
	}
	return b.String()
}

func (h *holding) write(b *strings.Builder, at time.Time) {
	fmt.Fprintf(b, "\n%s  %s\n", h.target.name, h.sentence())
	for _, i := range h.open {
		w := &h.target.windows[i]
		if o, open := w.Open(at); open {
			fmt.Fprintf(b, "  %s is open from %s to %s: %s\n", w.Name, o.Start.Format(time.RFC3339), o.End.Format(time.RFC3339), boundsOf(w))
		}
	}
	if len(h.open) == 0 {
		fmt.Fprintf(b, "  no window is open\n")
	}
	h.writeAround(b, at)
	if !h.Next.IsZero() {
		fmt.Fprintf(b, "  the next change is at %s\n", h.Next.Format(time.RFC3339))
	}
}

// writeAround tells the windows whose bounds are in force while they are not open.
func (h *holding) writeAround(b *strings.Builder, at time.Time) {
	for i := range h.target.windows {
		if slices.Contains(h.open, i) || (i != h.MinWindow && i != h.MaxWindow) {
			continue
		}
		w := &h.target.windows[i]
		if next, found := w.Next(at); found && !at.Before(next.Start.Add(-w.Lead)) {
			fmt.Fprintf(b, "  %s opens at %s, and its lead has begun\n", w.Name, next.Start.Format(time.RFC3339))
			continue
		}
		fmt.Fprintf(b, "  %s has closed, and its ramp has not ended\n", w.Name)
	}
}

func (h *holding) sentence() string {
	least, most := "any number of", "any number"
	answer := h.forPrograms()
	if answer.Bounds.MinReplicas != nil {
		least = "at least " + h.bound(h.Min, h.MinWindow, "spec.minReplicas")
	}
	if answer.Bounds.MaxReplicas != nil {
		most = "at most " + h.bound(h.Max, h.MaxWindow, "spec.maxReplicas")
	}
	if answer.Bounds.MinReplicas == nil && answer.Bounds.MaxReplicas == nil {
		return "its own bounds hold, which are not known here"
	}
	return least + ", " + most
}

// bound tells a bound, and where it comes from.
func (h *holding) bound(replicas int32, window int, own string) string {
	if window >= 0 {
		own = "window " + h.target.windows[window].Name
	}
	return fmt.Sprintf("%d (%s)", replicas, own)
}
