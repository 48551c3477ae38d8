package engine

// Reasons of verdicts, proposals and steps, by the names that autoscaling/v2 gives them.
const (
	ReasonSucceededGetScale   = "SucceededGetScale"
	ReasonRunningWork         = "RunningWork"
	ReasonReadyForNewScale    = "ReadyForNewScale"
	ReasonScaleDownStabilized = "ScaleDownStabilized"
	ReasonScaleUpStabilized   = "ScaleUpStabilized"
	ReasonSucceededRescale    = "SucceededRescale"
	ReasonValidMetricFound    = "ValidMetricFound"
	ReasonFallback            = "Fallback"
	ReasonScalingDisabled     = "ScalingDisabled"
	ReasonInvalidSelector     = "InvalidSelector"
	ReasonTooFewReplicas      = "TooFewReplicas"
	ReasonTooManyReplicas     = "TooManyReplicas"
	ReasonScaleUpLimit        = "ScaleUpLimit"
	ReasonScaleDownLimit      = "ScaleDownLimit"
	ReasonDesiredWithinRange  = "DesiredWithinRange"
	ReasonScaledToZero        = "ScaledToZero"
	ReasonNotScaledToZero     = "NotScaledToZero"

	// Of MetricsStale; ReasonNoNewSample also of a step of damping: the last load that was measured requires so many.
	ReasonNoNewSample = "NoNewSample"
	ReasonNewSamples  = "NewSamples"

	// Of batches. ReasonNoWork: none is worked for.
	ReasonBatchPlanned   = "BatchPlanned"
	ReasonNoWork         = "NoWork"
	ReasonOnTime         = "OnTime"
	ReasonDrained        = "Drained"
	ReasonDeadlineAtRisk = "DeadlineAtRisk"
	ReasonDeadlineMissed = "DeadlineMissed"

	// ReasonMetricUnknown is of a step of damping: a metric is unknown, so the current count stays.
	ReasonMetricUnknown = "MetricUnknown"
	// ReasonMetricPartial is of a step of damping: the value of a metric is partial, so the current count stays.
	ReasonMetricPartial = "MetricPartial"

	ReasonInvalidMetricSourceType = "InvalidMetricSourceType"
)

// failureReason is the reason for a metric of this type that has no value.
func failureReason(kind MetricType) string {
	switch kind {
	case Resource:
		return "FailedGetResourceMetric"
	case ContainerResource:
		return "FailedGetContainerResourceMetric"
	case Pods:
		return "FailedGetPodsMetric"
	case Object:
		return "FailedGetObjectMetric"
	case External:
		return "FailedGetExternalMetric"
	case Prometheus:
		return "FailedGetPrometheusMetric"
	default:
		return ReasonInvalidMetricSourceType
	}
}
