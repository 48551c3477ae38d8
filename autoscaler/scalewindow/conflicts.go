package scalewindow

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/schedule"
)

// conflictHorizon is how far ahead the controller searches for conflicts.
const conflictHorizon = 366 * 24 * time.Hour

// conflicting returns the condition Conflicting: whether another window of equal priority that applies to one of the
// autoscalers is open at the same time within the next year, with a minReplicas above this one's maxReplicas or the reverse.
func (c *Controller) conflicting(w *policy.ScaleWindow, autoscalers []string, now time.Time) metav1.Condition {
	compared := map[string]bool{w.Object.Name: true}
	for _, name := range autoscalers {
		autoscaler, err := c.autoscalers.HorizontalAutoscalers(w.Object.Namespace).Get(name)
		if err != nil {
			continue // deleted since
		}
		for _, other := range c.set.Namespace(w.Object.Namespace).For(name, autoscaler.Labels) {
			if compared[other.Object.Name] {
				continue
			}
			compared[other.Object.Name] = true
			if message := conflict(&w.Window, &other.Window, name, now); message != "" {
				return condition(v1alpha1.ConditionConflicting, metav1.ConditionTrue, v1alpha1.ReasonFloorAboveCeiling, message)
			}
		}
		for i := range autoscaler.Spec.Windows {
			inline := &autoscaler.Spec.Windows[i]
			if inline.Priority != w.Window.Priority || !inline.HasTimes() {
				continue
			}
			other, err := policy.CompileWindow(inline.Name, &inline.Window)
			if err != nil {
				continue // the status of the autoscaler reports it
			}
			if message := conflict(&w.Window, &other, name, now); message != "" {
				return condition(v1alpha1.ConditionConflicting, metav1.ConditionTrue, v1alpha1.ReasonFloorAboveCeiling, message)
			}
		}
	}
	return condition(v1alpha1.ConditionConflicting, metav1.ConditionFalse, v1alpha1.ReasonNoConflict,
		"no window of equal priority sets conflicting bounds within a year")
}

// conflict describes the next time at which two windows conflict; empty for never.
func conflict(a, b *schedule.Window, autoscaler string, now time.Time) string {
	floor, ceiling, contradict := schedule.Contradict(a, b)
	if !contradict {
		return ""
	}
	o, found := schedule.Meet(floor, ceiling, now, now.Add(conflictHorizon))
	if !found {
		return ""
	}
	return fmt.Sprintf("HorizontalAutoscaler %s: minReplicas %d of %s is above maxReplicas %d of %s, at least until %s; minReplicas applies; "+
		"set a higher priority on one of them", autoscaler, floor.Min, floor.Name, ceiling.Max, ceiling.Name, o.End.Format(time.RFC3339))
}

// refreshConflicts updates the statuses of the windows with which a changed window conflicts or has conflicted.
func (c *Controller) refreshConflicts(key cache.ObjectName, changed *policy.ScaleWindow) {
	if changed == nil {
		return
	}
	for _, other := range c.set.Namespace(key.Namespace).all() {
		if _, _, contradict := schedule.Contradict(&changed.Window, &other.Window); contradict && other.Object.Name != key.Name {
			c.statuses.AddAfter(cache.MetaObjectToName(other.Object), statusDelay)
		}
	}
}
