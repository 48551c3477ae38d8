package v1alpha1

import (
	autoscalingv2 "k8s.io/api/autoscaling/v2"
)

// Behavior damps each direction, as in autoscaling/v2.
type Behavior struct {
	// +optional
	ScaleUp *ScalingRules `json:"scaleUp,omitempty"`
	// +optional
	ScaleDown *ScalingRules `json:"scaleDown,omitempty"`
}

// ScalingRules damps one direction.
//
// +kubebuilder:validation:XValidation:rule="!has(self.tolerance) || string(self.tolerance).matches('[eE][+-]?0*[1-9][0-9]{3}') || !quantity(string(self.tolerance)).isLessThan(quantity('0'))",message="must not be negative",fieldPath=".tolerance"
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
	Tolerance *Quantity `json:"tolerance,omitempty"`
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
