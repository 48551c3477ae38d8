package backtest

import (
	"fmt"

	simreport "flyball.dev/flyball/sim/report"
)

// scoreColumns are the columns of the scores, by the keys of the JSON.
var scoreColumns = []simreport.Column{
	{Key: "shortageMinutes", Title: "shortage"},
	{Key: "worstHour.missingPodMinutes", Title: "worst hour"},
	{Key: "podHours", Title: "pod-hours"},
	{Key: "cost", Title: "cost"},
	{Key: "changes", Title: "changes"},
	{Key: "reversals", Title: "reversals"},
	{Key: "peakReplicas", Title: "peak"},
	{Key: "meanReplicas", Title: "mean"},
}

// cells are the scores as text, with their exact values.
func (s *result) cells() []simreport.Cell {
	worst, cost := simreport.Cell{Text: "-"}, simreport.Cell{Text: "-"}
	if h := s.WorstHour; h != nil {
		worst = simreport.Number(h.MissingPodMinutes, fmt.Sprintf("%s, %.0f pod-min", h.Start.UTC().Format("01-02 15:00"), h.MissingPodMinutes))
	}
	if s.Cost != nil {
		cost = simreport.Number(*s.Cost, fmt.Sprintf("%.2f", *s.Cost))
	}
	return []simreport.Cell{
		simreport.Number(s.ShortageMinutes, minutes(s.ShortageMinutes)), worst,
		simreport.Number(s.PodHours, fmt.Sprintf("%.1f", s.PodHours)), cost,
		simreport.Number(float64(s.Changes), fmt.Sprint(s.Changes)), simreport.Number(float64(s.Reversals), fmt.Sprint(s.Reversals)),
		simreport.Number(float64(s.PeakReplicas), fmt.Sprint(s.PeakReplicas)), simreport.Number(s.MeanReplicas, fmt.Sprintf("%.1f", s.MeanReplicas)),
	}
}
