package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/resource"
)

// Damping is Flyball's own care over behavior: a forecast over the dead time, a dead band with a hold, a guard against
// hunting, and a bound on what it all may cost.
type Damping struct {
	// deadBand is the relative distance from the target, for each direction, within which nothing changes.
	// +optional
	DeadBand *Directions `json:"deadBand,omitempty"`
	// hold is how long a wish outside the band must last, for each direction.
	// +optional
	Hold *DirectionDurations `json:"hold,omitempty"`
	// lead bounds how far the load is forecast; Auto, when left out, takes the measured dead time. 0s turns the forecast off.
	// +optional
	Lead *Duration `json:"lead,omitempty"`
	// huntingGuard widens band and hold while the replica count oscillates.
	// +optional
	HuntingGuard *HuntingGuard `json:"huntingGuard,omitempty"`
	// costBound limits pod-seconds against a plain HPA's in the same decisions.
	// +optional
	CostBound *CostBound `json:"costBound,omitempty"`
	// seasonalFloor raises the floor to what the load was one season ago, while that has proven right.
	// +optional
	SeasonalFloor *SeasonalFloor `json:"seasonalFloor,omitempty"`
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

// DirectionDurations holds a duration for each direction.
type DirectionDurations struct {
	// +optional
	ScaleUp *Duration `json:"scaleUp,omitempty"`
	// +optional
	ScaleDown *Duration `json:"scaleDown,omitempty"`
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
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000
	OverHPAPercent int32 `json:"overHPAPercent"`
	// window over which pod-seconds are counted; 24h when left out.
	// +optional
	Window *Duration `json:"window,omitempty"`
}

// SeasonalFloor raises the floor to what the load was one period ago.
type SeasonalFloor struct {
	// period of the season: 24h or 168h.
	Period Duration `json:"period"`
}
