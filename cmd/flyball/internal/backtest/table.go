package backtest

import (
	"fmt"
	"math"
	"strings"
	"time"

	"flyball.dev/flyball/cmd/flyball/internal/output"
)

// page is the report as text.
func (r *report) page() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s, %s to %s\n\n", r.Kind, r.Autoscaler, r.From.UTC().Format(time.RFC3339), r.To.UTC().Format(time.RFC3339))
	b.WriteString(r.verdict() + "\n\n")
	b.WriteString(r.scoreTable())
	if r.Grade != nil && len(r.Grade.Deviations) > 0 {
		b.WriteString("\n" + r.deviationTable())
	}
	if r.Tuning != nil {
		b.WriteString("\n" + r.Tuning.page())
	}
	b.WriteString("\nAssumptions\n")
	for _, a := range r.Assumptions {
		b.WriteString("  " + a + "\n")
	}
	return b.String()
}

// verdict is the grade in a sentence.
func (r *report) verdict() string {
	g := r.Grade
	switch {
	case g == nil:
		return "Not graded: no replicas were recorded, so nothing shows how far to trust the result"
	case !g.Trusted:
		return "DO NOT TRUST THE RESULT: " + g.Reason
	default:
		return fmt.Sprintf("Graded: the replay of %s is off by %.1f%% in the mean (limit %g%%, or half a replica) and by at most %.0f replicas, at %s",
			r.GradedPolicy, g.MeanErrorPercent, g.LimitPercent, g.WorstError, g.WorstAt.UTC().Format(time.RFC3339))
	}
}

func (r *report) scoreTable() string {
	columns := []string{"POLICY", "SHORTAGE", "WORST HOUR", "POD-HOURS", "COST", "CHANGES", "REVERSALS", "PEAK", "MEAN"}
	var rows [][]any
	for i := range r.Results {
		s := &r.Results[i]
		row := []any{s.Policy}
		for _, c := range s.cells() {
			row = append(row, c.Text)
		}
		rows = append(rows, row)
	}
	return output.Table(columns, rows)
}

func (r *report) deviationTable() string {
	columns := []string{"DIFFERS FROM", "TO", "BY", "LIKELY CAUSE"}
	var rows [][]any
	for _, d := range r.Grade.Deviations {
		rows = append(rows, []any{d.From.UTC().Format(time.RFC3339), d.To.UTC().Format(time.RFC3339), fmt.Sprintf("%+.0f", d.WorstError), d.Cause})
	}
	return output.Table(columns, rows)
}

// minutes formats a time.
func minutes(m float64) string {
	return (time.Duration(math.Round(60*m)) * time.Second).String()
}
