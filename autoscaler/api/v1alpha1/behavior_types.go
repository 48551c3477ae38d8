package v1alpha1

import (
	autoscalingv2 "k8s.io/api/autoscaling/v2"
)

// Behavior is the autoscaling/v2 behavior: how fast the replicas may change in each direction. An empty behavior is not the same
// as none: it has the defaults of autoscaling/v2.
type Behavior struct {
	// scaleUp limits how fast the replicas increase. Defaults to the larger of 4 pods and 100 percent within 15 seconds.
	// +optional
	ScaleUp *ScalingRules `json:"scaleUp,omitempty"`
	// scaleDown limits how fast the replicas decrease. Defaults to 100 percent within 15 seconds.
	// +optional
	ScaleDown *ScalingRules `json:"scaleDown,omitempty"`
}

// ScalingRules limits the changes in one direction.
//
// +kubebuilder:validation:XValidation:rule="!has(self.tolerance) || string(self.tolerance).matches('[eE][+-]?0*[1-9][0-9]{3}') || !quantity(string(self.tolerance)).isLessThan(quantity('0'))",message="must not be negative",fieldPath=".tolerance"
type ScalingRules struct {
	// stabilizationWindowSeconds is the period, in seconds from 0 to 3600, whose safest recommendation applies: the lowest of them to
	// a scale-up, the highest to a scale-down. Defaults to 0 for scaleUp. The default for scaleDown is a flag of the autoscaler, 300.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=3600
	StabilizationWindowSeconds *int32 `json:"stabilizationWindowSeconds,omitempty"`
	// selectPolicy selects the policy that applies: Max allows the largest change, Min the smallest, and Disabled none in this
	// direction. Defaults to Max.
	// +optional
	// +kubebuilder:validation:Enum=Max;Min;Disabled
	SelectPolicy *autoscalingv2.ScalingPolicySelect `json:"selectPolicy,omitempty"`
	// policies limit the change within a period. At most 16; at least one, if set.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=16
	Policies []ScalingPolicy `json:"policies,omitempty"`
	// tolerance is the ratio by which a metric may differ from its target without a change of the replicas, 0 or more. The default
	// is a flag of the autoscaler, 0.1.
	// +optional
	Tolerance *Quantity `json:"tolerance,omitempty"`
}

// ScalingPolicy limits the change within a period.
type ScalingPolicy struct {
	// type is the unit of value: Pods or Percent.
	// +kubebuilder:validation:Enum=Pods;Percent
	Type autoscalingv2.HPAScalingPolicyType `json:"type"`
	// value is the largest change within the period, in pods or in percent of the replicas; 1 or more.
	// +kubebuilder:validation:Minimum=1
	Value int32 `json:"value"`
	// periodSeconds is the length of the period in seconds, from 1 to 1800.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1800
	PeriodSeconds int32 `json:"periodSeconds"`
}
