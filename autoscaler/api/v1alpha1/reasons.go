package v1alpha1

// Conditions of a HorizontalAutoscaler. All but Accepted are those of autoscaling/v2.
const (
	// ConditionAccepted says whether the spec is valid and all of it is supported. While it is False nothing scales.
	ConditionAccepted = "Accepted"
	// ConditionAbleToScale says whether the target can be read and written, and whether a stabilisation window holds it.
	ConditionAbleToScale = "AbleToScale"
	// ConditionScalingActive says whether metrics make proposals.
	ConditionScalingActive = "ScalingActive"
	// ConditionScalingLimited says whether a bound or a rate policy cut the proposal.
	ConditionScalingLimited = "ScalingLimited"
	// ConditionScaledToZero says that it was the autoscaler that scaled the target to zero, so that it may bring it back.
	ConditionScaledToZero = "ScaledToZero"
)

// Reasons of the condition Accepted.
const (
	// ReasonAccepted: the spec is valid and supported.
	ReasonAccepted = "Accepted"
	// ReasonInvalidSpec: a field has a value that means nothing; the message names it.
	ReasonInvalidSpec = "InvalidSpec"
	// ReasonNotSupported: a field is valid and this version does not do it yet; the message names it.
	ReasonNotSupported = "NotSupported"
)

// Reasons of the other conditions, by upstream's names.
const (
	ReasonSucceededGetScale                = "SucceededGetScale"
	ReasonReadyForNewScale                 = "ReadyForNewScale"
	ReasonScaleDownStabilized              = "ScaleDownStabilized"
	ReasonScaleUpStabilized                = "ScaleUpStabilized"
	ReasonSucceededRescale                 = "SucceededRescale"
	ReasonFailedGetScale                   = "FailedGetScale"
	ReasonFailedUpdateScale                = "FailedUpdateScale"
	ReasonValidMetricFound                 = "ValidMetricFound"
	ReasonFallback                         = "Fallback"
	ReasonScalingDisabled                  = "ScalingDisabled"
	ReasonPaused                           = "Paused"
	ReasonInvalidSelector                  = "InvalidSelector"
	ReasonAmbiguousSelector                = "AmbiguousSelector"
	ReasonFailedGetResourceMetric          = "FailedGetResourceMetric"
	ReasonFailedGetContainerResourceMetric = "FailedGetContainerResourceMetric"
	ReasonFailedGetPodsMetric              = "FailedGetPodsMetric"
	ReasonFailedGetObjectMetric            = "FailedGetObjectMetric"
	ReasonFailedGetExternalMetric          = "FailedGetExternalMetric"
	ReasonFailedGetPrometheusMetric        = "FailedGetPrometheusMetric"
	ReasonTooFewReplicas                   = "TooFewReplicas"
	ReasonTooManyReplicas                  = "TooManyReplicas"
	ReasonScaleUpLimit                     = "ScaleUpLimit"
	ReasonScaleDownLimit                   = "ScaleDownLimit"
	ReasonDesiredWithinRange               = "DesiredWithinRange"
	ReasonScaledToZero                     = "ScaledToZero"
	ReasonNotScaledToZero                  = "NotScaledToZero"
)

// Reasons of events only.
const (
	// EventSuccessfulRescale: the target's count was changed.
	EventSuccessfulRescale = "SuccessfulRescale"
	// EventFailedRescale: the target's count could not be written.
	EventFailedRescale = "FailedRescale"
	// EventWindowOpened and EventWindowClosed: an edge of a window passed.
	EventWindowOpened = "WindowOpened"
	EventWindowClosed = "WindowClosed"
)
