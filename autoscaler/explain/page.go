package explain

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/engine"
)

// Page is what a terminal shows of a decision. It is made of the decision itself, or of what an object's status tells of
// one, so that both read alike. What is empty is left out.
type Page struct {
	// Reason in one sentence.
	Reason           string
	Current, Desired int32
	// Bounds that were in force; nil where that is not told.
	Bounds  *Bounds
	Targets string
	// Windows are those open, each followed by what is to be said of it.
	Windows    []string
	Steps      []StepText
	Conditions []metav1.Condition
}

// Bounds of the replicas.
type Bounds struct{ Min, Max int32 }

// Text is a page about the decision, for a terminal.
func Text(spec *engine.Spec, d *engine.Decision) string {
	p := Page{
		Reason: Reason(spec, d), Current: d.Current, Desired: d.Desired, Bounds: &Bounds{d.Min, d.Max},
		Targets: Targets(spec, d), Steps: Steps(spec, d),
	}
	for _, i := range d.OpenWindows {
		p.Windows = append(p.Windows, spec.Windows[i].Name+" is open"+overruled(spec, d, i))
	}
	return p.String()
}

// overruled says of an open window that neither bound in force is its own. One that sets none is not.
func overruled(spec *engine.Spec, d *engine.Decision, window int) string {
	w := &spec.Windows[window]
	if !w.HasMin && !w.HasMax || slices.Contains([]int{d.MinWindow, d.MaxWindow}, window) {
		return ""
	}
	return ", and other bounds hold in its place"
}

// String is the page.
func (p *Page) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\nReplicas  %d now, %d desired", p.Reason, p.Current, p.Desired)
	if p.Bounds != nil {
		fmt.Fprintf(&b, ", between %d and %d", p.Bounds.Min, p.Bounds.Max)
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
