package bundle

import "flyball.dev/flyball/autoscaler/damping"

// writeDamping writes the state of damping; nil for none.
func writeDamping(from *damping.State) *dampingMemory {
	if from.Time.IsZero() {
		return nil
	}
	d := &dampingMemory{
		Time: writeTime(from.Time), Trusted: writeFloat(from.ConfirmedLoad), DoubtedSince: writeTime(from.SurgeSince),
		Level: writeFloat(from.Level), Trend: writeFloat(from.Trend), Noise: writeFloat(from.Noise), Missed: writeFloat(from.SquaredShortfall),
		Unforeseen: writeFloat(from.UnforeseenShare), Usual: writeFloat(from.UsualLoad), Peak: writeFloat(from.LogPeakRatio),
		Direction: from.Direction, Reversals: writeFloat(from.Reversals),
		Toward: from.LoadDirection, Extreme: writeFloat(from.LoadExtreme), Swings: writeFloat(from.LoadReversals), Replicas: from.Replicas,
		PodSeconds: writeFloat(from.PodSeconds), HPAPodSeconds: writeFloat(from.HPAPodSeconds), HPAReplicas: from.HPAReplicas,
		Needs: writeNeeds(from.Requirements), HPANeeds: writeNeeds(from.HPARequirements), HPACounts: writeNeeds(from.HPACounts),
		Counts: writeNeeds(from.Counts), Daily: writeFloat(from.DailyLoad), LaterSeconds: writeFloat(from.LaterSeconds),
		Compared: writeFloat(from.ComparedSeconds), Backlog: writeFloat(from.Backlog), HPABacklog: writeFloat(from.HPABacklog),
		CostLimited: from.CostLimited,
	}
	for _, f := range from.Forecasts {
		d.Forecasts = append(d.Forecasts, forecastLoad{Load: writeFloat(f.Load), Time: writeTime(f.Time)})
	}
	return d
}

func writeNeeds(from []damping.Requirement) []pastNeed {
	var needs []pastNeed
	for _, n := range from {
		needs = append(needs, pastNeed{Replicas: writeFloat(n.Replicas), Time: writeTime(n.Time)})
	}
	return needs
}
