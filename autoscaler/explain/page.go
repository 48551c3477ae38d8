package explain

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/engine"
)

// Page is the text of a decision for a terminal. Its source is the decision itself, or the status of an object, so that both
// have one format. Empty fields are left out.
type Page struct {
	// Reason in one sentence.
	Reason           string
	Current, Desired int32
	// Bounds in force; nil where they are unknown.
	Bounds  *Bounds
	Targets string
	// Windows has one line for each open window.
	Windows    []string
	Steps      []StepText
	Conditions []metav1.Condition
}

// Bounds of the replicas.
type Bounds struct{ Min, Max int32 }

// Text returns the page of a decision.
func Text(spec *engine.Spec, d *engine.Decision) string { return NewPage(spec, d).String() }

// NewPage returns the page of a decision, without conditions.
func NewPage(spec *engine.Spec, d *engine.Decision) *Page {
	p := &Page{
		Reason: Reason(spec, d), Current: d.Current, Desired: d.Desired, Bounds: &Bounds{d.Min, d.Max},
		Targets: Targets(spec, d), Steps: Steps(spec, d),
	}
	for _, i := range d.OpenWindows {
		p.Windows = append(p.Windows, spec.Windows[i].Name+" is open"+overridden(spec, d, i))
	}
	return p
}

// overridden marks an open window whose bounds are not in force; empty for a window that sets none.
func overridden(spec *engine.Spec, d *engine.Decision, window int) string {
	w := &spec.Windows[window]
	if !w.HasMin && !w.HasMax || slices.Contains([]int{d.MinWindow, d.MaxWindow}, window) {
		return ""
	}
	return "; its bounds are overridden"
}

// String returns the page as text.
func (p *Page) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\nReplicas  %d current, %d desired", p.Reason, p.Current, p.Desired)
	if p.Bounds != nil {
		fmt.Fprintf(&b, ", min %d, max %d", p.Bounds.Min, p.Bounds.Max)
	}
	b.WriteString("\n")
	if p.Targets != "" {
		fmt.Fprintf(&b, "Targets   %s\n", p.Targets)
	}
	for _, window := range p.Windows {
		fmt.Fprintf(&b, "Window    %s\n", window)
	}
	if len(p.Steps) > 0 {
		b.WriteString("Steps\n")
	}
	for _, s := range p.Steps {
		fmt.Fprintf(&b, "  %-13s  %4d → %-4d  %s\n", s.Step, s.From, s.To, s.Detail)
	}
	if len(p.Conditions) > 0 {
		b.WriteString("Conditions\n")
	}
	for i := range p.Conditions {
		c := &p.Conditions[i]
		fmt.Fprintf(&b, "  %-14s  %-7s  %s: %s\n", c.Type, c.Status, c.Reason, c.Message)
	}
	return b.String()
}
