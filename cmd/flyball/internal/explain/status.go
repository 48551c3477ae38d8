package explain

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// reportOf reads the last decision from a status. The error says why none was made.
func reportOf(a *v1alpha1.HorizontalAutoscaler) (*report, error) {
	s := &a.Status
	if s.Decision == nil {
		return nil, fmt.Errorf("no decision about %s/%s: %s", a.Namespace, a.Name, whyUndecided(s))
	}
	r := &report{
		Autoscaler: a.Namespace + "/" + a.Name, Source: sourceStatus,
		Time: s.Decision.Time.UTC(), Current: s.CurrentReplicas, Desired: s.Decision.Desired,
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
