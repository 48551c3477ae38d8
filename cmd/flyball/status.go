package main

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/util/duration"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// reportOf tells the last decision as an object's status does. The error says why there is none.
func reportOf(a *v1alpha1.HorizontalAutoscaler) (*report, error) {
	s := &a.Status
	if s.Decision == nil {
		return nil, fmt.Errorf("nothing was decided about %s/%s: %s", a.Namespace, a.Name, whyUndecided(s))
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

// whyUndecided is what the first condition that is false says.
func whyUndecided(s *v1alpha1.HorizontalAutoscalerStatus) string {
	for _, kind := range []string{v1alpha1.ConditionAccepted, v1alpha1.ConditionAbleToScale, v1alpha1.ConditionScalingActive} {
		if meta.IsStatusConditionFalse(s.Conditions, kind) {
			c := meta.FindStatusCondition(s.Conditions, kind)
			return c.Reason + ": " + c.Message
		}
	}
	return "no autoscaler has looked at it yet; is one running?"
}

// outOfDate says what the status cannot know yet; empty where it is up to date.
func outOfDate(a *v1alpha1.HorizontalAutoscaler, now time.Time) string {
	if observed := a.Status.ObservedGeneration; observed != nil && *observed < a.Generation {
		return "the spec has changed since"
	}
	if since := now.Sub(a.Status.Decision.Time.Time); since > 2*time.Minute {
		return fmt.Sprintf("that was %s ago; is an autoscaler running?", duration.HumanDuration(since))
	}
	return ""
}
