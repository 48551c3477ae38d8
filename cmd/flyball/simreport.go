package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"flyball.dev/flyball/sim/score"
)

// simReport is what sim answers.
type simReport struct {
	Trace string `json:"trace"`
	Seed  uint64 `json:"seed"`
	// Factor is what the rates of the trace were multiplied by.
	Factor  float64     `json:"factor"`
	Results []simResult `json:"results"`
}

// simResult is what one policy has made of the trace.
type simResult struct {
	Policy string `json:"policy"`
	score.Scores
}

// page is the report for people: a line for each policy.
func (r *simReport) page() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "POLICY\tSLO VIOLATION\tLATE\tPOD-HOURS\tOPTIMAL\tCHANGES\tREVERSALS\tCHURN\tTHETA U\tTHETA O\tTAU U\tTAU O")
	for i := range r.Results {
		s := &r.Results[i]
		_, _ = fmt.Fprintf(w, "%s\t%s\t%.3f%%\t%.1f\t%.1f\t%d\t%d\t%d\t%.2f\t%.2f\t%.2f\t%.2f\n", s.Policy,
			time.Duration(s.SLOViolationSeconds)*time.Second, 100*s.LateShare, s.PodHours, s.OptimalPodHours,
			s.Changes, s.Reversals, s.Churn, s.ThetaU, s.ThetaO, s.TauU, s.TauO)
	}
	_ = w.Flush() // a strings.Builder takes everything
	return b.String()
}
