package v1alpha1

// DampingProfile is a set of values for all fields of damping.
type DampingProfile string

// The profiles.
const (
	DampingResponsive DampingProfile = "Responsive" // the shortest SLO violations, for about 10 percent more pod-hours than an HPA
	DampingBalanced   DampingProfile = "Balanced"   // shorter SLO violations, fewer pod-hours and fewer changes than an HPA
	DampingThrifty    DampingProfile = "Thrifty"    // fewer pod-hours, with about half the SLO violations of an HPA
	DampingSteady     DampingProfile = "Steady"     // the fewest changes, for slightly more pod-hours than an HPA
	DampingNone       DampingProfile = "None"       // only the fields that are set
)

// Damping controls how fast the replicas follow the load, beyond what behavior does: a forecast over the time that new pods need,
// a dead band, a hold before scale-down, and a bound on the cost. A field that is not set has the value of the profile.
type Damping struct {
	// profile sets the fields that are not set: Balanced, Responsive (less late), Thrifty (fewer pod-hours), Steady (fewer changes)
	// or None (all off). Defaults to Balanced.
	// +optional
	// +kubebuilder:validation:Enum=Responsive;Balanced;Thrifty;Steady;None
	Profile DampingProfile `json:"profile,omitempty"`
	// forecastHorizon is the longest time ahead for which the load is forecast, from 0s to 24h. The forecast looks as far ahead as
	// new pods take to serve, which the autoscaler measures, and no further than this. 0s turns the forecast off.
	// +optional
	ForecastHorizon *Duration `json:"forecastHorizon,omitempty"`
	// hold is the period whose highest requirement limits a scale-down, from 0s to 24h. It replaces the stabilization window of
	// scale-down unless behavior sets one. 0s turns the hold off.
	// +optional
	Hold *Duration `json:"hold,omitempty"`
	// costBound limits the pod-seconds that damping may use in addition to a plain HPA with the same spec.
	// +optional
	CostBound *CostBound `json:"costBound,omitempty"`
	// advanced sets the parts of damping one by one. This field is alpha: its fields may change or go in any release. The profiles
	// are measured with their own values of them.
	// +optional
	Advanced *AdvancedDamping `json:"advanced,omitempty"`
}

// AdvancedDamping sets the parts of damping one by one. It is alpha.
type AdvancedDamping struct {
	// surgeLimit limits a sudden rise: a load above this multiple of the highest load of about the last half hour counts as that
	// multiple until it has lasted for two minutes. The limit never applies below four replicas. From 1 to 100; 0 turns it off.
	// +optional
	SurgeLimit *Quantity `json:"surgeLimit,omitempty"`
	// headroomPercent is by how many percent a replica may exceed its target, from 0 to 100, because the forecast and the safety
	// replace a part of what the target keeps free. With 20, a utilization target of 70 % acts like 84 %. A utilization target
	// never acts like more than 92 %.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	HeadroomPercent *int32 `json:"headroomPercent,omitempty"`
	// staffing keeps a part of the headroom free: this factor times the square root of the replicas, from 0 to 10. Few replicas
	// share a random load less evenly than many do.
	// +optional
	Staffing *Quantity `json:"staffing,omitempty"`
	// safety adds this factor times the recent error of the forecasts to the load, from 0 to 10. 0 turns it off.
	// +optional
	Safety *Quantity `json:"safety,omitempty"`
	// peaksPercent is the percentage of the time for which the replicas suffice for the usual peaks of a bursty load, from 0 to 99.
	// 0 turns it off.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=99
	PeaksPercent *int32 `json:"peaksPercent,omitempty"`
	// deadBand is the distance between the replicas and the requirement within which the replicas do not change.
	// +optional
	DeadBand *DeadBand `json:"deadBand,omitempty"`
	// huntingGuard widens the dead band and the hold while the replica count oscillates.
	// +optional
	HuntingGuard *HuntingGuard `json:"huntingGuard,omitempty"`
}

// DeadBand is a distance from the replicas for each direction, in percent of the replicas.
type DeadBand struct {
	// scaleUpPercent is by how many percent the requirement must exceed the replicas before they increase, from 0 to 100.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	ScaleUpPercent *int32 `json:"scaleUpPercent,omitempty"`
	// scaleDownPercent is by how many percent the requirement must fall short of the replicas before they decrease, from 0 to 100.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	ScaleDownPercent *int32 `json:"scaleDownPercent,omitempty"`
}

// HuntingGuard limits how far dead band and hold are widened.
type HuntingGuard struct {
	// maxSteps is the largest number of steps by which dead band and hold are widened, from 0 to 8. 0 turns the guard off.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=8
	MaxSteps *int32 `json:"maxSteps,omitempty"`
}

// CostBound limits the pod-seconds over a trailing window.
type CostBound struct {
	// overHPAPercent is by how many percent the pod-seconds may exceed those of a plain HPA, from 1 to 1000.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	OverHPAPercent int32 `json:"overHPAPercent"`
	// window is the trailing window in which pod-seconds are counted, from 10m to 168h. 0s turns the bound off. Defaults to the window
	// of the profile, or 6h.
	// +optional
	Window *Duration `json:"window,omitempty"`
}
