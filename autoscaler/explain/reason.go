package explain

import (
	"fmt"
	"slices"
	"strings"

	"flyball.dev/flyball/autoscaler/engine"
)

// Reason is the decision in one sentence: the number, the metric or bound that made it, and what changed it after.
func Reason(spec *engine.Spec, d *engine.Decision) string {
	return change(d) + ": " + cause(spec, d)
}

// Rescale is the text of the event about a change that was made.
func Rescale(spec *engine.Spec, d *engine.Decision) string {
	return fmt.Sprintf("New size: %d; reason: %s", d.Desired, cause(spec, d))
}

func change(d *engine.Decision) string {
	switch {
	case d.Desired > d.Current:
		return fmt.Sprintf("scale out from %d to %d", d.Current, d.Desired)
	case d.Desired < d.Current:
		return fmt.Sprintf("scale in from %d to %d", d.Current, d.Desired)
	default:
		return fmt.Sprintf("keep %d", d.Current)
	}
}

// cause strings together the steps that the number went through: of the proposals only the one that was taken, or, where
// none could be, what was unknown.
func cause(spec *engine.Spec, d *engine.Decision) string {
	var parts []string
	for i := range d.Steps {
		if s := &d.Steps[i]; matters(d, s) {
			parts = append(parts, detail(spec, d, s))
		}
	}
	return strings.Join(parts, "; ")
}

func matters(d *engine.Decision, s *engine.Step) bool {
	switch s.Kind {
	case engine.StepCurrent, engine.StepMerge:
		return false
	case engine.StepMetric, engine.StepFallback:
		return s.Index == d.Winner
	default:
		return true
	}
}

// Text is a page about the decision, for a terminal.
func Text(spec *engine.Spec, d *engine.Decision) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\nReplicas  %d now, %d desired, between %d and %d\nTargets   %s\n",
		Reason(spec, d), d.Current, d.Desired, d.Min, d.Max, Targets(spec, d))
	for _, i := range d.OpenWindows {
		fmt.Fprintf(&b, "Window    %s is open%s\n", spec.Windows[i].Name, overruled(d, i))
	}
	b.WriteString("Steps\n")
	for _, s := range Steps(spec, d) {
		fmt.Fprintf(&b, "  %-13s  %4d → %-4d  %s\n", s.Step, s.From, s.To, s.Detail)
	}
	return b.String()
}

// overruled says of an open window that neither bound in force is its own.
func overruled(d *engine.Decision, window int) string {
	if slices.Contains([]int{d.MinWindow, d.MaxWindow}, window) {
		return ""
	}
	return ", and other bounds hold in its place"
}
