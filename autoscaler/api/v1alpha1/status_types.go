package v1alpha1

import (
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// HorizontalAutoscalerStatus is the last observation and the last decision. It has the fields of an autoscaling/v2 status and those
// that Flyball adds.
type HorizontalAutoscalerStatus struct {
	// observedGeneration is the generation of the spec that the autoscaler last observed.
	// +optional
	ObservedGeneration *int64 `json:"observedGeneration,omitempty"`
	// lastScaleTime is the time at which the autoscaler last scaled the target.
	// +optional
	LastScaleTime *metav1.Time `json:"lastScaleTime,omitempty"`
	// currentReplicas is the number of replicas of the target, as last observed.
	// +optional
	CurrentReplicas int32 `json:"currentReplicas"`
	// desiredReplicas is the number of replicas last decided.
	// +optional
	DesiredReplicas int32 `json:"desiredReplicas"`
	// currentMetrics are the last values of the metrics, in the order of spec.metrics and in the shape of autoscaling/v2.
	// +optional
	// +listType=atomic
	CurrentMetrics []MetricStatus `json:"currentMetrics,omitempty"`
	// samples are the times of the values in currentMetrics, or the reasons why they are unknown, in the same order.
	// +optional
	// +listType=atomic
	Samples []SampleStatus `json:"samples,omitempty"`
	// conditions are Accepted, AbleToScale, ScalingActive and ScalingLimited; ScaledToZero with a minimum of 0; MetricsStale after
	// samples of a metric stopped; CapacityLimited after pods were blocked; and DeadlineAtRisk with a batch window.
	// +optional
	// +listType=map
	// +listMapKey=type
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// reference is the target as kind/name, a column of kubectl get.
	// +optional
	Reference string `json:"reference,omitempty"`
	// targets are the metrics as current/target, a column of kubectl get.
	// +optional
	Targets string `json:"targets,omitempty"`
	// decision is the last decision and its steps.
	// +optional
	Decision *DecisionStatus `json:"decision,omitempty"`
	// pods are the pods of the target by class, as last observed.
	// +optional
	Pods *PodsStatus `json:"pods,omitempty"`
	// windows are the open windows and the next change of a window.
	// +optional
	Windows *WindowsStatus `json:"windows,omitempty"`
	// batches are the batch windows of the current or the last occurrence.
	// +optional
	// +listType=atomic
	Batches []BatchStatus `json:"batches,omitempty"`
	// shadow is the decision of an autoscaler with the mode Shadow.
	// +optional
	Shadow *ShadowStatus `json:"shadow,omitempty"`
}

// MetricStatus is the last value of one metric, in the shape of autoscaling/v2. The field that type names is set. While the
// metric is unknown, current is empty.
type MetricStatus struct {
	// type names the one field below that is set.
	Type MetricSourceType `json:"type"`
	// object is the value of a custom metric that describes one object.
	// +optional
	Object *autoscalingv2.ObjectMetricStatus `json:"object,omitempty"`
	// pods is the value of a custom metric of each pod, averaged over the pods.
	// +optional
	Pods *autoscalingv2.PodsMetricStatus `json:"pods,omitempty"`
	// resource is the value of a resource that the pods request.
	// +optional
	Resource *autoscalingv2.ResourceMetricStatus `json:"resource,omitempty"`
	// containerResource is the value of a resource that one container of each pod requests.
	// +optional
	ContainerResource *autoscalingv2.ContainerResourceMetricStatus `json:"containerResource,omitempty"`
	// external is the value of a metric that belongs to no object of the cluster.
	// +optional
	External *autoscalingv2.ExternalMetricStatus `json:"external,omitempty"`
	// prometheus is the value of a PromQL query. autoscaling/v2 has no such type.
	// +optional
	Prometheus *PrometheusMetricStatus `json:"prometheus,omitempty"`
}

// PrometheusMetricStatus is the value of a PromQL query.
type PrometheusMetricStatus struct {
	// query is the PromQL query of the spec.
	Query string `json:"query"`
	// current is the value, in the terms of the target.
	Current autoscalingv2.MetricValueStatus `json:"current"`
}

// SampleStatus is the state of one metric's samples.
type SampleStatus struct {
	// sampleTime is the time of the oldest sample in the value.
	// +optional
	SampleTime *metav1.Time `json:"sampleTime,omitempty"`
	// unknown is the reason why the metric has no value. It is not set while the metric has one.
	// +optional
	Unknown string `json:"unknown,omitempty"`
}

// DecisionStatus is one decision, its reason and its steps.
type DecisionStatus struct {
	// time is the time of the decision.
	Time metav1.Time `json:"time"`
	// desired is the decided number of replicas.
	Desired int32 `json:"desired"`
	// reason is the reason of the decision in one sentence.
	Reason string `json:"reason"`
	// steps are the steps from the current to the desired replicas, in order. At most 64.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	Steps []DecisionStep `json:"steps,omitempty"`
}

// DecisionStep is one step of a decision.
type DecisionStep struct {
	// step is the kind of the step: Current, Pods, Metric, Unknown, Fallback, Batch, Highest, Damping, Hold, Stabilization,
	// FirstStart, Lost, Draining, RatePolicy, Capacity, Window or Bounds.
	Step string `json:"step"`
	// from is the number of replicas before the step.
	From int32 `json:"from"`
	// to is the number of replicas after the step.
	To int32 `json:"to"`
	// detail is the reason of the step, with its figures.
	Detail string `json:"detail"`
}

// PodsStatus are the pods of a target by class.
type PodsStatus struct {
	// serving pods are ready, and where spec.serving names a Service, its endpoints.
	Serving int32 `json:"serving"`
	// starting pods are not ready, and started within the time that pods of the target take.
	Starting int32 `json:"starting"`
	// late pods are not ready, and started longer ago.
	Late int32 `json:"late"`
	// lost pods ran on a node that does not report any more, and are not evicted yet.
	// +optional
	Lost int32 `json:"lost,omitempty"`
	// blocked pods cannot run: they have no node, volume or image, or crash again and again.
	Blocked int32 `json:"blocked"`
	// ending pods are terminating or have ended.
	Ending int32 `json:"ending"`
	// draining pods are those of the ending ones that still serve. Only with spec.serving.
	// +optional
	Draining int32 `json:"draining,omitempty"`
	// withoutEndpoint pods are ready, but no endpoint of the Service of spec.serving.
	// +optional
	WithoutEndpoint int32 `json:"withoutEndpoint,omitempty"`
}

// WindowsStatus are the open windows and the next change of a window. The window of a ScaleWindow is named ScaleWindow/name, and
// a window of the spec by its name.
type WindowsStatus struct {
	// open are the names of the open windows.
	// +optional
	// +listType=atomic
	Open []string `json:"open,omitempty"`
	// next is the window that opens or closes next.
	// +optional
	Next *NextWindow `json:"next,omitempty"`
}

// NextWindow is the window that opens next, with a start, or that closes next, with an end.
type NextWindow struct {
	// name is the name of the window.
	Name string `json:"name"`
	// start is the time at which the window opens.
	// +optional
	Start *metav1.Time `json:"start,omitempty"`
	// end is the time at which the window closes.
	// +optional
	End *metav1.Time `json:"end,omitempty"`
}

// BatchStatus is the state of the work of one batch window.
type BatchStatus struct {
	// window is the name of the window.
	Window string `json:"window"`
	// phase is OnTime; Drained if no work is left; AtRisk if even the maximum of replicas would finish after the deadline; or Late
	// if work is left after the deadline.
	Phase string `json:"phase"`
	// start is the start of the occurrence.
	Start metav1.Time `json:"start"`
	// deadline is the time by which the work must be finished.
	Deadline metav1.Time `json:"deadline"`
	// finish is the estimated time at which the work is finished, or, if phase is Drained, the time since which no work is left. It
	// is not set if the planned replicas would never finish.
	// +optional
	Finish *metav1.Time `json:"finish,omitempty"`
	// missed is true if work was left at the deadline.
	// +optional
	Missed bool `json:"missed,omitempty"`
	// left is the backlog that was left at the deadline, if missed is true.
	// +optional
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MaxLength=32
	Left *resource.Quantity `json:"left,omitempty"`
	// backlog is the work that is left, or an estimate of it while the metric is unknown.
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MaxLength=32
	Backlog resource.Quantity `json:"backlog"`
	// unknown is the reason why the backlog is unknown.
	// +optional
	Unknown string `json:"unknown,omitempty"`
	// throughputPerReplica is the work that one replica does per second, as planned with.
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MaxLength=32
	ThroughputPerReplica resource.Quantity `json:"throughputPerReplica"`
	// arrivals is the work that arrives per second.
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MaxLength=32
	Arrivals resource.Quantity `json:"arrivals"`
	// needed is the number of replicas that the work requires, before bounds.
	Needed int32 `json:"needed"`
	// busy is the number of replicas that must stay so that no working pod is removed. It is set if the batch has a metric of busy
	// pods.
	// +optional
	Busy *int32 `json:"busy,omitempty"`
	// busyUnknown is the reason why the working pods are unknown, and why replicas stay although the work requires fewer.
	// +optional
	BusyUnknown string `json:"busyUnknown,omitempty"`
}

// ShadowStatus is the decision of an autoscaler with the mode Shadow, and its comparison with the replicas of the target.
type ShadowStatus struct {
	// desiredReplicas is the number of replicas to which Enforce would scale the target.
	DesiredReplicas int32 `json:"desiredReplicas"`
	// otherController is the controller that scales the target, if it is known.
	// +optional
	OtherController string `json:"otherController,omitempty"`
	// comparison compares the decisions with the replicas of the target, since the spec last changed.
	// +optional
	Comparison *ShadowComparison `json:"comparison,omitempty"`
}

// ShadowComparison compares the decisions in mode Shadow with the replicas of the target. Both agree where one follows the other within
// twice the period. Pod-seconds are replicas multiplied by the time that they last.
type ShadowComparison struct {
	// since is the time of the first decision that is compared.
	Since metav1.Time `json:"since"`
	// generation is the generation of the spec that is compared.
	Generation int64 `json:"generation"`
	// observedSeconds is the compared time, without gaps in which nothing was decided.
	ObservedSeconds int64 `json:"observedSeconds"`
	// agreedSeconds is the part of observedSeconds in which both agreed.
	AgreedSeconds int64 `json:"agreedSeconds"`
	// knownSeconds is the part of observedSeconds in which all metrics had values, so that a shortage can be estimated.
	KnownSeconds int64 `json:"knownSeconds"`
	// differences is the number of times that both began to differ.
	Differences int64 `json:"differences"`
	// autoscaler is the cost of the decisions, if they had been carried out.
	Autoscaler ShadowUse `json:"autoscaler"`
	// target is the cost of the replicas that the target had.
	Target ShadowUse `json:"target"`
	// causes are the parts of the policy that explain the differences. At most 64.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=64
	Causes []ShadowCause `json:"causes,omitempty"`
	// lastDifference is the newest difference.
	// +optional
	LastDifference *ShadowDifference `json:"lastDifference,omitempty"`
}

// ShadowUse is the cost of replicas. A shortage is estimated from the proposals of the metrics: a replica is short if the metrics
// propose it and it is not requested.
type ShadowUse struct {
	// podSeconds are the requested pod-seconds.
	PodSeconds int64 `json:"podSeconds"`
	// shortPodSeconds are the estimated pod-seconds that were short.
	ShortPodSeconds int64 `json:"shortPodSeconds"`
	// shortSeconds is the time in which replicas were short.
	ShortSeconds int64 `json:"shortSeconds"`
}

// ShadowCause is a part of the policy that explains differences.
type ShadowCause struct {
	// name is the name of a correction, such as OlderSamples; or Damping, Window, Fallback, Behavior, Capacity, Stabilization,
	// RatePolicy, Bounds, Batch, UnknownMetric or Recommendation.
	Name string `json:"name"`
	// differences is the number of differences that began with this cause.
	Differences int64 `json:"differences"`
	// seconds is their total duration.
	Seconds int64 `json:"seconds"`
	// podSeconds are the pod-seconds of the decisions minus those of the target; negative if the decisions have fewer.
	PodSeconds int64 `json:"podSeconds"`
	// largest is the largest difference in replicas; negative if the decision was the lower one.
	Largest int32 `json:"largest"`
}

// ShadowDifference is a difference at a time.
type ShadowDifference struct {
	// time is the time of the decision.
	Time metav1.Time `json:"time"`
	// desiredReplicas is the decided number of replicas.
	DesiredReplicas int32 `json:"desiredReplicas"`
	// replicas is the number of replicas of the target.
	Replicas int32 `json:"replicas"`
	// cause is the name of the cause.
	Cause string `json:"cause"`
}
