package v1alpha1

import (
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

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
	// activationValue decides between zero replicas and more while the minimum in force is 0, as KEDA's activationThreshold does:
	// an answer above it is active. While no metric is active, the target goes to zero, after the stabilization of scale-down.
	// With any minimum above 0 it is not read. 0 when left out.
	// +optional
	ActivationValue *Quantity `json:"activationValue,omitempty"`
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
	// +kubebuilder:validation:XValidation:rule="(has(self.matchLabels) ? size(self.matchLabels) : 0) + (has(self.matchExpressions) ? size(self.matchExpressions) : 0) <= 64",message="must not have more than 64 requirements"
	Selector *metav1.LabelSelector `json:"selector,omitempty"`
}

// MetricTarget is what a metric should be.
//
// +kubebuilder:validation:XValidation:rule="!has(self.value) || string(self.value).matches('[eE][+-]?0*[1-9][0-9]{3}') || quantity(string(self.value)).isGreaterThan(quantity('0'))",message="must be greater than 0",fieldPath=".value"
// +kubebuilder:validation:XValidation:rule="!has(self.averageValue) || string(self.averageValue).matches('[eE][+-]?0*[1-9][0-9]{3}') || quantity(string(self.averageValue)).isGreaterThan(quantity('0'))",message="must be greater than 0",fieldPath=".averageValue"
type MetricTarget struct {
	// type is Utilization, Value or AverageValue.
	// +kubebuilder:validation:Enum=Utilization;Value;AverageValue
	Type autoscalingv2.MetricTargetType `json:"type"`
	// value is the target for the metric as a whole.
	// +optional
	Value *Quantity `json:"value,omitempty"`
	// averageValue is the target for the metric divided by the number of pods.
	// +optional
	AverageValue *Quantity `json:"averageValue,omitempty"`
	// averageUtilization is the target in percent of what the pods request.
	// +optional
	// +kubebuilder:validation:Minimum=1
	AverageUtilization *int32 `json:"averageUtilization,omitempty"`
}
