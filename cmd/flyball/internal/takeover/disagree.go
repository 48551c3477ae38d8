package takeover

import (
	"fmt"

	"flyball.dev/flyball/cmd/flyball/internal/exit"
	"flyball.dev/flyball/cmd/flyball/internal/shadow"
)

// disagreement is the error of a step Agree that ended for a cause: with why the decision is another count, and the ways out. No
// controller is stopped then.
func disagreement(o *observed, cause error) error {
	a := o.autoscaler
	text := fmt.Sprintf("step Agree: %s: the decision is %s and the target has %s", cause, decided(a), replicas(a.Status.CurrentReplicas))
	if d := a.Status.Decision; d != nil && d.Reason != "" {
		text += "; reason of the decision: " + d.Reason
	}
	if s := a.Status.Shadow; s != nil && s.Comparison != nil && s.Comparison.LastDifference != nil {
		name := s.Comparison.LastDifference.Cause
		text += fmt.Sprintf("; cause of the difference: %s, %s", name, shadow.Explanation(name))
	}
	return exit.NegativeError(text + fmt.Sprintf("; no controller is stopped: change spec.metrics or the bounds until both agree (flyball shadow report %s -n %s), "+
		"or run the command with --allow-change, and the first decision changes the count", a.Name, a.Namespace))
}

func replicas(n int32) string {
	if n == 1 {
		return "1 replica"
	}
	return fmt.Sprintf("%d replicas", n)
}
