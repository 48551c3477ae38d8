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
		At: r.time(from.Time, at.Child("time")), Trusted: r.float(from.Trusted, at.Child("trusted")),
		DoubtedSince: r.time(from.DoubtedSince, at.Child("doubtedSince")),
		Level:        r.float(from.Level, at.Child("level")), Trend: r.signed(from.Trend, at.Child("trend")),
		Noise: r.float(from.Noise, at.Child("noise")), Missed: r.float(from.Missed, at.Child("missed")),
		Unforeseen: r.float(from.Unforeseen, at.Child("unforeseen")),
		Usual:      r.float(from.Usual, at.Child("usual")), Peak: r.float(from.Peak, at.Child("peak")),
		Direction: from.Direction, Reversals: r.float(from.Reversals, at.Child("reversals")),
		Toward: from.Toward, Extreme: r.float(from.Extreme, at.Child("extreme")), Swings: r.float(from.Swings, at.Child("swings")),
		Last: r.count(from.Replicas, at.Child("replicas")),
		Own:  r.float(from.PodSeconds, at.Child("podSeconds")), Plain: r.float(from.HPAPodSeconds, at.Child("hpaPodSeconds")),
		PlainReplicas: r.count(from.HPAReplicas, at.Child("hpaReplicas")),
		Needs:         r.needs(from.Needs, at.Child("needs")), PlainNeeds: r.needs(from.HPANeeds, at.Child("hpaNeeds")),
	}
	if from.Direction < -1 || from.Direction > 1 {
		r.fault(field.Invalid(at.Child("direction"), from.Direction, "must be 1 after a scale-up, -1 after a scale-down, or 0"))
	}
	if from.Toward < -1 || from.Toward > 1 {
		r.fault(field.Invalid(at.Child("toward"), from.Toward, "must be 1 of a load that rises, -1 of one that falls, or 0"))
	}
	for i, f := range from.Forecasts {
		at := at.Child("forecasts").Index(i)
		d.Forecasts = append(d.Forecasts, damping.Forecast{Load: r.float(f.Load, at.Child("load")), At: r.instant(f.Time, at.Child("time"))})
	}
	return d
}

func (r *reader) needs(from []pastNeed, at *field.Path) []damping.Need {
	var needs []damping.Need
	for i, n := range from {
		at := at.Index(i)
		needs = append(needs, damping.Need{Replicas: r.float(n.Replicas, at.Child("replicas")), At: r.instant(n.Time, at.Child("time"))})
	}
	return needs
}
