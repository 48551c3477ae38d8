package sim

import (
	"fmt"
	"io"
	"path/filepath"
	"time"

	"flyball.dev/flyball/cmd/flyball/internal/output"
	"flyball.dev/flyball/sim"
	simreport "flyball.dev/flyball/sim/report"
)

// report is the answer of flyball sim.
type report struct {
	Trace string `json:"trace"`
	Seed  uint64 `json:"seed"`
	// Factor by which the rates of the trace are multiplied.
	Factor  float64  `json:"factor"`
	Results []result `json:"results"`
	// starts states that the results have the scores of --starts.
	starts bool
}

// result has the scores of one policy.
type result struct {
	Policy string `json:"policy"`
	sim.Scores
	// Starts has the scores of --starts; nil without it.
	Starts    *sim.StartScores `json:"starts,omitempty"`
	contender *contender
}

// html writes the report as a page with plots.
func (r *report) html(out io.Writer) error {
	page := simreport.Page{
		Title: "Policies over " + filepath.Base(r.Trace), Unit: "units/s",
		Facts: []string{fmt.Sprintf("The rates of the trace are multiplied by %g.", r.Factor), fmt.Sprintf("The seed is %d.", r.Seed)},
	}
	scores, starts := simreport.ScoreTable(), simreport.StartTable()
	for i := range r.Results {
		one := &r.Results[i]
		c := simreport.Run{Name: one.Policy, Recorder: one.contender.recorder}
		if spec := one.contender.spec; spec != nil {
			c.Windows = spec.Windows
		}
		page.Runs = append(page.Runs, c)
		scores.Rows = append(scores.Rows, simreport.ScoreRow(one.Policy, &one.Scores))
		if one.Starts != nil {
			starts.Rows = append(starts.Rows, simreport.StartRow(one.Policy, one.Starts))
		}
	}
	if page.Tables = []simreport.Table{scores}; r.starts {
		page.Tables = append(page.Tables, starts)
	}
	return page.HTML(out)
}

// page is the report as a table with a row for each policy.
func (r *report) page() string {
	columns := []string{
		"POLICY", "SLO VIOLATION", "LATE", "POD-HOURS", "OPTIMAL", "CHANGES", "REVERSALS", "CHURN", "THETA U", "THETA O", "TAU U", "TAU O",
	}
	var rows [][]any
	for i := range r.Results {
		s := &r.Results[i]
		rows = append(rows, []any{
			s.Policy, (time.Duration(s.SLOViolationSeconds) * time.Second).String(), fmt.Sprintf("%.3f%%", 100*s.LateShare),
			fmt.Sprintf("%.1f", s.PodHours), fmt.Sprintf("%.1f", s.OptimalPodHours), s.Changes, s.Reversals, s.Churn,
			fmt.Sprintf("%.2f", s.ThetaU), fmt.Sprintf("%.2f", s.ThetaO), fmt.Sprintf("%.2f", s.TauU), fmt.Sprintf("%.2f", s.TauO),
		})
	}
	return output.Table(columns, rows) + r.startsTable()
}

// startsTable is a table of the scores of --starts; empty without the flag.
func (r *report) startsTable() string {
	if !r.starts {
		return ""
	}
	columns := []string{"POLICY", "TIME TO SERVE", "PEAK REPLICAS", "PEAK DEMAND", "RUNAWAY", "STARTING POD-HOURS", "BLOCKED", "WASTED"}
	var rows [][]any
	for i := range r.Results {
		s := r.Results[i].Starts
		rows = append(rows, []any{
			r.Results[i].Policy, (time.Duration(s.TimeToServeSeconds) * time.Second).String(), s.PeakReplicas, s.PeakDemand,
			fmt.Sprintf("%.0f%%", s.Runaway), fmt.Sprintf("%.1f", s.StartingPodHours), fmt.Sprintf("%.1f", s.BlockedPodHours),
			fmt.Sprintf("%.1f", s.WastedPodHours),
		})
	}
	return "\n" + output.Table(columns, rows)
}
