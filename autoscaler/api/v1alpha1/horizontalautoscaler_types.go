package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// HorizontalAutoscaler sets the replicas of one target from metrics and scheduled windows.
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
// +kubebuilder:printcolumn:name="Mode",type=string,JSONPath=`.spec.mode`
// +kubebuilder:printcolumn:name="Windows",type=string,JSONPath=`.status.windows.open`
// +kubebuilder:printcolumn:name="Override-Until",type=string,JSONPath=`.spec.override.until`,priority=1
// +kubebuilder:printcolumn:name="Batch",type=string,JSONPath=`.status.batches[*].phase`,priority=1
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
type HorizontalAutoscaler struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is the desired behavior: the target, its metrics and its bounds.
	Spec HorizontalAutoscalerSpec `json:"spec"`
	// status is the last observation and the last decision of the autoscaler.
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

// Mode is what the autoscaler does with its decisions.
// +kubebuilder:validation:Enum=Enforce;Shadow;Paused
type Mode string

const (
	// ModeEnforce scales the target.
	ModeEnforce Mode = "Enforce"
	// ModeShadow decides and reports the decision, and does not scale the target.
	ModeShadow Mode = "Shadow"
	// ModePaused neither decides nor scales the target.
	ModePaused Mode = "Paused"
)

// HorizontalAutoscalerSpec has the fields of an autoscaling/v2 HorizontalPodAutoscalerSpec and those that Flyball adds.
//
// +kubebuilder:validation:XValidation:rule="!has(self.minReplicas) || self.minReplicas <= self.maxReplicas",message="must be less than or equal to maxReplicas",fieldPath=".minReplicas"
// +kubebuilder:validation:XValidation:rule="!has(self.minReplicas) || self.minReplicas > 0 || (has(self.metrics) && self.metrics.exists(m, m.type in ['Object', 'External', 'Prometheus'])) || (has(self.windows) && self.windows.exists(w, has(w.batch)))",message="0 requires a metric of type Object, External or Prometheus, or a batch window: other metrics have no value without pods",fieldPath=".minReplicas"
// +kubebuilder:validation:XValidation:rule="self.scaleTargetRef.kind == 'ReplicationController' || (has(self.scaleTargetRef.apiVersion) && self.scaleTargetRef.apiVersion.contains('/'))",message="must be the group and version of the kind, for example apps/v1",fieldPath=".scaleTargetRef.apiVersion"
type HorizontalAutoscalerSpec struct {
	// scaleTargetRef is the object to scale, in the same namespace: any kind with a scale subresource, or a Job of batch/v1, whose
	// parallelism is scaled.
	ScaleTargetRef CrossVersionObjectReference `json:"scaleTargetRef"`

	// minReplicas is the lower limit for the replicas. 0 requires a metric of type Object, External or Prometheus, or a batch
	// window, because other metrics have no value without pods. Defaults to 1.
	// +optional
	// +kubebuilder:default=1
	// +kubebuilder:validation:Minimum=0
	MinReplicas *int32 `json:"minReplicas,omitempty"`

	// maxReplicas is the upper limit for the replicas; 1 or more, and at least minReplicas.
	// +kubebuilder:validation:Minimum=1
	MaxReplicas int32 `json:"maxReplicas"`

	// metrics are the metrics from which the replicas are calculated: the highest proposal applies. At most 32. Defaults to a CPU
	// utilization of 80 %, as in autoscaling/v2, and to none if a window has a batch.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	Metrics []MetricSpec `json:"metrics,omitempty"`

	// behavior is the field of autoscaling/v2: stabilization window, policies and tolerance for each direction.
	// +optional
	Behavior *Behavior `json:"behavior,omitempty"`

	// damping adds a forecast, a dead band, a hold and a bound on the cost. It is off if it is not set: then decisions are those of
	// autoscaling/v2. An empty damping has the profile Balanced.
	// +optional
	Damping *Damping `json:"damping,omitempty"`

	// startup is how long the CPU of a new pod may be excluded.
	// +optional
	Startup *Startup `json:"startup,omitempty"`

	// capacity is how many pods may wait for a node. Not set, a scale-out ends at the replicas that run or start, and a small probe,
	// while pods are blocked.
	// +optional
	Capacity *Capacity `json:"capacity,omitempty"`

	// serving is the Service whose endpoints carry the load of the target. Not set, every ready pod does.
	// +optional
	Serving *Serving `json:"serving,omitempty"`

	// windows are scheduled intervals with bounds of their own. Within the bounds the metrics apply. At most 64.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=64
	Windows []InlineWindow `json:"windows,omitempty"`

	// fallback is the number of replicas to use after a metric has been unknown for some time. Not set, an unknown metric
	// prevents a scale-down, and the replicas stay if all metrics are unknown.
	// +optional
	Fallback *Fallback `json:"fallback,omitempty"`

	// override sets the replicas by hand until a time, in the place of metrics and windows. flyball scale sets it.
	// +optional
	Override *Override `json:"override,omitempty"`

	// mode is Enforce, Shadow or Paused. Enforce scales the target; Shadow decides and reports without scaling; Paused does neither.
	// Defaults to Enforce.
	// +optional
	// +kubebuilder:default=Enforce
	Mode Mode `json:"mode,omitempty"`
}

// Override is a number of replicas that is set by hand, with an end. After it the metrics and windows apply again; the object keeps the
// field. Status, steps and events have it as the window spec/override, and kubectl get -o wide has its end.
type Override struct {
	// replicas is the number of replicas; 0 or more. minReplicas and maxReplicas bound it.
	// +kubebuilder:validation:Minimum=0
	Replicas int32 `json:"replicas"`
	// until is the time at which the override ends.
	Until metav1.Time `json:"until"`
	// ignoreBounds sets replicas also where it is outside minReplicas and maxReplicas. Defaults to false.
	// +optional
	IgnoreBounds bool `json:"ignoreBounds,omitempty"`
}

// CrossVersionObjectReference names an object in the same namespace.
type CrossVersionObjectReference struct {
	// kind is the kind of the object, for example Deployment.
	// +kubebuilder:validation:MinLength=1
	Kind string `json:"kind"`
	// name is the name of the object.
	// +kubebuilder:validation:MinLength=1
	Name string `json:"name"`
	// apiVersion is the group and version of the object, for example apps/v1.
	// +optional
	// +kubebuilder:validation:MaxLength=320
	APIVersion string `json:"apiVersion,omitempty"`
}

// Startup is how long the CPU of a new pod may be excluded. Its fields are flags of the controller manager for autoscaling/v2.
type Startup struct {
	// cpuInitializationPeriod is the time after a pod's start in which its CPU counts only while it is ready, from samples that
	// were taken after it became ready. The default is a flag of the autoscaler, 5m.
	// +optional
	CPUInitializationPeriod *Duration `json:"cpuInitializationPeriod,omitempty"`
	// initialReadinessDelay is the time after a pod's start in which a change of its readiness belongs to the start: a pod that has
	// not been ready after it was never ready, and its CPU does not count. The default is a flag of the autoscaler, 30s.
	// +optional
	InitialReadinessDelay *Duration `json:"initialReadinessDelay,omitempty"`
}

// Capacity is how many pods may wait for a node.
type Capacity struct {
	// maxPendingPods is the number of pods without a node that may wait at a time; 1 or more. Set it where a node autoscaler, such as
	// cluster-autoscaler or Karpenter, adds nodes for pending pods, to at least the pods of the largest scale-out. Not set, the probe
	// grows slowly from one pod to a tenth of the replicas that run. Pods that are blocked for another reason, such as
	// an image or a quota, bring no nodes, so that the probe applies to them.
	// +optional
	// +kubebuilder:validation:Minimum=1
	MaxPendingPods *int32 `json:"maxPendingPods,omitempty"`
}

// Serving is the Service whose endpoints carry the load of the target, by its EndpointSlices.
type Serving struct {
	// serviceName is the name of a Service in the same namespace. Of the target's pods, those that are serving endpoints of it have the
	// load; terminating ones have it until they leave. The replicas are not scaled in while its EndpointSlices are unknown, or have
	// none of the pods.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	ServiceName string `json:"serviceName"`
	// maxDrainingPercent is the share of the pods that serve, in percent, above which terminating ones prevent a scale-in; 0 to 100.
	// Defaults to 25.
	// +optional
	// +kubebuilder:default=25
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	MaxDrainingPercent *int32 `json:"maxDrainingPercent,omitempty"`
}

// FallbackBehavior is what an unknown metric proposes after fallback.after.
// +kubebuilder:validation:Enum=Static;CurrentReplicas;CurrentReplicasIfHigher;CurrentReplicasIfLower
type FallbackBehavior string

const (
	// FallbackStatic proposes fallback.replicas.
	FallbackStatic FallbackBehavior = "Static"
	// FallbackCurrentReplicas proposes the current replicas.
	FallbackCurrentReplicas FallbackBehavior = "CurrentReplicas"
	// FallbackCurrentReplicasIfHigher proposes the higher of the current replicas and fallback.replicas.
	FallbackCurrentReplicasIfHigher FallbackBehavior = "CurrentReplicasIfHigher"
	// FallbackCurrentReplicasIfLower proposes the lower of the current replicas and fallback.replicas.
	FallbackCurrentReplicasIfLower FallbackBehavior = "CurrentReplicasIfLower"
)

// Fallback is what a metric proposes after it has been unknown for some time.
type Fallback struct {
	// after is how long a metric must be unknown before it proposes the fallback.
	After Duration `json:"after"`
	// replicas is the number of replicas that behavior refers to; 0 or more.
	// +kubebuilder:validation:Minimum=0
	Replicas int32 `json:"replicas"`
	// behavior is Static (propose replicas), CurrentReplicas (propose the current replicas), CurrentReplicasIfHigher (propose the
	// higher of both) or CurrentReplicasIfLower (propose the lower of both). Defaults to Static.
	// +optional
	// +kubebuilder:default=Static
	Behavior FallbackBehavior `json:"behavior,omitempty"`
}
