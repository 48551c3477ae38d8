package policy

import (
	"time"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
)

// defaultCostWindow is the window of a cost bound if the profile has none.
const defaultCostWindow = 6 * time.Hour

// compileDamping compiles a validated damping, or nil. Its hold replaces the stabilization of scale-down unless the behavior sets
// one. The profile None has no hold, and then keeps the stabilization unless the spec sets a hold: otherwise nothing would
// delay a scale-down.
func compileDamping(spec *engine.Spec, from *v1alpha1.Damping, behavior *v1alpha1.Behavior) {
	if from == nil {
		return
	}
	d := profile(from.Profile)
	d.ForecastHorizon = duration(from.ForecastHorizon, d.ForecastHorizon)
	d.Hold = duration(from.Hold, d.Hold)
	if from.Advanced != nil {
		compileAdvanced(&d, from.Advanced)
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

func compileAdvanced(d *damping.Spec, from *v1alpha1.AdvancedDamping) {
	factor(&d.SurgeLimit, from.SurgeLimit)
	if from.HeadroomPercent != nil {
		d.Headroom = 1 + float64(*from.HeadroomPercent)/100
	}
	factor(&d.Staffing, from.Staffing)
	factor(&d.SafetyFactor, from.Safety)
	percent(&d.PeakShare, from.PeaksPercent)
	if band := from.DeadBand; band != nil {
		percent(&d.DeadBandUp, band.ScaleUpPercent)
		percent(&d.DeadBandDown, band.ScaleDownPercent)
	}
	if from.HuntingGuard != nil && from.HuntingGuard.MaxSteps != nil {
		d.GuardSteps = *from.HuntingGuard.MaxSteps
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

// factor sets a number from a quantity, unless the spec has none.
func factor(into *float64, q *v1alpha1.Quantity) {
	if q != nil {
		*into = q.AsApproximateFloat64()
	}
}

// percent sets a share from a percentage, unless the spec has none.
func percent(into *float64, value *int32) {
	if value != nil {
		*into = float64(*value) / 100
	}
}
