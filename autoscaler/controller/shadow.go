package controller

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/shadow"
)

// adoptChange records a change of the target that another controller made since the last decision in mode Shadow. The state of an
// autoscaler that only watches is then the one that it would have after the same changes of its own, so that Enforce continues from it.
func (c *Controller) adoptChange(o *object, now time.Time) {
	if o.comparison == nil {
		return
	}
	last, _ := o.comparison.Current()
	if last.Time.IsZero() || now.Sub(last.Time) > c.shadowGap() {
		return
	}
	o.state = engine.RecordOtherScale(o.state, &o.policy.Spec, last.Others, o.observation.SpecReplicas, now)
}

// compare adds the decision of an autoscaler in mode Shadow to its comparison. c.previous is the state before the decision.
func (c *Controller) compare(o *object) {
	if !o.shadow() {
		o.comparison = nil
		return
	}
	if o.comparison == nil || o.compared != o.generation {
		o.comparison, o.compared = restoreComparison(o.status.Shadow, o.generation), o.generation
	}
	d := &o.decision
	required, known := shadow.Required(d)
	sample := shadow.Sample{Time: d.Time, Ours: d.Desired, Others: d.Current, Required: required, Known: known}
	o.comparison.Observe(sample, 2*c.config.Period, c.shadowGap(), func() string {
		return c.explainer.Explain(&o.policy.Spec, &c.previous, &o.observation, d, d.Current)
	})
}

// shadowGap is the time between two decisions from which on nothing is known about the time between them.
func (c *Controller) shadowGap() time.Duration { return max(time.Minute, 3*c.config.Period) }

// restoreComparison returns the comparison of a status, if it is of the generation, or a new one.
func restoreComparison(status *v1alpha1.ShadowStatus, generation int64) *shadow.Comparison {
	if status == nil || status.Comparison == nil || status.Comparison.Generation != generation {
		return &shadow.Comparison{}
	}
	of := status.Comparison
	c := &shadow.Comparison{
		Since: of.Since.Time, Differences: of.Differences,
		Observed: seconds(of.ObservedSeconds), Agreed: seconds(of.AgreedSeconds), Known: seconds(of.KnownSeconds),
		Ours: restoreUse(&of.Autoscaler), Others: restoreUse(&of.Target),
	}
	if last := of.LastDifference; last != nil {
		c.Last = shadow.Sample{Time: last.Time.Time, Ours: last.DesiredReplicas, Others: last.Replicas}
		c.LastCause = last.Cause
	}
	for _, cause := range of.Causes {
		c.Causes = append(c.Causes, shadow.Cause{
			Name: cause.Name, Differences: cause.Differences, Time: seconds(cause.Seconds), PodSeconds: float64(cause.PodSeconds), Largest: cause.Largest,
		})
	}
	return c
}

func restoreUse(u *v1alpha1.ShadowUse) shadow.Use {
	return shadow.Use{PodSeconds: float64(u.PodSeconds), ShortPodSeconds: float64(u.ShortPodSeconds), Short: seconds(u.ShortSeconds)}
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }

// shadowStatus returns the status of a decision in mode Shadow and its comparison.
func shadowStatus(desired int32, c *shadow.Comparison, generation int64) *v1alpha1.ShadowStatus {
	status := &v1alpha1.ShadowStatus{DesiredReplicas: desired}
	if c == nil {
		return status
	}
	status.Comparison = &v1alpha1.ShadowComparison{
		Since: metav1.NewTime(c.Since), Generation: generation, Differences: c.Differences,
		ObservedSeconds: wholeSeconds(c.Observed), AgreedSeconds: wholeSeconds(c.Agreed), KnownSeconds: wholeSeconds(c.Known),
		Autoscaler: useStatus(&c.Ours), Target: useStatus(&c.Others),
	}
	for _, cause := range c.Causes {
		status.Comparison.Causes = append(status.Comparison.Causes, v1alpha1.ShadowCause{
			Name: cause.Name, Differences: cause.Differences, Seconds: wholeSeconds(cause.Time), PodSeconds: int64(cause.PodSeconds), Largest: cause.Largest,
		})
	}
	if !c.Last.Time.IsZero() {
		status.Comparison.LastDifference = &v1alpha1.ShadowDifference{
			Time: metav1.NewTime(c.Last.Time), DesiredReplicas: c.Last.Ours, Replicas: c.Last.Others, Cause: c.LastCause,
		}
	}
	return status
}

func useStatus(u *shadow.Use) v1alpha1.ShadowUse {
	return v1alpha1.ShadowUse{PodSeconds: int64(u.PodSeconds), ShortPodSeconds: int64(u.ShortPodSeconds), ShortSeconds: wholeSeconds(u.Short)}
}

func wholeSeconds(d time.Duration) int64 { return int64(d / time.Second) }

// comparisonMoved reports whether the comparison has gone on since the status was written.
func (o *object) comparisonMoved() bool {
	if o.comparison == nil {
		return false
	}
	written := o.status.Shadow
	return written == nil || written.Comparison == nil || wholeSeconds(o.comparison.Observed) > written.Comparison.ObservedSeconds
}
