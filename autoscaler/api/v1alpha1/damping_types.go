package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/resource"
)

// DampingProfile is a set of values for everything in damping, by what one wants of it.
type DampingProfile string

// The profiles.
const (
	DampingResponsive DampingProfile = "Responsive" // as little lateness as may be, for a tenth more than a plain HPA costs
	DampingBalanced   DampingProfile = "Balanced"   // less lateness, less cost and fewer changes at once
	DampingThrifty    DampingProfile = "Thrifty"    // less cost, for half of a plain HPA's lateness
	DampingSteady     DampingProfile = "Steady"     // as few changes as may be, for little more than a plain HPA costs
	DampingNone       DampingProfile = "None"       // nothing but what the fields say
)

// Damping is Flyball's own care over behavior: a forecast over the dead time, a dead band with a hold, a guard against
// hunting, and a bound on what it all may cost. Whatever is left out has the profile's value.
type Damping struct {
	// profile gives what is left out here its value. Balanced when left out. With None every part that is left out is off.
	// +optional
	// +kubebuilder:validation:Enum=Responsive;Balanced;Thrifty;Steady;None
	Profile DampingProfile `json:"profile,omitempty"`
	// surgeLimit is how many times as great as lately a load is believed to be at once. What is beyond is taken for that much
	// until it has lasted for two minutes, so that a metric that lies for a minute moves the replicas by no more. Four replicas
	// are always believed. From 1 to 100, or 0 for no limit.
	// +optional
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="!string(self).matches('[eE][+-]?0*[1-9][0-9]{3}')",message="must not have an exponent of more than three digits: write the number out, or with a suffix such as m or k"
	SurgeLimit *resource.Quantity `json:"surgeLimit,omitempty"`
	// headroomPercent is how much more than the target a replica may carry, because what the target keeps free is kept by the
	// forecast and the safety instead: with 20, a target of 70 % acts as one of 84 %. A target of utilisation never acts as one
	// above 92 %.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	HeadroomPercent *int32 `json:"headroomPercent,omitempty"`
	// staffing is how many square roots of the replicas stay in hand of the headroom, because few replicas share chance worse
	// than many.
	// +optional
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="!string(self).matches('[eE][+-]?0*[1-9][0-9]{3}')",message="must not have an exponent of more than three digits: write the number out, or with a suffix such as m or k"
	Staffing *resource.Quantity `json:"staffing,omitempty"`
	// safety is how many times what the forecasts were too low by lately is kept in hand. 0 for nothing.
	// +optional
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="!string(self).matches('[eE][+-]?0*[1-9][0-9]{3}')",message="must not have an exponent of more than three digits: write the number out, or with a suffix such as m or k"
	Safety *resource.Quantity `json:"safety,omitempty"`
	// peaksPercent is the share of the time for which the replicas are ready for the usual peaks of a load that jumps about. 0 for
	// none.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=99
	PeaksPercent *int32 `json:"peaksPercent,omitempty"`
	// lead bounds how far the load is forecast; the measured dead time is taken where it is shorter. 0s turns the forecast off.
	// +optional
	Lead *Duration `json:"lead,omitempty"`
	// deadBand is the relative distance of the replicas from what is needed within which nothing changes, for each direction.
	// +optional
	DeadBand *Directions `json:"deadBand,omitempty"`
	// hold is the time whose highest need a scale-down goes to. 0s for none.
	// +optional
	Hold *Duration `json:"hold,omitempty"`
	// huntingGuard widens band and hold while the replica count oscillates.
	// +optional
	HuntingGuard *HuntingGuard `json:"huntingGuard,omitempty"`
	// costBound limits pod-seconds against a plain HPA's in the same decisions.
	// +optional
	CostBound *CostBound `json:"costBound,omitempty"`
}

// Directions holds a ratio for each direction.
type Directions struct {
	// +optional
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="!string(self).matches('[eE][+-]?0*[1-9][0-9]{3}')",message="must not have an exponent of more than three digits: write the number out, or with a suffix such as m or k"
	ScaleUp *resource.Quantity `json:"scaleUp,omitempty"`
	// +optional
	// +kubebuilder:validation:XIntOrString
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="!string(self).matches('[eE][+-]?0*[1-9][0-9]{3}')",message="must not have an exponent of more than three digits: write the number out, or with a suffix such as m or k"
	ScaleDown *resource.Quantity `json:"scaleDown,omitempty"`
}

// HuntingGuard bounds the widening of band and hold.
type HuntingGuard struct {
	// maxSteps of widening; 0 turns the guard off.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=8
	MaxSteps *int32 `json:"maxSteps,omitempty"`
}

// CostBound limits pod-seconds over a trailing window.
type CostBound struct {
	// overHPAPercent is how much more than a plain HPA may be spent.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	OverHPAPercent int32 `json:"overHPAPercent"`
	// window over which pod-seconds are counted; the profile's, or 6h, when left out. 0s turns the bound off.
	// +optional
	Window *Duration `json:"window,omitempty"`
}
