// Package v1alpha1 holds the API of Flyball: HorizontalAutoscaler, whose spec takes an autoscaling/v2 HPA's spec
// unchanged and adds Prometheus queries, damping and scheduled windows to it, and ScaleWindow, one window for
// many targets.
//
// It holds validation (schema markers and CEL rules for the API server, [HorizontalAutoscaler.Validate] for files and stored
// objects), defaults ([HorizontalAutoscaler.SetDefaults]) and the old names of fields ([RenameFields]).
//
// +k8s:deepcopy-gen=package
// +groupName=autoscaling.flyball.dev
// +groupGoName=Autoscaling
package v1alpha1
