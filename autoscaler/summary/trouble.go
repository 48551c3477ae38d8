package summary

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
)

// Trouble is a state of an autoscaler that someone should look at.
type Trouble uint8

// The troubles, the most severe first.
const (
	Rejected        Trouble = iota + 1 // the spec is not accepted
	Conflict                           // another autoscaler or controller writes to the target
	Unreadable                         // the target cannot be read or written
	Unknown                            // no replica count can be computed
	DeadlineAtRisk                     // a batch will be late
	CapacityLimited                    // pods cannot run
	MetricUnknown                      // one of several metrics has no value
	AtMaximum                          // the maximum keeps the replicas from the recommendation
	MetricsStale                       // a metric has no newer samples
	Flapping                           // the replicas go up and down
	Undecided                          // no decision yet
)

var troubleNames = [...]string{
	Rejected: "rejected", Conflict: "conflicting writer", Unreadable: "target not scalable", Unknown: "unknown",
	DeadlineAtRisk: "deadline at risk", CapacityLimited: "capacity limited", MetricUnknown: "metric unknown", AtMaximum: "at maximum",
	MetricsStale: "metric stale", Flapping: "flapping", Undecided: "no decision",
}

// String is the trouble in a word or two.
func (t Trouble) String() string { return troubleNames[t] }

// Troubles are a set of troubles.
type Troubles uint16

func (t *Troubles) add(trouble Trouble) { *t |= 1 << trouble }

// With returns the troubles and another one.
func (t Troubles) With(trouble Trouble) Troubles { return t | 1<<trouble }

// Rank orders sets by their most severe trouble; those without one are last.
func (t Troubles) Rank() int {
	for trouble := range troubleNames {
		if t&(1<<trouble) != 0 {
			return trouble
		}
	}
	return len(troubleNames)
}

// List returns the troubles, the most severe first.
func (t Troubles) List() []Trouble {
	var list []Trouble
	for trouble := range troubleNames {
		if t&(1<<trouble) != 0 {
			list = append(list, Trouble(trouble))
		}
	}
	return list
}

// TroublesOf returns the troubles that a status shows.
func TroublesOf(status *v1alpha1.HorizontalAutoscalerStatus) Troubles {
	var found Troubles
	condition := func(kind string, value metav1.ConditionStatus) *metav1.Condition {
		if c := meta.FindStatusCondition(status.Conditions, kind); c != nil && c.Status == value {
			return c
		}
		return nil
	}
	if condition(v1alpha1.ConditionAccepted, metav1.ConditionFalse) != nil {
		found.add(Rejected)
	}
	if condition(v1alpha1.ConditionAbleToScale, metav1.ConditionFalse) != nil {
		found.add(Unreadable)
	}
	switch c := condition(v1alpha1.ConditionScalingActive, metav1.ConditionFalse); {
	case c == nil || c.Reason == v1alpha1.ReasonPaused || c.Reason == engine.ReasonScalingDisabled || found != 0:
	case c.Reason == v1alpha1.ReasonAmbiguousSelector:
		found.add(Conflict)
	default:
		found.add(Unknown)
	}
	if condition(v1alpha1.ConditionConflicting, metav1.ConditionTrue) != nil {
		found.add(Conflict)
	}
	for i := range status.Samples {
		if status.Samples[i].Unknown != "" && found&(1<<Unknown) == 0 {
			found.add(MetricUnknown)
			break
		}
	}
	if c := condition(v1alpha1.ConditionScalingLimited, metav1.ConditionTrue); c != nil && c.Reason == engine.ReasonTooManyReplicas {
		found.add(AtMaximum)
	}
	for kind, trouble := range map[string]Trouble{
		v1alpha1.ConditionDeadlineAtRisk: DeadlineAtRisk, v1alpha1.ConditionCapacityLimited: CapacityLimited, v1alpha1.ConditionMetricsStale: MetricsStale,
	} {
		if condition(kind, metav1.ConditionTrue) != nil {
			found.add(trouble)
		}
	}
	if len(status.Conditions) == 0 {
		found.add(Undecided)
	}
	return found
}
