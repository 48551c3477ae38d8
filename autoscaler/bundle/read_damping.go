package bundle

import (
	"k8s.io/apimachinery/pkg/util/validation/field"

	"flyball.dev/flyball/autoscaler/damping"
)

// damping reads the state of damping, which may be nil.
func (r *reader) damping(from *dampingMemory, path *field.Path) damping.State {
	if from == nil {
		return damping.State{}
	}
	d := damping.State{
		Time: r.time(from.Time, path.Child("time")), ConfirmedLoad: r.float(from.Trusted, path.Child("trusted")),
		SurgeSince: r.time(from.DoubtedSince, path.Child("doubtedSince")),
		Level:      r.float(from.Level, path.Child("level")), Trend: r.signed(from.Trend, path.Child("trend")),
		Noise: r.float(from.Noise, path.Child("noise")), SquaredShortfall: r.float(from.Missed, path.Child("missed")),
		UnforeseenShare: r.float(from.Unforeseen, path.Child("unforeseen")),
		UsualLoad:       r.float(from.Usual, path.Child("usual")), LogPeakRatio: r.float(from.Peak, path.Child("peak")),
		Direction: from.Direction, Reversals: r.float(from.Reversals, path.Child("reversals")),
		LoadDirection: from.Toward, LoadExtreme: r.float(from.Extreme, path.Child("extreme")), LoadReversals: r.float(from.Swings, path.Child("swings")),
		Replicas:   r.count(from.Replicas, path.Child("replicas")),
		PodSeconds: r.float(from.PodSeconds, path.Child("podSeconds")), HPAPodSeconds: r.float(from.HPAPodSeconds, path.Child("hpaPodSeconds")),
		HPAReplicas:  r.count(from.HPAReplicas, path.Child("hpaReplicas")),
		Requirements: r.needs(from.Needs, path.Child("needs")), HPARequirements: r.needs(from.HPANeeds, path.Child("hpaNeeds")),
		HPACounts: r.needs(from.HPACounts, path.Child("hpaCounts")), Counts: r.needs(from.Counts, path.Child("counts")),
		DailyLoad:    r.float(from.Daily, path.Child("daily")),
		LaterSeconds: r.signed(from.LaterSeconds, path.Child("laterSeconds")), ComparedSeconds: r.float(from.Compared, path.Child("comparedSeconds")),
		Backlog: r.float(from.Backlog, path.Child("backlog")), HPABacklog: r.float(from.HPABacklog, path.Child("hpaBacklog")),
		CostLimited: from.CostLimited,
	}
	if from.Direction < -1 || from.Direction > 1 {
		r.fault(field.Invalid(path.Child("direction"), from.Direction, "must be 1 after a scale-up, -1 after a scale-down, or 0"))
	}
	if from.Toward < -1 || from.Toward > 1 {
		r.fault(field.Invalid(path.Child("toward"), from.Toward, "must be 1 of a load that rises, -1 of one that falls, or 0"))
	}
	for i, f := range from.Forecasts {
		path := path.Child("forecasts").Index(i)
		d.Forecasts = append(d.Forecasts, damping.Forecast{Load: r.float(f.Load, path.Child("load")), Time: r.instant(f.Time, path.Child("time"))})
	}
	return d
}

func (r *reader) needs(from []pastNeed, path *field.Path) []damping.Requirement {
	var needs []damping.Requirement
	for i, n := range from {
		path := path.Index(i)
		needs = append(needs, damping.Requirement{Replicas: r.float(n.Replicas, path.Child("replicas")), Time: r.instant(n.Time, path.Child("time"))})
	}
	return needs
}
