package explain

import (
	"fmt"
	"strings"

	"flyball.dev/flyball/autoscaler/engine"
)

// Reason returns the decision in one sentence: the change, the metric or bound that caused it, and what limited it.
func Reason(spec *engine.Spec, d *engine.Decision) string {
	return change(d) + ": " + cause(spec, d)
}

// Rescale is the text of the event about a change of the target.
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

// cause joins the steps that led to the number: of the proposals only the highest, or the unknown metrics where no metric has
// a proposal.
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
	case engine.StepCurrent, engine.StepPods, engine.StepHighest:
		return false
	case engine.StepBatch:
		return s.Index < 0 || isWinner(d, s.Index)
	case engine.StepMetric, engine.StepFallback:
		return s.Index == d.HighestMetric
	default:
		return true
	}
}
