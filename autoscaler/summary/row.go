package summary

import (
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/explain"
)

// List is an answer of the autoscaler.
type List struct {
	// Sharded reports that other processes have further rows. Total is the number of autoscalers of all.
	Sharded bool  `json:"sharded"`
	Total   int   `json:"total"`
	Items   []Row `json:"items"`
}

// Row is one autoscaler. Its keys are those of flyball explain -o json and of the API's status, where these have them.
type Row struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Reference is the kind and name of the target, and Mode that of the spec.
	Reference string `json:"reference"`
	Mode      string `json:"mode,omitempty"`
	Current   int32  `json:"current"`
	Desired   int32  `json:"desired"`
	// ReplicasUnknown reports that the scale of the target was not read, as where the target does not exist. Current and Desired are then
	// the last ones, or 0.
	ReplicasUnknown bool `json:"replicasUnknown,omitempty"`
	// Proposed is the highest proposal of the metrics, before damping and all limits; nil if none is known.
	Proposed *int32 `json:"proposed,omitempty"`
	// Min and Max are the bounds in force; nil in the row of a status, which does not have them.
	Min *int32 `json:"min,omitempty"`
	Max *int32 `json:"max,omitempty"`
	// Targets has each metric as current/target.
	Targets string `json:"targets,omitempty"`
	// Limit is the reason of the condition that keeps the replicas from the recommendation, such as TooManyReplicas; empty for none.
	Limit string `json:"limit,omitempty"`
	// SampleTime is that of the oldest sample of the decision, LastScaleTime that of the last change of the target, and Time that of
	// the decision; nil for none.
	SampleTime    *time.Time `json:"sampleTime,omitempty"`
	LastScaleTime *time.Time `json:"lastScaleTime,omitempty"`
	Time          *time.Time `json:"time,omitempty"`
	// Shadow is the comparison of an autoscaler in mode Shadow, and Reason the one of its decision.
	Shadow *v1alpha1.ShadowStatus `json:"shadow,omitempty"`
	Reason string                 `json:"reason,omitempty"`
	// Reversals is the number of changes of the target against the direction of the one before, since the process decides.
	Reversals int64 `json:"reversals,omitempty"`
}

// FromStatus returns the row of an autoscaler by a status, which can be newer than that of the object.
func FromStatus(a *v1alpha1.HorizontalAutoscaler, status *v1alpha1.HorizontalAutoscalerStatus) Row {
	r := Row{
		Namespace: a.Namespace, Name: a.Name, Mode: string(a.Spec.Mode),
		Reference: a.Spec.ScaleTargetRef.Kind + "/" + a.Spec.ScaleTargetRef.Name,
		Current:   status.CurrentReplicas, Desired: status.DesiredReplicas,
		Targets: status.Targets, Limit: limit(status.Conditions), LastScaleTime: utc(status.LastScaleTime), Shadow: status.Shadow,
	}
	c := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionAbleToScale)
	r.ReplicasUnknown = c == nil && r.Current == 0 && r.Desired == 0 || c != nil && c.Status == metav1.ConditionFalse && c.Reason == v1alpha1.ReasonFailedGetScale
	if status.Decision != nil {
		r.Time = utc(&status.Decision.Time)
		if status.Shadow != nil {
			r.Reason = status.Decision.Reason
		}
	}
	for i := range status.Samples {
		r.addSample(utc(status.Samples[i].SampleTime))
	}
	return r
}

// Decide replaces the figures of a row by those of a decision.
func (r *Row) Decide(spec *engine.Spec, d *engine.Decision) {
	r.Current, r.Desired, r.ReplicasUnknown, r.Min, r.Max = d.Current, d.Desired, false, new(d.Min), new(d.Max)
	r.Targets, r.Time, r.SampleTime = explain.Targets(spec, d), new(d.Time.UTC()), nil
	for i := range d.Proposals {
		p := &d.Proposals[i]
		if t := p.Time; !t.IsZero() {
			r.addSample(new(t.UTC()))
		}
		if (p.Known || p.IsFallback) && (r.Proposed == nil || p.Replicas > *r.Proposed) {
			r.Proposed = new(p.Replicas)
		}
	}
}

// addSample keeps the oldest time.
func (r *Row) addSample(t *time.Time) {
	if t != nil && (r.SampleTime == nil || t.Before(*r.SampleTime)) {
		r.SampleTime = t
	}
}

func utc(t *metav1.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return new(t.UTC())
}

// limit returns the reason of the first condition that limits, the most severe first.
func limit(conditions []metav1.Condition) string {
	for _, severe := range []struct {
		kind   string
		status metav1.ConditionStatus
	}{
		{v1alpha1.ConditionAccepted, metav1.ConditionFalse},
		{v1alpha1.ConditionAbleToScale, metav1.ConditionFalse},
		{v1alpha1.ConditionScalingActive, metav1.ConditionFalse},
		{v1alpha1.ConditionScalingLimited, metav1.ConditionTrue},
	} {
		if c := meta.FindStatusCondition(conditions, severe.kind); c != nil && c.Status == severe.status {
			return c.Reason
		}
	}
	c := meta.FindStatusCondition(conditions, v1alpha1.ConditionAbleToScale)
	if c == nil {
		return ""
	}
	switch c.Reason {
	case engine.ReasonScaleDownStabilized, engine.ReasonScaleUpStabilized, engine.ReasonRunningWork:
		return c.Reason
	default:
		return ""
	}
}
