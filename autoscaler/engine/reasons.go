package engine

// Reasons of conditions, proposals and steps. Those that autoscaling/v2 has keep its names.
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

	// Reasons of MetricsStale. A damping step has ReasonNoNewSample where the last measured load requires its count.
	ReasonNoNewSample = "NoNewSample"
	ReasonNewSamples  = "NewSamples"

	// Reasons of batches. ReasonNoWork: no batch is active.
	ReasonBatchPlanned   = "BatchPlanned"
	ReasonNoWork         = "NoWork"
	ReasonOnTime         = "OnTime"
	ReasonDrained        = "Drained"
	ReasonDeadlineAtRisk = "DeadlineAtRisk"
	ReasonDeadlineMissed = "DeadlineMissed"

	// ReasonMetricUnknown is the reason of a damping step that keeps the current count because a metric is unknown.
	ReasonMetricUnknown = "MetricUnknown"
	// ReasonMetricPartial is the reason of a damping step that keeps the current count because a metric is partial.
	ReasonMetricPartial = "MetricPartial"

	// ReasonFirstStart is the reason of a step that keeps pods which were requested at zero until they have served.
	ReasonFirstStart = "FirstStart"

	// Reasons of a step that prevents a scale-in, and of AbleToScale then. ReasonPodsDraining: more than the spec's share of the pods
	// that serve drain. ReasonEndpointsUnknown: the endpoints of the spec's Service are unknown.
	ReasonPodsDraining     = "PodsDraining"
	ReasonEndpointsUnknown = "EndpointsUnknown"

	// Reasons of CapacityLimited, and of the steps of its limit. ReasonFailedCreate has the name of the event by which controllers
	// report it. ReasonPodNotReady: the controller creates no pod before another one is ready. ReasonWaitingForNodes: pods wait for
	// nodes, and fewer than maxPendingPods; the condition is False.
	ReasonUnschedulable     = "Unschedulable"
	ReasonVolumeUnbound     = "VolumeUnbound"
	ReasonImageUnavailable  = "ImageUnavailable"
	ReasonContainerError    = "ContainerError"
	ReasonCrashLoop         = "CrashLoop"
	ReasonFailedCreate      = "FailedCreate"
	ReasonPodNotReady       = "PodNotReady"
	ReasonWaitingForNodes   = "WaitingForNodes"
	ReasonCapacityAvailable = "CapacityAvailable"

	ReasonInvalidMetricSourceType = "InvalidMetricSourceType"
)

// failureReason returns the reason of a metric of this type without a value.
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
