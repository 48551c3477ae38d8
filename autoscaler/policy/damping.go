package policy

import (
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
)

// defaultCostWindow is that of a bound where the profile has none.
const defaultCostWindow = 6 * time.Hour

// compileDamping takes a damping that has been validated, or none. Its hold takes the place of the stabilization of
// scale-down, unless the behavior sets one. A profile without a hold, which is None, replaces nothing unless the spec sets a
// hold: otherwise nothing would hold a scale-down at all.
func compileDamping(spec *engine.Spec, from *v1alpha1.Damping, behavior *v1alpha1.Behavior) {
	if from == nil {
		return
	}
	d := profile(from.Profile)
	factor(&d.SurgeLimit, from.SurgeLimit)
	if from.HeadroomPercent != nil {
		d.Headroom = 1 + float64(*from.HeadroomPercent)/100
	}
	factor(&d.Staffing, from.Staffing)
	factor(&d.SafetyFactor, from.Safety)
	if from.PeaksPercent != nil {
		d.PeakShare = float64(*from.PeaksPercent) / 100
	}
	d.ForecastHorizon = duration(from.Lead, d.ForecastHorizon)
	if band := from.DeadBand; band != nil {
		factor(&d.DeadBandUp, band.ScaleUp)
		factor(&d.DeadBandDown, band.ScaleDown)
	}
	d.Hold = duration(from.Hold, d.Hold)
	if from.HuntingGuard != nil && from.HuntingGuard.MaxSteps != nil {
		d.GuardSteps = *from.HuntingGuard.MaxSteps
	}
	if bound := from.CostBound; bound != nil {
		d.CostBound = float64(bound.OverHPAPercent) / 100
		if d.CostWindow == 0 {
			d.CostWindow = defaultCostWindow
		}
		d.CostWindow = duration(bound.Window, d.CostWindow)
	}
	spec.Damping = &d
	spec.CapHeadroom()
	holds := from.Hold != nil || d.Hold > 0
	if holds && (behavior == nil || behavior.ScaleDown.StabilizationWindowSeconds == nil) {
		spec.Down.Stabilization = 0
	}
}

func profile(name v1alpha1.DampingProfile) damping.Spec {
	switch name {
	case v1alpha1.DampingResponsive:
		return damping.Responsive()
	case v1alpha1.DampingThrifty:
		return damping.Thrifty()
	case v1alpha1.DampingSteady:
		return damping.Steady()
	case v1alpha1.DampingNone:
		return damping.Spec{}
	default:
		return damping.Balanced()
	}
}

// factor changes nothing where nothing is said.
func factor(into *float64, q *resource.Quantity) {
	if q != nil {
		*into = q.AsApproximateFloat64()
	}
}
