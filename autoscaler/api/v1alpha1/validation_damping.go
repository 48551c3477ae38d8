package v1alpha1

import (
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

const (
	mostFactor    = 10             // of staffing and safety
	mostSurge     = 100            // a larger limit would never apply
	mostHold      = 24 * time.Hour // of hold and forecast horizon
	mostCostTime  = 7 * 24 * time.Hour
	leastCostTime = 10 * time.Minute
)

func (d *Damping) validate(path *field.Path) field.ErrorList {
	if d == nil {
		return nil
	}
	var errs field.ErrorList
	profiles := []DampingProfile{DampingResponsive, DampingBalanced, DampingThrifty, DampingSteady, DampingNone}
	if d.Profile != "" && !slices.Contains(profiles, d.Profile) {
		errs = append(errs, field.NotSupported(path.Child("profile"), d.Profile, profiles))
	}
	errs = append(errs, validateTime(d.ForecastHorizon, mostHold, path.Child("forecastHorizon"))...)
	errs = append(errs, validateTime(d.Hold, mostHold, path.Child("hold"))...)
	errs = append(errs, d.Advanced.validate(path.Child("advanced"))...)
	return append(errs, d.CostBound.validate(path.Child("costBound"))...)
}

func (a *AdvancedDamping) validate(path *field.Path) field.ErrorList {
	if a == nil {
		return nil
	}
	errs := validateSurge(a.SurgeLimit, path.Child("surgeLimit"))
	errs = append(errs, validateUpTo(a.HeadroomPercent, 100, path.Child("headroomPercent"))...)
	errs = append(errs, validateFactor(a.Staffing, path.Child("staffing"))...)
	errs = append(errs, validateFactor(a.Safety, path.Child("safety"))...)
	errs = append(errs, validateUpTo(a.PeaksPercent, 99, path.Child("peaksPercent"))...)
	if a.DeadBand != nil {
		errs = append(errs, validateUpTo(a.DeadBand.ScaleUpPercent, 100, path.Child("deadBand", "scaleUpPercent"))...)
		errs = append(errs, validateUpTo(a.DeadBand.ScaleDownPercent, 100, path.Child("deadBand", "scaleDownPercent"))...)
	}
	if a.HuntingGuard != nil {
		errs = append(errs, validateUpTo(a.HuntingGuard.MaxSteps, 8, path.Child("huntingGuard", "maxSteps"))...)
	}
	return errs
}

func (b *CostBound) validate(path *field.Path) field.ErrorList {
	if b == nil {
		return nil
	}
	errs := validateRange(b.OverHPAPercent, 1, 1000, path.Child("overHPAPercent"))
	errs = append(errs, validateTime(b.Window, mostCostTime, path.Child("window"))...)
	if window, err := b.Window.Parse(0); len(errs) == 0 && err == nil && window > 0 && window < leastCostTime {
		errs = append(errs, field.Invalid(path.Child("window"), string(*b.Window), fmt.Sprintf("must be 0s, which turns the bound off, or at least %s", leastCostTime)))
	}
	return errs
}

func validateTime(d *Duration, most time.Duration, path *field.Path) field.ErrorList {
	if errs := d.validate(path); len(errs) > 0 {
		return errs
	}
	if parsed, err := d.Parse(0); err == nil && parsed > most {
		return field.ErrorList{field.Invalid(path, string(*d), fmt.Sprintf("must be at most %s", most))}
	}
	return nil
}

func validateUpTo(value *int32, most int32, path *field.Path) field.ErrorList {
	if value == nil {
		return nil
	}
	return validateRange(*value, 0, most, path)
}

// validateSurge requires a limit that admits a constant load.
func validateSurge(q *Quantity, path *field.Path) field.ErrorList {
	if q == nil || q.IsZero() {
		return nil
	}
	if x := q.AsApproximateFloat64(); !(x >= 1 && x <= mostSurge) {
		return field.ErrorList{field.Invalid(path, q.String(), fmt.Sprintf("must be 0, which turns the limit off, or from 1 to %d", mostSurge))}
	}
	return nil
}

// validateFactor requires a number from 0 to 10. It does not compare quantities: comparing 1e99999999 takes minutes.
func validateFactor(q *Quantity, path *field.Path) field.ErrorList {
	if q == nil {
		return nil
	}
	if x := q.AsApproximateFloat64(); !(x >= 0 && x <= mostFactor) {
		return field.ErrorList{field.Invalid(path, q.String(), fmt.Sprintf("must be from 0 to %d", mostFactor))}
	}
	return nil
}
