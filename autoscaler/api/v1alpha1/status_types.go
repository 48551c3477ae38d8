package v1alpha1

import (
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

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
	// currentMetrics are the last values of the metrics, in the order of spec.metrics and in the shape of autoscaling/v2.
	// +optional
	// +listType=atomic
	CurrentMetrics []MetricStatus `json:"currentMetrics,omitempty"`
	// samples are the times of the values in currentMetrics, or the reasons why they are unknown, in the same order.
	// +optional
	// +listType=atomic
	Samples []SampleStatus `json:"samples,omitempty"`
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
	// windows are those open now and the next to open or close.
	// +optional
	Windows *WindowsStatus `json:"windows,omitempty"`
	// batches are the batch windows that are worked for, or were last.
	// +optional
	// +listType=atomic
	Batches []BatchStatus `json:"batches,omitempty"`
	// shadow is what a Shadow autoscaler would have done.
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
	// step names what acted, for example Metric, Stabilization, RatePolicy, Window or Bounds.
	Step string `json:"step"`
	// from is the number before the step.
	From int32 `json:"from"`
	// to is the number after it.
	To int32 `json:"to"`
	// detail says how, with the figures.
	Detail string `json:"detail"`
}

// WindowsStatus are the windows open now and the next change. A window of a ScaleWindow object is named ScaleWindow/name,
// and one of the spec by its name alone.
type WindowsStatus struct {
	// open windows by name.
	// +optional
	// +listType=atomic
	Open []string `json:"open,omitempty"`
	// next window to open or close.
	// +optional
	Next *NextWindow `json:"next,omitempty"`
}

// NextWindow is the next window to open, which has a start, or to close, which has an end.
type NextWindow struct {
	// name of the window.
	Name string `json:"name"`
	// start is when the window opens.
	// +optional
	Start *metav1.Time `json:"start,omitempty"`
	// end is when the window closes.
	// +optional
	End *metav1.Time `json:"end,omitempty"`
}

// BatchStatus is how the work of one batch window stands, or how it ended.
type BatchStatus struct {
	// window that the batch is of.
	Window string `json:"window"`
	// phase is OnTime, Drained once nothing is left, AtRisk where the most replicas that there can be would not be done in
	// time, or Late where something is left after the deadline.
	Phase string `json:"phase"`
	// start of the occurrence.
	Start metav1.Time `json:"start"`
	// deadline by which nothing must be left.
	Deadline metav1.Time `json:"deadline"`
	// finish is when nothing will be left as it goes, or, if phase is Drained, since when nothing is. Left out for never.
	// +optional
	Finish *metav1.Time `json:"finish,omitempty"`
	// missed says that something was left at the deadline, and left how much.
	// +optional
	Missed bool `json:"missed,omitempty"`
	// +optional
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MaxLength=32
	Left *resource.Quantity `json:"left,omitempty"`
	// backlog that is left now, or what it is taken to be while it is unknown.
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MaxLength=32
	Backlog resource.Quantity `json:"backlog"`
	// unknown says why the backlog is unknown.
	// +optional
	Unknown string `json:"unknown,omitempty"`
	// throughputPerReplica a second that is planned with, and arrivals a second.
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MaxLength=32
	ThroughputPerReplica resource.Quantity `json:"throughputPerReplica"`
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MaxLength=32
	Arrivals resource.Quantity `json:"arrivals"`
	// needed are the replicas that the work takes, bounds aside.
	Needed int32 `json:"needed"`
	// busy are the replicas that cannot be taken away now without one that works. Left out where the window's batch does not
	// say how that is known.
	// +optional
	Busy *int32 `json:"busy,omitempty"`
	// busyUnknown says why replicas are kept though fewer would do: nobody knows which of them work.
	// +optional
	BusyUnknown string `json:"busyUnknown,omitempty"`
}

// ShadowStatus is what a Shadow autoscaler would have done, beside who really decides.
type ShadowStatus struct {
	// desiredReplicas is what would have been written.
	DesiredReplicas int32 `json:"desiredReplicas"`
	// otherController names who scales the target now, where that is known.
	// +optional
	OtherController string `json:"otherController,omitempty"`
}
