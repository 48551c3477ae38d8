// Package v1alpha1 holds the API of Flyball: HorizontalAutoscaler, whose spec takes an autoscaling/v2 HPA's spec
// word for word and adds Prometheus queries, damping and scheduled windows to it, and ScaleWindow, one window for
// many targets.
//
// The package knows what a valid object is (schema markers and CEL rules for the API server, [HorizontalAutoscaler.Validate]
// for everyone else) and what is left out means ([HorizontalAutoscaler.SetDefaults]). It decides nothing.
//
// +k8s:deepcopy-gen=package
// +groupName=autoscaling.flyball.dev
// +groupGoName=Autoscaling
package v1alpha1
