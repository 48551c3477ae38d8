package v1alpha1

import (
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// HorizontalAutoscaler sets the replica count of one target from its metrics and its windows.
//
// +genclient
// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=ha,categories={all,autoscaling},singular=horizontalautoscaler,path=horizontalautoscalers
// +kubebuilder:printcolumn:name="Reference",type=string,JSONPath=`.status.reference`
// +kubebuilder:printcolumn:name="Targets",type=string,JSONPath=`.status.targets`
// +kubebuilder:printcolumn:name="MinPods",type=integer,JSONPath=`.spec.minReplicas`
// +kubebuilder:printcolumn:name="MaxPods",type=integer,JSONPath=`.spec.maxReplicas`
// +kubebuilder:printcolumn:name="Replicas",type=integer,JSONPath=`.status.currentReplicas`
// +kubebuilder:printcolumn:name="Desired",type=integer,JSONPath=`.status.desiredReplicas`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.decision.reason`,priority=1
// +kubebuilder:printcolumn:name="Mode",type=string,JSONPath=`.spec.mode`,priority=1
// +kubebuilder:printcolumn:name="Windows",type=string,JSONPath=`.status.windows.open`,priority=1
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type HorizontalAutoscaler struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec says what to scale, by what, and within which bounds.
	Spec HorizontalAutoscalerSpec `json:"spec"`
	// status is what the autoscaler last saw and decided.
	// +optional
	Status HorizontalAutoscalerStatus `json:"status,omitempty"`
}

// HorizontalAutoscalerList is a list of HorizontalAutoscalers.
//
// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object
// +kubebuilder:object:root=true
type HorizontalAutoscalerList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []HorizontalAutoscaler `json:"items"`
}

// Mode says what the autoscaler does with its decisions.
// +kubebuilder:validation:Enum=Enforce;Shadow;Paused
type Mode string

const (
	// ModeEnforce writes each decision to the target.
	ModeEnforce Mode = "Enforce"
	// ModeShadow decides and explains, and writes nothing to the target.
	ModeShadow Mode = "Shadow"
	// ModePaused decides nothing and leaves the target alone.
	ModePaused Mode = "Paused"
)

// HorizontalAutoscalerSpec is an autoscaling/v2 HorizontalPodAutoscalerSpec and what Flyball adds to it.
//
// +kubebuilder:validation:XValidation:rule="!has(self.minReplicas) || self.minReplicas <= self.maxReplicas",message="minReplicas must not be greater than maxReplicas",fieldPath=".minReplicas"
// +kubebuilder:validation:XValidation:rule="!has(self.minReplicas) || self.minReplicas > 0 || (has(self.metrics) && self.metrics.exists(m, m.type in ['Object', 'External', 'Prometheus']))",message="minReplicas 0 needs a metric that is there without pods: add one of type Object, External or Prometheus",fieldPath=".minReplicas"
// +kubebuilder:validation:XValidation:rule="self.scaleTargetRef.kind == 'ReplicationController' || (has(self.scaleTargetRef.apiVersion) && self.scaleTargetRef.apiVersion.contains('/'))",message="must be the group and version of the kind, for example apps/v1",fieldPath=".scaleTargetRef.apiVersion"
type HorizontalAutoscalerSpec struct {
	// scaleTargetRef names the object to scale: any kind with a scale subresource, in the same namespace.
	ScaleTargetRef CrossVersionObjectReference `json:"scaleTargetRef"`

	// minReplicas is the lower bound. 0 is allowed where a metric of type Object, External or Prometheus can bring the target back.
	// +optional
	// +kubebuilder:default=1
	// +kubebuilder:validation:Minimum=0
	MinReplicas *int32 `json:"minReplicas,omitempty"`

	// maxReplicas is the upper bound.
	// +kubebuilder:validation:Minimum=1
	MaxReplicas int32 `json:"maxReplicas"`

	// metrics are looked at each tick; the largest proposal wins. Left out, it is CPU at 80 % of the requests, as in autoscaling/v2.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	Metrics []MetricSpec `json:"metrics,omitempty"`

	// behavior is the autoscaling/v2 field: stabilisation windows, rate policies and tolerance for each direction.
	// +optional
	Behavior *Behavior `json:"behavior,omitempty"`

	// damping is Flyball's own; left out, decisions are exactly those of autoscaling/v2.
	// +optional
	Damping *Damping `json:"damping,omitempty"`

	// startup says how long a new pod's CPU use is not to be trusted.
	// +optional
	Startup *Startup `json:"startup,omitempty"`

	// windows are scheduled intervals that set bounds; metrics rule between the bounds.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=64
	Windows []InlineWindow `json:"windows,omitempty"`

	// fallback says what to do once a metric has been unknown for long.
	// +optional
	Fallback *Fallback `json:"fallback,omitempty"`

	// mode is Enforce (write decisions), Shadow (decide and explain only) or Paused.
	// +optional
	// +kubebuilder:default=Enforce
	Mode Mode `json:"mode,omitempty"`
}

// CrossVersionObjectReference names an object in the same namespace.
type CrossVersionObjectReference struct {
	// kind of the object, for example Deployment.
	// +kubebuilder:validation:MinLength=1
	Kind string `json:"kind"`
	// name of the object.
	// +kubebuilder:validation:MinLength=1
	Name string `json:"name"`
	// apiVersion of the object, for example apps/v1.
	// +optional
	// +kubebuilder:validation:MaxLength=320
	APIVersion string `json:"apiVersion,omitempty"`
}

// MetricSourceType names the kind of a metric.
// +kubebuilder:validation:Enum=Resource;ContainerResource;Pods;Object;External;Prometheus
type MetricSourceType string

const (
	// ResourceMetric is a resource that pods request, CPU or memory, over whole pods.
	ResourceMetric MetricSourceType = "Resource"
	// ContainerResourceMetric is the same over one container of each pod.
	ContainerResourceMetric MetricSourceType = "ContainerResource"
	// PodsMetric is a custom metric with one value for each pod.
	PodsMetric MetricSourceType = "Pods"
	// ObjectMetric is a custom metric that describes one object.
	ObjectMetric MetricSourceType = "Object"
	// ExternalMetric is a metric that belongs to no object of the cluster.
	ExternalMetric MetricSourceType = "External"
	// PrometheusMetric is a PromQL query written in the spec.
	PrometheusMetric MetricSourceType = "Prometheus"
)

// MetricSpec is one metric and what it should be: exactly the field that type names is set.
//
// +kubebuilder:validation:XValidation:rule="has(self.resource) == (self.type == 'Resource')",message="resource is set if, and only if, type is Resource",fieldPath=".resource"
// +kubebuilder:validation:XValidation:rule="has(self.containerResource) == (self.type == 'ContainerResource')",message="containerResource is set if, and only if, type is ContainerResource",fieldPath=".containerResource"
// +kubebuilder:validation:XValidation:rule="has(self.pods) == (self.type == 'Pods')",message="pods is set if, and only if, type is Pods",fieldPath=".pods"
// +kubebuilder:validation:XValidation:rule="has(self.object) == (self.type == 'Object')",message="object is set if, and only if, type is Object",fieldPath=".object"
// +kubebuilder:validation:XValidation:rule="has(self.external) == (self.type == 'External')",message="external is set if, and only if, type is External",fieldPath=".external"
// +kubebuilder:validation:XValidation:rule="has(self.prometheus) == (self.type == 'Prometheus')",message="prometheus is set if, and only if, type is Prometheus",fieldPath=".prometheus"
type MetricSpec struct {
	// type names the one field below that is set.
	Type MetricSourceType `json:"type"`

	// +optional
	Resource *ResourceMetricSource `json:"resource,omitempty"`
	// +optional
	ContainerResource *ContainerResourceMetricSource `json:"containerResource,omitempty"`
	// +optional
	Pods *PodsMetricSource `json:"pods,omitempty"`
	// +optional
	Object *ObjectMetricSource `json:"object,omitempty"`
	// +optional
	External *ExternalMetricSource `json:"external,omitempty"`
	// prometheus is a PromQL query; its answer must be one number.
	// +optional
	Prometheus *PrometheusMetricSource `json:"prometheus,omitempty"`
}

// ResourceMetricSource is a resource that pods request, over all containers of each pod.
//
// +kubebuilder:validation:XValidation:rule="has(self.target.averageUtilization) != has(self.target.averageValue)",message="target takes exactly one of averageUtilization and averageValue",fieldPath=".target"
type ResourceMetricSource struct {
	// name of the resource, cpu or memory.
	// +kubebuilder:validation:MinLength=1
	Name string `json:"name"`
	// target sets averageUtilization, in percent of the request, or averageValue.
	Target MetricTarget `json:"target"`
}

// ContainerResourceMetricSource is a resource that one container of each pod requests.
//
// +kubebuilder:validation:XValidation:rule="has(self.target.averageUtilization) != has(self.target.averageValue)",message="target takes exactly one of averageUtilization and averageValue",fieldPath=".target"
type ContainerResourceMetricSource struct {
	// name of the resource, cpu or memory.
	// +kubebuilder:validation:MinLength=1
	Name string `json:"name"`
	// container whose use counts.
	// +kubebuilder:validation:MinLength=1
	Container string `json:"container"`
	// target sets averageUtilization, in percent of the request, or averageValue.
	Target MetricTarget `json:"target"`
}

// PodsMetricSource is a custom metric with one value for each pod.
//
// +kubebuilder:validation:XValidation:rule="has(self.target.averageValue)",message="target needs averageValue: a Pods metric is averaged over the pods",fieldPath=".target"
type PodsMetricSource struct {
	// metric names the metric.
	Metric MetricIdentifier `json:"metric"`
	// target sets averageValue.
	Target MetricTarget `json:"target"`
}

// ObjectMetricSource is a custom metric that describes one object of the namespace.
//
// +kubebuilder:validation:XValidation:rule="(self.target.type == 'Value' && has(self.target.value)) || (self.target.type == 'AverageValue' && has(self.target.averageValue))",message="target.type must be Value with value set, or AverageValue with averageValue set",fieldPath=".target"
type ObjectMetricSource struct {
	// describedObject is the object that the metric is about.
	DescribedObject CrossVersionObjectReference `json:"describedObject"`
	// target sets value, or averageValue for a value shared by the replicas.
	Target MetricTarget `json:"target"`
	// metric names the metric.
	Metric MetricIdentifier `json:"metric"`
}

// ExternalMetricSource is a metric that belongs to no object of the cluster. Its series are summed.
//
// +kubebuilder:validation:XValidation:rule="has(self.target.value) != has(self.target.averageValue)",message="target takes exactly one of value and averageValue",fieldPath=".target"
type ExternalMetricSource struct {
	// metric names the metric.
	Metric MetricIdentifier `json:"metric"`
	// target sets value, or averageValue for a value shared by the replicas.
	Target MetricTarget `json:"target"`
}

// PrometheusMetricSource is a PromQL query and what its answer should be.
//
// +kubebuilder:validation:XValidation:rule="has(self.target.value) != has(self.target.averageValue)",message="target takes exactly one of value and averageValue",fieldPath=".target"
type PrometheusMetricSource struct {
	// query is PromQL; its answer must be a scalar or a vector of one element.
	// A matcher on the autoscaler's own namespace is added to each selector, unless the operator of the cluster allows otherwise.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=8192
	Query string `json:"query"`
	// target sets value, or averageValue for a value shared by the replicas.
	Target MetricTarget `json:"target"`
	// activationValue wakes the target from zero once the answer is above it. Only read at zero replicas; 0 when left out.
	// +optional
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MaxLength=32
	ActivationValue *resource.Quantity `json:"activationValue,omitempty"`
	// maxAge is the age from which a sample counts as unknown; 2m when left out.
	// +optional
	MaxAge *Duration `json:"maxAge,omitempty"`
}

// MetricIdentifier names a metric and may narrow it by a selector.
type MetricIdentifier struct {
	// name of the metric.
	// +kubebuilder:validation:MinLength=1
	Name string `json:"name"`
	// selector narrows the metric by its labels.
	// +optional
	Selector *metav1.LabelSelector `json:"selector,omitempty"`
}

// MetricTarget is what a metric should be.
//
// +kubebuilder:validation:XValidation:rule="!has(self.value) || quantity(string(self.value)).isGreaterThan(quantity('0'))",message="must be greater than 0",fieldPath=".value"
// +kubebuilder:validation:XValidation:rule="!has(self.averageValue) || quantity(string(self.averageValue)).isGreaterThan(quantity('0'))",message="must be greater than 0",fieldPath=".averageValue"
type MetricTarget struct {
	// type is Utilization, Value or AverageValue.
	// +kubebuilder:validation:Enum=Utilization;Value;AverageValue
	Type autoscalingv2.MetricTargetType `json:"type"`
	// value is the target for the metric as a whole.
	// +optional
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MaxLength=32
	Value *resource.Quantity `json:"value,omitempty"`
	// averageValue is the target for the metric divided by the number of pods.
	// +optional
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MaxLength=32
	AverageValue *resource.Quantity `json:"averageValue,omitempty"`
	// averageUtilization is the target in percent of what the pods request.
	// +optional
	// +kubebuilder:validation:Minimum=1
	AverageUtilization *int32 `json:"averageUtilization,omitempty"`
}

// Behavior damps each direction, as in autoscaling/v2.
type Behavior struct {
	// +optional
	ScaleUp *ScalingRules `json:"scaleUp,omitempty"`
	// +optional
	ScaleDown *ScalingRules `json:"scaleDown,omitempty"`
}

// ScalingRules damps one direction.
//
// +kubebuilder:validation:XValidation:rule="!has(self.tolerance) || !quantity(string(self.tolerance)).isLessThan(quantity('0'))",message="must not be negative",fieldPath=".tolerance"
type ScalingRules struct {
	// stabilizationWindowSeconds: the most careful wish of this many past seconds wins. Scale-up 0, scale-down 300 when left out.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=3600
	StabilizationWindowSeconds *int32 `json:"stabilizationWindowSeconds,omitempty"`
	// selectPolicy says which policy counts: Max (the largest change, the default), Min, or Disabled (no change this way).
	// +optional
	// +kubebuilder:validation:Enum=Max;Min;Disabled
	SelectPolicy *autoscalingv2.ScalingPolicySelect `json:"selectPolicy,omitempty"`
	// policies bound the change in a period.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Policies []ScalingPolicy `json:"policies,omitempty"`
	// tolerance is the relative distance from the target that causes no change; 0.1 when left out.
	// +optional
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MaxLength=32
	Tolerance *resource.Quantity `json:"tolerance,omitempty"`
}

// ScalingPolicy bounds the change within a period.
type ScalingPolicy struct {
	// type is Pods or Percent.
	// +kubebuilder:validation:Enum=Pods;Percent
	Type autoscalingv2.HPAScalingPolicyType `json:"type"`
	// value is the largest change, in pods or percent.
	// +kubebuilder:validation:Minimum=1
	Value int32 `json:"value"`
	// periodSeconds is the time over which the change counts.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1800
	PeriodSeconds int32 `json:"periodSeconds"`
}

// Startup says when a new pod's CPU use may be trusted.
type Startup struct {
	// cpuInitializationPeriod after a pod's start during which its CPU counts only while it is ready; 5m when left out.
	// +optional
	CPUInitializationPeriod *Duration `json:"cpuInitializationPeriod,omitempty"`
	// initialReadinessDelay after a pod's start within which a change of readiness counts as part of starting; 30s when left out.
	// +optional
	InitialReadinessDelay *Duration `json:"initialReadinessDelay,omitempty"`
}

// FallbackBehavior says what an unknown metric proposes in the end.
// +kubebuilder:validation:Enum=Static;CurrentReplicas;CurrentReplicasIfHigher;CurrentReplicasIfLower
type FallbackBehavior string

const (
	// FallbackStatic proposes fallback.replicas.
	FallbackStatic FallbackBehavior = "Static"
	// FallbackCurrentReplicas keeps what there is.
	FallbackCurrentReplicas FallbackBehavior = "CurrentReplicas"
	// FallbackCurrentReplicasIfHigher keeps what there is if that is more than fallback.replicas.
	FallbackCurrentReplicasIfHigher FallbackBehavior = "CurrentReplicasIfHigher"
	// FallbackCurrentReplicasIfLower keeps what there is if that is fewer than fallback.replicas.
	FallbackCurrentReplicasIfLower FallbackBehavior = "CurrentReplicasIfLower"
)

// Fallback is what to do once a metric has been unknown for long.
type Fallback struct {
	// after is how long a metric must have been unknown.
	After Duration `json:"after"`
	// replicas is the count that the behavior refers to.
	// +kubebuilder:validation:Minimum=0
	Replicas int32 `json:"replicas"`
	// behavior is Static when left out.
	// +optional
	// +kubebuilder:default=Static
	Behavior FallbackBehavior `json:"behavior,omitempty"`
}

// Damping is Flyball's own care over behavior: a forecast over the dead time, a dead band with a hold, a guard against
// hunting, and a bound on what it all may cost.
type Damping struct {
	// deadBand is the relative distance from the target, for each direction, within which nothing changes.
	// +optional
	DeadBand *Directions `json:"deadBand,omitempty"`
	// hold is how long a wish outside the band must last, for each direction.
	// +optional
	Hold *DirectionDurations `json:"hold,omitempty"`
	// lead bounds how far the load is forecast; Auto, when left out, takes the measured dead time. 0s turns the forecast off.
	// +optional
	Lead *Duration `json:"lead,omitempty"`
	// huntingGuard widens band and hold while the replica count oscillates.
	// +optional
	HuntingGuard *HuntingGuard `json:"huntingGuard,omitempty"`
	// costBound limits pod-seconds against a plain HPA's in the same decisions.
	// +optional
	CostBound *CostBound `json:"costBound,omitempty"`
	// seasonalFloor raises the floor to what the load was one season ago, while that has proven right.
	// +optional
	SeasonalFloor *SeasonalFloor `json:"seasonalFloor,omitempty"`
}

// Directions holds a ratio for each direction.
type Directions struct {
	// +optional
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MaxLength=32
	ScaleUp *resource.Quantity `json:"scaleUp,omitempty"`
	// +optional
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MaxLength=32
	ScaleDown *resource.Quantity `json:"scaleDown,omitempty"`
}

// DirectionDurations holds a duration for each direction.
type DirectionDurations struct {
	// +optional
	ScaleUp *Duration `json:"scaleUp,omitempty"`
	// +optional
	ScaleDown *Duration `json:"scaleDown,omitempty"`
}

// HuntingGuard bounds the widening of band and hold.
type HuntingGuard struct {
	// maxSteps of widening; 0 turns the guard off.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=8
	MaxSteps *int32 `json:"maxSteps,omitempty"`
}

// CostBound limits pod-seconds over a trailing window.
type CostBound struct {
	// overHPAPercent is how much more than a plain HPA may be spent.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000
	OverHPAPercent int32 `json:"overHPAPercent"`
	// window over which pod-seconds are counted; 24h when left out.
	// +optional
	Window *Duration `json:"window,omitempty"`
}

// SeasonalFloor raises the floor to what the load was one period ago.
type SeasonalFloor struct {
	// period of the season: 24h or 168h.
	Period Duration `json:"period"`
}

// HorizontalAutoscalerStatus is what the autoscaler last saw and decided: the fields of an autoscaling/v2 status, and Flyball's.
type HorizontalAutoscalerStatus struct {
	// observedGeneration is the generation of the spec that the rest of the status is about.
	// +optional
	ObservedGeneration *int64 `json:"observedGeneration,omitempty"`
	// lastScaleTime is when the autoscaler last changed the target.
	// +optional
	LastScaleTime *metav1.Time `json:"lastScaleTime,omitempty"`
	// currentReplicas is the target's count as last seen.
	// +optional
	CurrentReplicas int32 `json:"currentReplicas"`
	// desiredReplicas is the count last decided.
	// +optional
	DesiredReplicas int32 `json:"desiredReplicas"`
	// currentMetrics are the values last seen, in the order of spec.metrics.
	// +optional
	// +listType=atomic
	CurrentMetrics []MetricStatus `json:"currentMetrics,omitempty"`
	// conditions: Accepted, AbleToScale, ScalingActive, ScalingLimited and, from zero and to it, ScaledToZero.
	// +optional
	// +listType=map
	// +listMapKey=type
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// reference is the target as kind/name, for kubectl get.
	// +optional
	Reference string `json:"reference,omitempty"`
	// targets is each metric as current/target, for kubectl get.
	// +optional
	Targets string `json:"targets,omitempty"`
	// decision is the last decision and the steps that made its number.
	// +optional
	Decision *DecisionStatus `json:"decision,omitempty"`
	// windows are those open now and the next to open.
	// +optional
	Windows *WindowsStatus `json:"windows,omitempty"`
	// shadow is what a Shadow autoscaler would have done.
	// +optional
	Shadow *ShadowStatus `json:"shadow,omitempty"`
}

// MetricStatus is one metric's last value. An unknown metric has no value, and unknown says why.
type MetricStatus struct {
	// type of the metric.
	Type MetricSourceType `json:"type"`
	// name of the metric; the query, for a Prometheus metric.
	Name string `json:"name"`
	// container, for a ContainerResource metric.
	// +optional
	Container string `json:"container,omitempty"`
	// current is the value.
	// +optional
	Current *MetricValueStatus `json:"current,omitempty"`
	// sampleTime is the time of the oldest sample in the value.
	// +optional
	SampleTime *metav1.Time `json:"sampleTime,omitempty"`
	// unknown says why there is no value.
	// +optional
	Unknown string `json:"unknown,omitempty"`
}

// MetricValueStatus is a metric's value in the terms of its target.
type MetricValueStatus struct {
	// +optional
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MaxLength=32
	Value *resource.Quantity `json:"value,omitempty"`
	// +optional
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MaxLength=32
	AverageValue *resource.Quantity `json:"averageValue,omitempty"`
	// +optional
	AverageUtilization *int32 `json:"averageUtilization,omitempty"`
}

// DecisionStatus is one decision: the number, why, and how it came about.
type DecisionStatus struct {
	// time of the decision.
	Time metav1.Time `json:"time"`
	// desired is the number of replicas decided.
	Desired int32 `json:"desired"`
	// reason in one sentence.
	Reason string `json:"reason"`
	// steps are what made the number, in order.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	Steps []DecisionStep `json:"steps,omitempty"`
}

// DecisionStep is one thing that made or changed the number.
type DecisionStep struct {
	// step names what acted, for example Metric, Stabilisation, RatePolicy, Window or Bounds.
	Step string `json:"step"`
	// from is the number before the step.
	From int32 `json:"from"`
	// to is the number after it.
	To int32 `json:"to"`
	// detail says how, with the figures.
	Detail string `json:"detail"`
}

// WindowsStatus are the windows open now and the next to open.
type WindowsStatus struct {
	// open windows by name.
	// +optional
	// +listType=atomic
	Open []string `json:"open,omitempty"`
	// next window to open or close.
	// +optional
	Next *NextWindow `json:"next,omitempty"`
}

// NextWindow is the next window to open.
type NextWindow struct {
	// name of the window.
	Name string `json:"name"`
	// start of its next occurrence.
	Start metav1.Time `json:"start"`
}

// ShadowStatus is what a Shadow autoscaler would have done, beside who really decides.
type ShadowStatus struct {
	// desiredReplicas is what would have been written.
	DesiredReplicas int32 `json:"desiredReplicas"`
	// otherController names who scales the target now, where that is known.
	// +optional
	OtherController string `json:"otherController,omitempty"`
}
