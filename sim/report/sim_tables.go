package report

import (
	"fmt"
	"time"

	"flyball.dev/flyball/sim"
)

// scoreColumns are the columns of the scores of package sim, and startColumns those of the starts.
var (
	scoreColumns = []Column{
		{"sloViolationSeconds", "SLO violation"},
		{"lateShare", "late"},
		{"podHours", "pod-hours"},
		{"optimalPodHours", "optimal"},
		{"changes", "changes"},
		{"reversals", "reversals"},
		{"flaps", "flaps"},
		{"churn", "churn"},
		{"thetaU", "theta U"},
		{"thetaO", "theta O"},
		{"tauU", "tau U"},
		{"tauO", "tau O"},
	}
	startColumns = []Column{
		{"timeToServeSeconds", "time to serve"},
		{"peakReplicas", "peak replicas"},
		{"peakDemand", "peak demand"},
		{"runaway", "runaway"},
		{"startingPodHours", "starting pod-hours"},
		{"blockedPodHours", "blocked pod-hours"},
		{"wastedPodHours", "wasted pod-hours"},
	}
)

// ScoreTable is an empty table of the scores of package sim.
func ScoreTable() Table { return Table{Title: "Scores", Columns: scoreColumns} }

// StartTable is an empty table of the scores of starts.
func StartTable() Table { return Table{Title: "Starts", Columns: startColumns} }

// ScoreRow is a row of a ScoreTable.
func ScoreRow(name string, s *sim.Scores) Row {
	share := func(x float64) Cell { return Number(x, fmt.Sprintf("%.2f", x)) }
	return Row{name, []Cell{
		length(s.SLOViolationSeconds), Number(s.LateShare, fmt.Sprintf("%.3f %%", 100*s.LateShare)),
		hours(s.PodHours), hours(s.OptimalPodHours), whole(s.Changes), whole(s.Reversals), whole(s.Flaps), whole(s.Churn),
		share(s.ThetaU), share(s.ThetaO), share(s.TauU), share(s.TauO),
	}}
}

// StartRow is a row of a StartTable.
func StartRow(name string, s *sim.StartScores) Row {
	return Row{name, []Cell{
		length(s.TimeToServeSeconds), whole(s.PeakReplicas), whole(s.PeakDemand), Number(s.Runaway, fmt.Sprintf("%.0f %%", s.Runaway)),
		hours(s.StartingPodHours), hours(s.BlockedPodHours), hours(s.WastedPodHours),
	}}
}

func length(seconds float64) Cell {
	return Number(seconds, (time.Duration(seconds) * time.Second).String())
}

func hours(x float64) Cell { return Number(x, fmt.Sprintf("%.1f", x)) }

func whole[N int | int32 | int64](n N) Cell { return Number(float64(n), fmt.Sprint(n)) }
