package v1alpha1

// Conditions of a HorizontalAutoscaler. A ScaleWindow has Accepted, too. AbleToScale, ScalingActive, ScalingLimited and ScaledToZero
// are conditions of autoscaling/v2.
const (
	// ConditionAccepted is True if the spec is valid and supported. While it is False, the autoscaler does not scale, and the window
	// does not apply.
	ConditionAccepted = "Accepted"
	// ConditionAbleToScale is True if the autoscaler can read and write the scale of the target. Its reason states whether a
	// stabilization window applies.
	ConditionAbleToScale = "AbleToScale"
	// ConditionScalingActive is True if metrics make proposals.
	ConditionScalingActive = "ScalingActive"
	// ConditionScalingLimited is True if a bound or a rate policy limits the replicas.
	ConditionScalingLimited = "ScalingLimited"
	// ConditionScaledToZero is True if the autoscaler scaled the target to zero, and so may scale it up again.
	ConditionScaledToZero = "ScaledToZero"
	// ConditionMetricsStale is True if a metric has had no new sample for some time and its last sample is not yet too old to use.
	// An autoscaler has the condition after the first such event.
	ConditionMetricsStale = "MetricsStale"
	// ConditionCapacityLimited is True if replicas of the target cannot run. The message has the words of who refuses. An autoscaler
	// has the condition after the first such event.
	ConditionCapacityLimited = "CapacityLimited"
	// ConditionConflicting is True if another autoscaler scales the target, or another writer repeatedly changes its replicas. The
	// message names it. An autoscaler has the condition after the first such event.
	//
	// Of a ScaleWindow, it is True if another window of equal priority is open for the same target at the same time, and the minimum
	// of one is above the maximum of the other. The minimum applies.
	ConditionConflicting = "Conflicting"
	// ConditionDeadlineAtRisk is True if a batch window will miss its deadline, or has missed it.
	ConditionDeadlineAtRisk = "DeadlineAtRisk"
)

// Reasons of the condition Accepted.
const (
	// ReasonAccepted: the spec is valid and supported.
	ReasonAccepted = "Accepted"
	// ReasonInvalidSpec: a field has an invalid value. The message names the field.
	ReasonInvalidSpec = "InvalidSpec"
	// ReasonNotSupported: this version does not support a field. The message names the field.
	ReasonNotSupported = "NotSupported"
	// ReasonQuotaExceeded: the namespace may have no further autoscaler, query or replicas. The message names the quota.
	ReasonQuotaExceeded = "QuotaExceeded"
	// ReasonNeverOpens: the times of a ScaleWindow are valid but have no occurrence. The message states why.
	ReasonNeverOpens = "NeverOpens"
)

// Conditions of a ScaleWindow in addition to Accepted and Conflicting.
const (
	// ConditionEffective is True if the window changes the bounds of an object, now or later.
	ConditionEffective = "Effective"
	// ConditionApplied is True if the targets of other kinds than HorizontalAutoscaler have the values of the window. Only a window
	// with such targets has the condition.
	ConditionApplied = "Applied"
)

// Reasons of Applied.
const (
	// ReasonApplied: all targets have the values of the window.
	ReasonApplied = "Applied"
	// ReasonManualOverride: a user or controller edited a value that the window had set. It stays until the next edge.
	ReasonManualOverride = "ManualOverride"
	// ReasonConflictingController: an autoscaler scales the target. It is a reason of Conflicting, too.
	ReasonConflictingController = "ConflictingController"
	// ReasonForbidden: the autoscaler has no permission to read or write a target.
	ReasonForbidden = "Forbidden"
	// ReasonUpdateRejected: the API server rejected the values of the window.
	ReasonUpdateRejected = "UpdateRejected"
	// ReasonFailedUpdate: reading or writing a target failed for another reason. The autoscaler retries.
	ReasonFailedUpdate = "FailedUpdate"
	// ReasonUnknownOriginal: the annotation with the original values cannot be read.
	ReasonUnknownOriginal = "UnknownOriginal"
	// ReasonWatchFailed: the autoscaler cannot watch a kind of target, or the kind does not exist.
	ReasonWatchFailed = "WatchFailed"
)

// The annotation that holds the original values of an object that a window overrides, and the label that selects such objects.
const (
	AnnotationOriginalValues = "autoscaling.flyball.dev/original-values"
	LabelOverridden          = "autoscaling.flyball.dev/overridden"
	LabelOverriddenTrue      = "true"
)

// AnnotationTakenOver holds the HorizontalPodAutoscaler or ScaledObject that flyball take-over stopped, as it was.
const AnnotationTakenOver = "autoscaling.flyball.dev/taken-over"

// Reasons of Effective and Conflicting.
const (
	// ReasonEffective: the window selects an object, and is open or will open.
	ReasonEffective = "Effective"
	// ReasonNotAccepted: Accepted is False.
	ReasonNotAccepted = "NotAccepted"
	// ReasonNoTargets: the window selects no object.
	ReasonNoTargets = "NoTargets"
	// ReasonExpired: the last occurrence of the window has ended.
	ReasonExpired = "Expired"
	// ReasonSuspended: spec.suspend keeps the window closed.
	ReasonSuspended = "Suspended"
	// ReasonFloorAboveCeiling: the minimum of one window is above the maximum of another.
	ReasonFloorAboveCeiling = "FloorAboveCeiling"
	// ReasonNoConflict: no other window conflicts with this one within the next year; of a HorizontalAutoscaler, nothing else scales the
	// target.
	ReasonNoConflict = "NoConflict"
)

// ReasonOtherWriter is a reason of Conflicting: another writer, such as kubectl or a GitOps controller, changes the replicas.
const ReasonOtherWriter = "OtherWriter"

// Reasons of the other conditions. Those that autoscaling/v2 has are named as there.
const (
	ReasonSucceededGetScale                = "SucceededGetScale"
	ReasonReadyForNewScale                 = "ReadyForNewScale"
	ReasonScaleDownStabilized              = "ScaleDownStabilized"
	ReasonScaleUpStabilized                = "ScaleUpStabilized"
	ReasonSucceededRescale                 = "SucceededRescale"
	ReasonRunningWork                      = "RunningWork"
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
	ReasonNoNewSample                      = "NoNewSample"
	ReasonNewSamples                       = "NewSamples"
	ReasonBatchPlanned                     = "BatchPlanned"
	ReasonNoWork                           = "NoWork"
	ReasonOnTime                           = "OnTime"
	ReasonDrained                          = "Drained"
	ReasonDeadlineAtRisk                   = "DeadlineAtRisk"
	ReasonDeadlineMissed                   = "DeadlineMissed"
	ReasonUnschedulable                    = "Unschedulable"
	ReasonVolumeUnbound                    = "VolumeUnbound"
	ReasonImageUnavailable                 = "ImageUnavailable"
	ReasonContainerError                   = "ContainerError"
	ReasonCrashLoop                        = "CrashLoop"
	ReasonFailedCreate                     = "FailedCreate"
	ReasonPodNotReady                      = "PodNotReady"
	ReasonWaitingForNodes                  = "WaitingForNodes"
	ReasonCapacityAvailable                = "CapacityAvailable"
)

// Reasons of events only.
const (
	// EventSuccessfulRescale: the autoscaler scaled the target.
	EventSuccessfulRescale = "SuccessfulRescale"
	// EventFailedRescale: scaling the target failed.
	EventFailedRescale = "FailedRescale"
	// EventBusyUnknown: replicas stay although the work requires fewer, because the working pods are unknown.
	EventBusyUnknown = "BusyUnknown"
	// EventFailedMarkPods: setting the deletion cost of pods before a scale-down failed.
	EventFailedMarkPods = "FailedMarkPods"
	// EventMetricsStale: a metric has no new samples. EventMetricsFresh: it has new samples again.
	EventMetricsStale = "MetricsStale"
	EventMetricsFresh = "MetricsFresh"
	// EventCapacityLimited: replicas of the target cannot run. EventCapacityAvailable: all run or start again.
	EventCapacityLimited   = "CapacityLimited"
	EventCapacityAvailable = "CapacityAvailable"
	// EventConflicting: another writer changes the replicas of the target. EventConflictEnded: it has not for some time.
	EventConflicting   = "Conflicting"
	EventConflictEnded = "ConflictEnded"
	// EventWindowOpened and EventWindowClosed: a window opened or closed.
	EventWindowOpened = "WindowOpened"
	EventWindowClosed = "WindowClosed"
	// EventWindowMissed: a window opened and closed while no autoscaler ran.
	EventWindowMissed = "WindowMissed"
	// EventBacklogDrained: the work of a batch window is finished.
	EventBacklogDrained = "BacklogDrained"
	// EventDeadlineSafe: a deadline is no longer at risk.
	EventDeadlineSafe = "DeadlineSafe"
	// EventWindowApplied, EventWindowRestored and EventManualOverride are events of targets of other kinds than HorizontalAutoscaler: a
	// window set values, restored the original values, or kept a value that was edited.
	EventWindowApplied  = "WindowApplied"
	EventWindowRestored = "WindowRestored"
	EventManualOverride = "ManualOverride"
)
