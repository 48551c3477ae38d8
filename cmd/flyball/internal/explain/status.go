package explain

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/util/duration"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// reportOf reads the last decision from a status. The error says why none was made.
func reportOf(a *v1alpha1.HorizontalAutoscaler) (*report, error) {
	s := &a.Status
	if s.Decision == nil {
		return nil, fmt.Errorf("no decision about %s/%s: %s", a.Namespace, a.Name, whyUndecided(s))
	}
	r := &report{
		Autoscaler: a.Namespace + "/" + a.Name,
		Time:       s.Decision.Time.UTC(), Current: s.CurrentReplicas, Desired: s.Decision.Desired,
		Reason: s.Decision.Reason, Targets: s.Targets,
	}
	if s.Windows != nil {
		r.Windows = s.Windows.Open
	}
	for _, d := range s.Decision.Steps {
		r.Steps = append(r.Steps, step(d))
	}
	for _, c := range s.Conditions {
		r.Conditions = append(r.Conditions, condition{Type: c.Type, Status: string(c.Status), Reason: c.Reason, Message: c.Message})
	}
	return r, nil
}

// whyUndecided is the message of the first condition that is false.
func whyUndecided(s *v1alpha1.HorizontalAutoscalerStatus) string {
	for _, kind := range []string{v1alpha1.ConditionAccepted, v1alpha1.ConditionAbleToScale, v1alpha1.ConditionScalingActive} {
		if meta.IsStatusConditionFalse(s.Conditions, kind) {
			c := meta.FindStatusCondition(s.Conditions, kind)
			return c.Reason + ": " + c.Message
		}
	}
	return "no autoscaler has synced it yet; check that the autoscaler is running"
}

// maxDecisionAge is the age of a decision from which on it is reported.
const maxDecisionAge = 2 * time.Minute

// outOfDate returns a line about how old the status is; empty if it is current.
func outOfDate(a *v1alpha1.HorizontalAutoscaler, now time.Time) string {
	if observed := a.Status.ObservedGeneration; observed != nil && *observed < a.Generation {
		return "Warning: the spec has changed since this decision"
	}
	if age := now.Sub(a.Status.Decision.Time.Time); age > maxDecisionAge {
		return fmt.Sprintf("Note: the figures are %s old: the autoscaler updates a status when more than its figures changes; -o bundle has the last decision",
			duration.HumanDuration(age))
	}
	return ""
}
