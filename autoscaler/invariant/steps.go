package invariant

import (
	"fmt"

	"flyball.dev/flyball/autoscaler/engine"
)

// checkSteps: the steps lead to the decision. Each proposal starts at the current count; StepHighest goes to the highest; each later
// step starts where the one before it ended, and the last one ends at the desired count. Between two StepLost, the current count is
// without the pods of lost nodes.
func checkSteps(_ *Checker, d *decision) error {
	if wraps(d) {
		return nil // they show negative proposals as upstream computes them
	}
	count, highest, proposals, merged := d.Current, int32(0), 0, false
	current := d.Current // without pods of lost nodes, while they are set aside
	for i := range d.Steps {
		s := &d.Steps[i]
		if s.To < 0 || s.From < 0 {
			return fmt.Errorf("steps: step %d has a negative count", i)
		}
		from := count
		switch s.Kind {
		case engine.StepLost:
			if d.Failed {
				from = current
			}
			current, count = s.To, s.To
		case engine.StepCurrent, engine.StepPods, engine.StepUnknown, engine.StepHold:
			if s.To != current {
				return fmt.Errorf("steps: step %d changes the count", i)
			}
			from, count = current, current
		case engine.StepMetric, engine.StepFallback, engine.StepBatch:
			from = current
			proposals++
			highest = max(highest, s.To)
			count = highest
		case engine.StepHighest:
			if from = current; s.To != highest {
				return fmt.Errorf("steps: StepHighest goes to %d, and the highest proposal is %d", s.To, highest)
			}
			count, merged = s.To, true
		default:
			if proposals > 1 && !merged {
				return fmt.Errorf("steps: %d proposals without StepHighest", proposals)
			}
			count = s.To
		}
		if s.From != from {
			return fmt.Errorf("steps: step %d starts at %d, and the one before it ended at %d", i, s.From, from)
		}
	}
	if count != d.Desired {
		return fmt.Errorf("steps: they end at %d", count)
	}
	return nil
}
