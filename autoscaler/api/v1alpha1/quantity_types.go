package v1alpha1

import "k8s.io/apimachinery/pkg/api/resource"

// Quantity is a number in the notation of Kubernetes, such as 100, 1500m or 2Gi. It has the methods of resource.Quantity.
//
// +kubebuilder:validation:Type=""
// +kubebuilder:validation:XIntOrString
// +kubebuilder:validation:MaxLength=32
// +kubebuilder:validation:XValidation:rule="!string(self).matches('[eE][+-]?0*[1-9][0-9]{3}')",message="must not have an exponent of more than three digits: write the number out, or with a suffix such as m or k"
type Quantity struct {
	resource.Quantity `json:",inline"`
}
