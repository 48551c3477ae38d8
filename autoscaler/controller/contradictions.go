package controller

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/schedule"
)

// foresight is how far ahead contradictions are looked for.
const foresight = 366 * 24 * time.Hour

// contradicted looks for another window that holds for one of the autoscalers, has the same priority, is open at the same
// time within the next year, and sets bounds that cannot hold together with this one's.
func (c *Controller) contradicted(w *policy.ScaleWindow, autoscalers []string, now time.Time) metav1.Condition {
	compared := map[string]bool{w.Object.Name: true}
	for _, name := range autoscalers {
		autoscaler, err := c.autoscalers.HorizontalAutoscalers(w.Object.Namespace).Get(name)
		if err != nil {
			continue // gone meanwhile
		}
		for _, other := range c.scaleWindows.in(w.Object.Namespace).selected(name, autoscaler.Labels) {
			if compared[other.Object.Name] {
				continue
			}
			compared[other.Object.Name] = true
			if found, is := contradiction(&w.Window, &other.Window, name, now); is {
				return found
			}
		}
		for i := range autoscaler.Spec.Windows {
			inline := &autoscaler.Spec.Windows[i]
			if inline.Priority != w.Window.Priority || !inline.HasTimes() {
				continue
			}
			other, err := policy.CompileWindow(inline.Name, &inline.Window)
			if err != nil {
				continue // the autoscaler's status tells
			}
			if found, is := contradiction(&w.Window, &other, name, now); is {
				return found
			}
		}
	}
	return condition(v1alpha1.ConditionConflicting, metav1.ConditionFalse, v1alpha1.ReasonNoConflict,
		"no other window of equal priority contradicts it within a year")
}

func contradiction(a, b *schedule.Window, autoscaler string, now time.Time) (metav1.Condition, bool) {
	floor, ceiling, contradict := schedule.Contradict(a, b)
	if !contradict {
		return metav1.Condition{}, false
	}
	o, meet := schedule.Meet(floor, ceiling, now, now.Add(foresight))
	if !meet {
		return metav1.Condition{}, false
	}
	return condition(v1alpha1.ConditionConflicting, metav1.ConditionTrue, v1alpha1.ReasonFloorAboveCeiling, fmt.Sprintf(
		"of HorizontalAutoscaler %s, the floor of %s is %d, above the ceiling of %s, which is %d, until %s and perhaps again: the floor holds then. "+
			"Give one of them a higher priority", autoscaler, floor.Name, floor.Min, ceiling.Name, ceiling.Max, o.End.Format(time.RFC3339))), true
}

// compareAgain brings the statuses of the windows up to date that a changed window may contradict, or has until now.
func (c *Controller) compareAgain(key cache.ObjectName, changed *policy.ScaleWindow) {
	set := c.scaleWindows.in(key.Namespace)
	if set == nil || changed == nil {
		return
	}
	for name, other := range set.byObject {
		if _, _, may := schedule.Contradict(&changed.Window, &other.Window); may && name != key.Name {
			c.windowStatuses.AddAfter(cache.ObjectName{Namespace: key.Namespace, Name: name}, countPause)
		}
	}
}
