package controller

import (
	"math"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

const (
	// valueTolerance is the relative change of a value that is too small for a status update.
	valueTolerance = 0.1
	// valueDelay is the time after a status update in which changed values wait, so that one update has the values after a change
	// of the replicas, and not those of each tick of a rollout.
	valueDelay = time.Minute
)

// changed reports whether a user would act on the difference between two statuses: in a replica count, the status or reason of
// a condition, the open windows, the phase of a batch, or why a metric is unknown. Times, ages, values, steps, and numbers in
// messages make no difference: an update for each would cost more than the rest of the tick.
func changed(before, after *v1alpha1.HorizontalAutoscalerStatus) bool {
	return !equality.Semantic.DeepEqual(essence(before), essence(after))
}

// essence returns a status without the fields that may change in every tick.
func essence(status *v1alpha1.HorizontalAutoscalerStatus) *v1alpha1.HorizontalAutoscalerStatus {
	kept := status.DeepCopy()
	kept.Targets, kept.CurrentMetrics, kept.Pods = "", nil, nil
	if kept.Shadow != nil {
		kept.Shadow.Comparison = nil
	}
	for i := range kept.Samples {
		kept.Samples[i] = v1alpha1.SampleStatus{Unknown: string(appendWords(nil, kept.Samples[i].Unknown))}
	}
	if kept.Decision != nil {
		kept.Decision = &v1alpha1.DecisionStatus{Desired: kept.Decision.Desired}
	}
	for i := range kept.Batches {
		b := &kept.Batches[i]
		*b = v1alpha1.BatchStatus{
			Window: b.Window, Phase: b.Phase, Start: b.Start, Deadline: b.Deadline, Missed: b.Missed, Left: b.Left,
			Unknown: string(appendWords(nil, b.Unknown)), BusyUnknown: string(appendWords(nil, b.BusyUnknown)),
		}
	}
	for i := range kept.Conditions {
		c := &kept.Conditions[i]
		if (c.Type == v1alpha1.ConditionMetricsStale || c.Type == v1alpha1.ConditionConflicting) && c.Status == metav1.ConditionTrue {
			c.Message = string(appendWords(nil, c.Message)) // it names the metrics, or the writer
		} else {
			c.Message = ""
		}
	}
	return kept
}

// appendWords appends a message with # in the place of each number and its unit, so that two messages with other figures, ages
// or ports are equal.
func appendWords(to []byte, message string) []byte {
	number := false
	for i := range len(message) {
		c := message[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
		switch digit := c >= '0' && c <= '9'; {
		case number && (digit || letter || c == '.'):
		case digit:
			number, to = true, append(to, '#')
		default:
			number, to = false, append(to, c)
		}
	}
	return to
}

// valuesDue reports whether a status may be updated although only values have changed.
func (o *object) valuesDue(now time.Time, period time.Duration) bool {
	period += time.Duration(float64(period) / 2 * float64(o.hash%1024) / 1024) // autoscalers of one metric change together
	return now.Sub(o.statusTime) >= min(valueDelay, period) && now.Sub(o.valuesTime) >= period
}

// valuesMoved reports whether a value of the tick differs from that in the status by more than the tolerance.
func (o *object) valuesMoved() bool {
	if !o.outcome.decided {
		return false
	}
	if o.comparisonMoved() || podsMoved(podsStatus(&o.decision), o.status.Pods) {
		return true
	}
	proposals, written := o.decision.Proposals, o.status.CurrentMetrics
	if len(proposals) != len(written) {
		return true
	}
	for i := range proposals {
		if proposals[i].Known && moved(float64(proposals[i].Current), currentValue(&written[i])) {
			return true
		}
	}
	return !slices.EqualFunc(o.batches, o.status.Batches, func(now, written v1alpha1.BatchStatus) bool {
		return !moved(now.Backlog.AsApproximateFloat64(), written.Backlog.AsApproximateFloat64()) &&
			!moved(now.ThroughputPerReplica.AsApproximateFloat64(), written.ThroughputPerReplica.AsApproximateFloat64()) &&
			!moved(now.Arrivals.AsApproximateFloat64(), written.Arrivals.AsApproximateFloat64()) &&
			!moved(float64(now.Needed), float64(written.Needed))
	})
}

// podsMoved reports whether the pods differ from those in the status: in a late, lost or blocked pod, or in a tenth of the serving
// ones.
func podsMoved(now, written *v1alpha1.PodsStatus) bool {
	if now == nil || written == nil {
		return now != written
	}
	return now.Late != written.Late || now.Lost != written.Lost || now.Blocked != written.Blocked ||
		moved(float64(now.Serving), float64(written.Serving))
}

func moved(now, written float64) bool {
	return math.Abs(now-written) > valueTolerance*max(math.Abs(now), math.Abs(written))
}

// currentValue returns the value in a metric's status, in the unit of [engine.Proposal]; NaN, which has not moved, for none.
func currentValue(status *v1alpha1.MetricStatus) float64 {
	switch current := currentOf(status); {
	case current == nil:
		return math.NaN()
	case current.AverageUtilization != nil:
		return float64(*current.AverageUtilization)
	case current.AverageValue != nil:
		return float64(current.AverageValue.MilliValue())
	case current.Value != nil:
		return float64(current.Value.MilliValue())
	default:
		return math.NaN()
	}
}
