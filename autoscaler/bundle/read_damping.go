package bundle

import (
	"k8s.io/apimachinery/pkg/util/validation/field"

	"flyball.dev/flyball/autoscaler/damping"
)

// damping reads what damping remembers, which may be nothing.
func (r *reader) damping(from *dampingMemory, at *field.Path) damping.State {
	if from == nil {
		return damping.State{}
	}
	d := damping.State{
		Time: r.time(from.Time, at.Child("time")), ConfirmedLoad: r.float(from.Trusted, at.Child("trusted")),
		SurgeSince: r.time(from.DoubtedSince, at.Child("doubtedSince")),
		Level:      r.float(from.Level, at.Child("level")), Trend: r.signed(from.Trend, at.Child("trend")),
		Noise: r.float(from.Noise, at.Child("noise")), SquaredShortfall: r.float(from.Missed, at.Child("missed")),
		UnforeseenShare: r.float(from.Unforeseen, at.Child("unforeseen")),
		UsualLoad:       r.float(from.Usual, at.Child("usual")), LogPeakRatio: r.float(from.Peak, at.Child("peak")),
		Direction: from.Direction, Reversals: r.float(from.Reversals, at.Child("reversals")),
		LoadDirection: from.Toward, LoadExtreme: r.float(from.Extreme, at.Child("extreme")), LoadReversals: r.float(from.Swings, at.Child("swings")),
		Replicas:   r.count(from.Replicas, at.Child("replicas")),
		PodSeconds: r.float(from.PodSeconds, at.Child("podSeconds")), HPAPodSeconds: r.float(from.HPAPodSeconds, at.Child("hpaPodSeconds")),
		HPAReplicas:  r.count(from.HPAReplicas, at.Child("hpaReplicas")),
		Requirements: r.needs(from.Needs, at.Child("needs")), HPARequirements: r.needs(from.HPANeeds, at.Child("hpaNeeds")),
	}
	if from.Direction < -1 || from.Direction > 1 {
		r.fault(field.Invalid(at.Child("direction"), from.Direction, "must be 1 after a scale-up, -1 after a scale-down, or 0"))
	}
	if from.Toward < -1 || from.Toward > 1 {
		r.fault(field.Invalid(at.Child("toward"), from.Toward, "must be 1 of a load that rises, -1 of one that falls, or 0"))
	}
	for i, f := range from.Forecasts {
		at := at.Child("forecasts").Index(i)
		d.Forecasts = append(d.Forecasts, damping.Forecast{Load: r.float(f.Load, at.Child("load")), Time: r.instant(f.Time, at.Child("time"))})
	}
	return d
}

func (r *reader) needs(from []pastNeed, at *field.Path) []damping.Requirement {
	var needs []damping.Requirement
	for i, n := range from {
		at := at.Index(i)
		needs = append(needs, damping.Requirement{Replicas: r.float(n.Replicas, at.Child("replicas")), Time: r.instant(n.Time, at.Child("time"))})
	}
	return needs
}
