package v1alpha1

// Conditions of a HorizontalAutoscaler; of a ScaleWindow, Accepted alone. All but Accepted, MetricsStale and DeadlineAtRisk are
// those of autoscaling/v2.
const (
	// ConditionAccepted says whether the spec is valid and all of it is supported. While it is False nothing scales, and no
	// window holds.
	ConditionAccepted = "Accepted"
	// ConditionAbleToScale says whether the target can be read and written, and whether a stabilisation window holds it.
	ConditionAbleToScale = "AbleToScale"
	// ConditionScalingActive says whether metrics make proposals.
	ConditionScalingActive = "ScalingActive"
	// ConditionScalingLimited says whether a bound or a rate policy cut the proposal.
	ConditionScalingLimited = "ScalingLimited"
	// ConditionScaledToZero says that it was the autoscaler that scaled the target to zero, so that it may bring it back.
	ConditionScaledToZero = "ScaledToZero"
	// ConditionMetricsStale says whether newer samples of a metric have ceased to come, while the last ones are young enough to be
	// used still. It is not there before that has happened once.
	ConditionMetricsStale = "MetricsStale"
	// ConditionDeadlineAtRisk says whether a batch window will miss its deadline, or has missed it.
	ConditionDeadlineAtRisk = "DeadlineAtRisk"
)

// Reasons of the condition Accepted.
const (
	// ReasonAccepted: the spec is valid and supported.
	ReasonAccepted = "Accepted"
	// ReasonInvalidSpec: a field has a value that means nothing; the message names it.
	ReasonInvalidSpec = "InvalidSpec"
	// ReasonNotSupported: a field is valid and this version does not do it yet; the message names it.
	ReasonNotSupported = "NotSupported"
	// ReasonNeverOpens: the times of a ScaleWindow are valid and no occurrence will ever come of them; the message says why.
	ReasonNeverOpens = "NeverOpens"
)

// Conditions of a ScaleWindow beside Accepted.
const (
	// ConditionEffective says whether the window changes the bounds of anything, now or later.
	ConditionEffective = "Effective"
	// ConditionConflicting says whether another window of the same target and of equal priority is open at the same time
	// with bounds that cannot both hold. The floor holds then.
	ConditionConflicting = "Conflicting"
	// ConditionApplied says whether the targets of other kinds than HorizontalAutoscaler have what the window says. A window
	// without such targets does not have it.
	ConditionApplied = "Applied"
)

// Reasons of Applied.
const (
	// ReasonApplied: they have.
	ReasonApplied = "Applied"
	// ReasonManualOverride: somebody edited what the window had set, which is left alone until the next edge.
	ReasonManualOverride = "ManualOverride"
	// ReasonConflictingController: an autoscaler scales a target.
	ReasonConflictingController = "ConflictingController"
	// ReasonForbidden: the autoscaler may not read or write a target.
	ReasonForbidden = "Forbidden"
	// ReasonUpdateRejected: the API server does not take what the window says.
	ReasonUpdateRejected = "UpdateRejected"
	// ReasonFailedUpdate: a target could not be read or written for another cause; it is tried again.
	ReasonFailedUpdate = "FailedUpdate"
	// ReasonUnknownOriginal: the record of what to give back cannot be read.
	ReasonUnknownOriginal = "UnknownOriginal"
	// ReasonWatchFailed: targets of a kind cannot be watched, or the kind is not known.
	ReasonWatchFailed = "WatchFailed"
)

// On an object of which a window borrows something: a record of what to give back, and a label by which such objects are found.
const (
	AnnotationOriginalValues = "autoscaling.flyball.dev/original-values"
	LabelOverridden          = "autoscaling.flyball.dev/overridden"
	LabelOverriddenTrue      = "true"
)

// Reasons of Effective and Conflicting.
const (
	// ReasonEffective: it selects something, and will open.
	ReasonEffective = "Effective"
	// ReasonNotAccepted: Accepted is False.
	ReasonNotAccepted = "NotAccepted"
	// ReasonNoTargets: it selects nothing.
	ReasonNoTargets = "NoTargets"
	// ReasonExpired: its last occurrence has ended.
	ReasonExpired = "Expired"
	// ReasonSuspended: spec.suspend keeps it closed.
	ReasonSuspended = "Suspended"
	// ReasonFloorAboveCeiling: the floor of one window is above the ceiling of another.
	ReasonFloorAboveCeiling = "FloorAboveCeiling"
	// ReasonNoConflict: within the next year no other window contradicts it.
	ReasonNoConflict = "NoConflict"
)

// Reasons of the other conditions, by upstream's names.
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
)

// Reasons of events only.
const (
	// EventSuccessfulRescale: the target's count was changed.
	EventSuccessfulRescale = "SuccessfulRescale"
	// EventFailedRescale: the target's count could not be written.
	EventFailedRescale = "FailedRescale"
	// EventBusyUnknown: replicas are kept though fewer would do, because nobody knows which of them work.
	EventBusyUnknown = "BusyUnknown"
	// EventFailedMarkPods: pods had to go, and which of them are at work could not be written on them.
	EventFailedMarkPods = "FailedMarkPods"
	// EventMetricsStale: newer samples of a metric have ceased to come; EventMetricsFresh: they come again.
	EventMetricsStale = "MetricsStale"
	EventMetricsFresh = "MetricsFresh"
	// EventWindowOpened and EventWindowClosed: an edge of a window passed.
	EventWindowOpened = "WindowOpened"
	EventWindowClosed = "WindowClosed"
	// EventWindowMissed: a window opened and closed while no autoscaler ran.
	EventWindowMissed = "WindowMissed"
	// EventBacklogDrained: nothing is left of the work of a batch window.
	EventBacklogDrained = "BacklogDrained"
	// EventDeadlineSafe: a deadline that was at risk no longer is.
	EventDeadlineSafe = "DeadlineSafe"
	// EventWindowApplied, EventWindowRestored and EventManualOverride are on targets of other kinds than HorizontalAutoscaler: a
	// window set something, gave it back, or left it to whoever edited it.
	EventWindowApplied  = "WindowApplied"
	EventWindowRestored = "WindowRestored"
	EventManualOverride = "ManualOverride"
)
