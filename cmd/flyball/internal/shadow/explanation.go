package shadow

import "flyball.dev/flyball/autoscaler/shadow"

// Explanation returns the meaning of a cause. docs/hpa-compatibility.md describes the corrections.
func Explanation(name string) string {
	switch name {
	case shadow.CauseDamping:
		return "spec.damping forecasts or holds"
	case shadow.CauseWindow:
		return "a window sets other bounds"
	case shadow.CauseFallback:
		return "spec.fallback replaces an unknown metric"
	case shadow.CauseBehavior:
		return "spec.behavior limits or stabilizes otherwise"
	case shadow.CauseCapacity:
		return "spec.capacity lets more pods wait for nodes"
	case shadow.CauseUnknownMetric:
		return "a metric has no value here"
	case shadow.CauseStabilization:
		return "the stabilization window holds an earlier recommendation"
	case shadow.CauseRatePolicy:
		return "a rate policy limits the change"
	case shadow.CauseBounds:
		return "minReplicas or maxReplicas differs"
	case shadow.CauseBatch:
		return "the plan of a batch window requires it"
	case shadow.CauseRecommendation:
		return "the metrics propose it: the other controller has other metrics, targets, samples or an earlier recommendation"
	default:
		return "the correction " + name + " of a decision of autoscaling/v2"
	}
}
