package bundle

import "flyball.dev/flyball/autoscaler/damping"

// writeDamping writes what damping remembers; nil where that is nothing.
func writeDamping(from *damping.State) *dampingMemory {
	if from.At.IsZero() {
		return nil
	}
	d := &dampingMemory{
		Time: writeTime(from.At), Trusted: writeFloat(from.Trusted), DoubtedSince: writeTime(from.DoubtedSince),
		Level: writeFloat(from.Level), Trend: writeFloat(from.Trend), Noise: writeFloat(from.Noise), Missed: writeFloat(from.Missed),
		Unforeseen: writeFloat(from.Unforeseen), Usual: writeFloat(from.Usual), Peak: writeFloat(from.Peak),
		Direction: from.Direction, Reversals: writeFloat(from.Reversals),
		Toward: from.Toward, Extreme: writeFloat(from.Extreme), Swings: writeFloat(from.Swings), Replicas: from.Last,
		PodSeconds: writeFloat(from.Own), HPAPodSeconds: writeFloat(from.Plain), HPAReplicas: from.PlainReplicas,
		Needs: writeNeeds(from.Needs), HPANeeds: writeNeeds(from.PlainNeeds),
	}
	for _, f := range from.Forecasts {
		d.Forecasts = append(d.Forecasts, forecastLoad{Load: writeFloat(f.Load), Time: writeTime(f.At)})
	}
	return d
}

func writeNeeds(from []damping.Need) []pastNeed {
	var needs []pastNeed
	for _, n := range from {
		needs = append(needs, pastNeed{Replicas: writeFloat(n.Replicas), Time: writeTime(n.At)})
	}
	return needs
}
