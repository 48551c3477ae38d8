package v1alpha1

import (
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// MetricSourceType is the type of a metric.
// +kubebuilder:validation:Enum=Resource;ContainerResource;Pods;Object;External;Prometheus
type MetricSourceType string

const (
	// ResourceMetric is CPU or memory, over all containers of each pod.
	ResourceMetric MetricSourceType = "Resource"
	// ContainerResourceMetric is CPU or memory of one container of each pod.
	ContainerResourceMetric MetricSourceType = "ContainerResource"
	// PodsMetric is a custom metric with a value for each pod.
	PodsMetric MetricSourceType = "Pods"
	// ObjectMetric is a custom metric that describes one object.
	ObjectMetric MetricSourceType = "Object"
	// ExternalMetric is a metric that belongs to no object of the cluster.
	ExternalMetric MetricSourceType = "External"
	// PrometheusMetric is a PromQL query in the spec.
	PrometheusMetric MetricSourceType = "Prometheus"
)

// MetricSpec is one metric and its target. Exactly the field that type names must be set.
//
// +kubebuilder:validation:XValidation:rule="has(self.resource) == (self.type == 'Resource')",message="resource is set if, and only if, type is Resource",fieldPath=".resource"
// +kubebuilder:validation:XValidation:rule="has(self.containerResource) == (self.type == 'ContainerResource')",message="containerResource is set if, and only if, type is ContainerResource",fieldPath=".containerResource"
// +kubebuilder:validation:XValidation:rule="has(self.pods) == (self.type == 'Pods')",message="pods is set if, and only if, type is Pods",fieldPath=".pods"
// +kubebuilder:validation:XValidation:rule="has(self.object) == (self.type == 'Object')",message="object is set if, and only if, type is Object",fieldPath=".object"
// +kubebuilder:validation:XValidation:rule="has(self.external) == (self.type == 'External')",message="external is set if, and only if, type is External",fieldPath=".external"
// +kubebuilder:validation:XValidation:rule="has(self.prometheus) == (self.type == 'Prometheus')",message="prometheus is set if, and only if, type is Prometheus",fieldPath=".prometheus"
type MetricSpec struct {
	// type is the type of the metric, and names the one field below that is set: Resource, ContainerResource, Pods, Object,
	// External or Prometheus.
	Type MetricSourceType `json:"type"`

	// resource is CPU or memory, over all containers of each pod.
	// +optional
	Resource *ResourceMetricSource `json:"resource,omitempty"`
	// containerResource is CPU or memory of one container of each pod.
	// +optional
	ContainerResource *ContainerResourceMetricSource `json:"containerResource,omitempty"`
	// pods is a custom metric with a value for each pod, averaged over the pods.
	// +optional
	Pods *PodsMetricSource `json:"pods,omitempty"`
	// object is a custom metric that describes one object of the namespace, such as an Ingress.
	// +optional
	Object *ObjectMetricSource `json:"object,omitempty"`
	// external is a metric that belongs to no object of the cluster, such as the length of a queue.
	// +optional
	External *ExternalMetricSource `json:"external,omitempty"`
	// prometheus is a PromQL query whose result is one number.
	// +optional
	Prometheus *PrometheusMetricSource `json:"prometheus,omitempty"`
}

// MetricTarget returns the target of the source that is set, to read or to change. Without a source, which Validate rejects, it
// returns an empty target that belongs to no metric.
func (m *MetricSpec) MetricTarget() *MetricTarget {
	switch {
	case m.Resource != nil:
		return &m.Resource.Target
	case m.ContainerResource != nil:
		return &m.ContainerResource.Target
	case m.Pods != nil:
		return &m.Pods.Target
	case m.Object != nil:
		return &m.Object.Target
	case m.External != nil:
		return &m.External.Target
	case m.Prometheus != nil:
		return &m.Prometheus.Target
	default:
		return &MetricTarget{}
	}
}

// ResourceMetricSource is CPU or memory, over all containers of each pod.
//
// +kubebuilder:validation:XValidation:rule="has(self.target.averageUtilization) != has(self.target.averageValue)",message="must set exactly one of averageUtilization and averageValue",fieldPath=".target"
type ResourceMetricSource struct {
	// name is the name of the resource: cpu or memory.
	// +kubebuilder:validation:MinLength=1
	Name string `json:"name"`
	// target is the target value: averageUtilization, in percent of the requests, or averageValue.
	Target MetricTarget `json:"target"`
}

// ContainerResourceMetricSource is CPU or memory of one container of each pod.
//
// +kubebuilder:validation:XValidation:rule="has(self.target.averageUtilization) != has(self.target.averageValue)",message="must set exactly one of averageUtilization and averageValue",fieldPath=".target"
type ContainerResourceMetricSource struct {
	// name is the name of the resource: cpu or memory.
	// +kubebuilder:validation:MinLength=1
	Name string `json:"name"`
	// container is the name of the container.
	// +kubebuilder:validation:MinLength=1
	Container string `json:"container"`
	// target is the target value: averageUtilization, in percent of the requests, or averageValue.
	Target MetricTarget `json:"target"`
}

// PodsMetricSource is a custom metric with a value for each pod.
//
// +kubebuilder:validation:XValidation:rule="has(self.target.averageValue)",message="must set averageValue: a Pods metric is averaged over the pods",fieldPath=".target"
type PodsMetricSource struct {
	// metric is the name of the metric and an optional selector.
	Metric MetricIdentifier `json:"metric"`
	// target is the target value: averageValue.
	Target MetricTarget `json:"target"`
}

// ObjectMetricSource is a custom metric that describes one object of the namespace.
//
// +kubebuilder:validation:XValidation:rule="(self.target.type == 'Value' && has(self.target.value)) || (self.target.type == 'AverageValue' && has(self.target.averageValue))",message="must have type Value with value set, or type AverageValue with averageValue set",fieldPath=".target"
type ObjectMetricSource struct {
	// describedObject is the object that the metric describes.
	DescribedObject CrossVersionObjectReference `json:"describedObject"`
	// target is the target value: value, or averageValue, with which the metric is divided by the replicas.
	Target MetricTarget `json:"target"`
	// metric is the name of the metric and an optional selector.
	Metric MetricIdentifier `json:"metric"`
}

// ExternalMetricSource is a metric that belongs to no object of the cluster. The values of its series are added.
//
// +kubebuilder:validation:XValidation:rule="has(self.target.value) != has(self.target.averageValue)",message="must set exactly one of value and averageValue",fieldPath=".target"
type ExternalMetricSource struct {
	// metric is the name of the metric and an optional selector.
	Metric MetricIdentifier `json:"metric"`
	// target is the target value: value, or averageValue, with which the metric is divided by the replicas.
	Target MetricTarget `json:"target"`
}

// PrometheusMetricSource is a PromQL query and its target.
//
// +kubebuilder:validation:XValidation:rule="has(self.target.value) != has(self.target.averageValue)",message="must set exactly one of value and averageValue",fieldPath=".target"
type PrometheusMetricSource struct {
	// query is a PromQL query whose result is a scalar or a vector of one element, of at most 8192 bytes. Each selector must match the
	// namespace of the autoscaler: a matcher is added, unless the operator allows other namespaces.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=8192
	Query string `json:"query"`
	// server is the name of the Prometheus server to query, of those that the operator allows in the namespace. Defaults to the first
	// of these, and where none are named to the default server.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[-a-z0-9]+$`
	Server string `json:"server,omitempty"`
	// target is the target value: value, or averageValue, with which the metric is divided by the replicas.
	Target MetricTarget `json:"target"`
	// activationValue is the value above which the metric is active, as activationThreshold of KEDA. While no metric is active and
	// the minimum is 0, the target scales to zero after the stabilization of scale-down. With a minimum above 0 it has no effect.
	// Defaults to 0.
	// +optional
	ActivationValue *Quantity `json:"activationValue,omitempty"`
	// maxAge is the age above which a sample is stale and the metric is unknown; more than 0s. Defaults to 2m.
	// +optional
	MaxAge *Duration `json:"maxAge,omitempty"`
}

// MetricIdentifier is the name of a metric and an optional selector.
type MetricIdentifier struct {
	// name is the name of the metric.
	// +kubebuilder:validation:MinLength=1
	Name string `json:"name"`
	// selector selects series of the metric by their labels, with at most 64 requirements. Not set, it selects all.
	// +optional
	// +kubebuilder:validation:XValidation:rule="(has(self.matchLabels) ? size(self.matchLabels) : 0) + (has(self.matchExpressions) ? size(self.matchExpressions) : 0) <= 64",message="must not have more than 64 requirements"
	Selector *metav1.LabelSelector `json:"selector,omitempty"`
}

// MetricTarget is the target value of a metric.
//
// +kubebuilder:validation:XValidation:rule="!has(self.value) || string(self.value).matches('[eE][+-]?0*[1-9][0-9]{3}') || quantity(string(self.value)).isGreaterThan(quantity('0'))",message="must be greater than 0",fieldPath=".value"
// +kubebuilder:validation:XValidation:rule="!has(self.averageValue) || string(self.averageValue).matches('[eE][+-]?0*[1-9][0-9]{3}') || quantity(string(self.averageValue)).isGreaterThan(quantity('0'))",message="must be greater than 0",fieldPath=".averageValue"
type MetricTarget struct {
	// type is the type of the target: Utilization, Value or AverageValue.
	// +kubebuilder:validation:Enum=Utilization;Value;AverageValue
	Type autoscalingv2.MetricTargetType `json:"type"`
	// value is the target for the metric as a whole; greater than 0.
	// +optional
	Value *Quantity `json:"value,omitempty"`
	// averageValue is the target for the metric divided by the number of pods; greater than 0.
	// +optional
	AverageValue *Quantity `json:"averageValue,omitempty"`
	// averageUtilization is the target in percent of the requests of the pods; 1 or more.
	// +optional
	// +kubebuilder:validation:Minimum=1
	AverageUtilization *int32 `json:"averageUtilization,omitempty"`
}
