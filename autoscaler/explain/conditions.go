package explain

import (
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/engine"
)

// Conditions returns the conditions that the decision sets, in the order of display, without times and generation. A condition
// that the decision does not set is absent: it stays as it was. MetricsStale and CapacityLimited are present only when they are True, so
// that an autoscaler without such a fault does not have them.
func Conditions(spec *engine.Spec, d *engine.Decision) []metav1.Condition {
	conditions := make([]metav1.Condition, 0, 7)
	for _, c := range []struct {
		kind    string
		verdict *engine.Verdict
	}{
		{"AbleToScale", &d.AbleToScale},
		{"ScalingActive", &d.ScalingActive},
		{"ScalingLimited", &d.ScalingLimited},
		{"ScaledToZero", &d.ScaledToZero},
		{"MetricsStale", &d.MetricsStale},
		{"CapacityLimited", &d.CapacityLimited},
		{"DeadlineAtRisk", &d.DeadlineAtRisk},
	} {
		fault := c.verdict == &d.MetricsStale || c.verdict == &d.CapacityLimited
		if c.verdict.Status == engine.Unchanged || fault && c.verdict.Status != engine.True {
			continue
		}
		status := metav1.ConditionFalse
		if c.verdict.Status == engine.True {
			status = metav1.ConditionTrue
		}
		conditions = append(conditions, metav1.Condition{
			Type: c.kind, Status: status, Reason: c.verdict.Reason, Message: message(spec, d, c.verdict),
		})
	}
	return conditions
}

// messages are those of the HPA controller where it has the reason.
var messages = map[string]string{
	engine.ReasonSucceededGetScale:   "the autoscaler was able to get the target's current scale",
	engine.ReasonReadyForNewScale:    "recommended size matches current size",
	engine.ReasonScaleDownStabilized: "recent recommendations were higher than current one, applying the highest recent recommendation",
	engine.ReasonScaleUpStabilized:   "recent recommendations were lower than current one, applying the lowest recent recommendation",
	engine.ReasonScalingDisabled:     "scaling is disabled since the replica count of the target is zero",
	engine.ReasonTooFewReplicas:      "the desired replica count is less than the minimum replica count",
	engine.ReasonTooManyReplicas:     "the desired replica count is more than the maximum replica count",
	engine.ReasonScaleUpLimit:        "the desired replica count is increasing faster than the maximum scale rate",
	engine.ReasonScaleDownLimit:      "the desired replica count is decreasing faster than the maximum scale rate",
	engine.ReasonDesiredWithinRange:  "the desired count is within the acceptable range",
	engine.ReasonScaledToZero:        "the autoscaler scaled the target to zero and scales it out when a metric is active",
	engine.ReasonNotScaledToZero:     "the autoscaler did not scale the target to zero",
	engine.ReasonBatchPlanned:        "the replica count is what a batch window requires to finish by its deadline",
	engine.ReasonNoWork:              "no batch window is open and the autoscaler has no metric; minimum replicas apply",
}

func message(spec *engine.Spec, d *engine.Decision, v *engine.Verdict) string {
	switch {
	case v == &d.MetricsStale:
		return StaleMessage(spec, d)
	case v == &d.CapacityLimited:
		return CapacityMessage(d)
	case v == &d.DeadlineAtRisk:
		return BatchMessage(spec, d)
	case v.Reason == engine.ReasonPodsDraining, v.Reason == engine.ReasonEndpointsUnknown:
		return "scale-in waits: " + drainingCause(spec, d, v.Reason, v.Message)
	case v.Reason == engine.ReasonRunningWork:
		return v.Message
	case v.Reason == engine.ReasonSucceededRescale:
		return "the autoscaler was able to update the target scale: " + change(d)
	case v.Reason == engine.ReasonValidMetricFound && d.HighestMetric >= 0:
		return "the autoscaler was able to successfully calculate a replica count from " + described(spec, d.HighestMetric)
	case v.Reason == engine.ReasonFallback:
		return "the replica count is the fallback: " + failed(spec, d, v) + v.Message
	case messages[v.Reason] != "":
		return messages[v.Reason]
	case v == &d.AbleToScale:
		return "the autoscaler was unable to update the target scale: " + v.Message
	default:
		return "the autoscaler was unable to compute the replica count: " + failed(spec, d, v) + v.Message
	}
}

// StaleMessage names each metric without newer samples, the age of its newest sample, and the cause.
func StaleMessage(spec *engine.Spec, d *engine.Decision) string {
	if len(d.Stale) == 0 {
		return "every metric has new samples"
	}
	var parts []string
	for _, s := range d.Stale {
		cause := s.Cause
		if cause == "" {
			cause = "the source reports no cause"
		}
		parts = append(parts, fmt.Sprintf("%s: newest sample is %s old: %s", described(spec, s.Index), span(s.Age.Round(time.Second)), cause))
	}
	return strings.Join(parts, "; ")
}

// failed names the metric that the verdict is about; empty where it is about none.
func failed(spec *engine.Spec, d *engine.Decision, v *engine.Verdict) string {
	for i := range d.Proposals {
		p := &d.Proposals[i]
		if !p.Known && p.Problem == v.Message && (p.Code == v.Reason || i == d.HighestMetric) {
			return described(spec, i) + ": "
		}
	}
	return ""
}
