package v1alpha1

import (
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
// +kubebuilder:printcolumn:name="Batch",type=string,JSONPath=`.status.batches[*].phase`,priority=1
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
// +kubebuilder:validation:XValidation:rule="!has(self.minReplicas) || self.minReplicas > 0 || (has(self.metrics) && self.metrics.exists(m, m.type in ['Object', 'External', 'Prometheus'])) || (has(self.windows) && self.windows.exists(w, has(w.batch)))",message="minReplicas 0 needs a metric that is there without pods: add one of type Object, External or Prometheus, or a batch window",fieldPath=".minReplicas"
// +kubebuilder:validation:XValidation:rule="self.scaleTargetRef.kind == 'ReplicationController' || (has(self.scaleTargetRef.apiVersion) && self.scaleTargetRef.apiVersion.contains('/'))",message="must be the group and version of the kind, for example apps/v1",fieldPath=".scaleTargetRef.apiVersion"
type HorizontalAutoscalerSpec struct {
	// scaleTargetRef names the object to scale: any kind with a scale subresource, in the same namespace.
	ScaleTargetRef CrossVersionObjectReference `json:"scaleTargetRef"`

	// minReplicas is the lower bound. 0 is allowed where a metric of type Object, External or Prometheus, or a
	// batch window, can bring the target back.
	// +optional
	// +kubebuilder:default=1
	// +kubebuilder:validation:Minimum=0
	MinReplicas *int32 `json:"minReplicas,omitempty"`

	// maxReplicas is the upper bound.
	// +kubebuilder:validation:Minimum=1
	MaxReplicas int32 `json:"maxReplicas"`

	// metrics are looked at each tick; the largest proposal wins. Left out, it is CPU at 80 % of the requests, as in autoscaling/v2;
	// but none where a window has a batch.
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
