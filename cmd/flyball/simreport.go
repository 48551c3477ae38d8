package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"flyball.dev/flyball/sim"
	simreport "flyball.dev/flyball/sim/report"
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
	sim.Scores
	contender *contender
}

// html is the report as a page.
func (r *simReport) html(out io.Writer) error {
	shown := simreport.Page{
		Title: "Policies over " + filepath.Base(r.Trace),
		Facts: []string{fmt.Sprintf("The rates of the trace are multiplied by %g.", r.Factor), fmt.Sprintf("The seed is %d.", r.Seed)},
	}
	for i := range r.Results {
		result := &r.Results[i]
		c := simreport.Run{Name: result.Policy, Scores: result.Scores, Recorder: result.contender.recorder}
		if spec := result.contender.spec; spec != nil {
			c.Windows = spec.Windows
		}
		shown.Runs = append(shown.Runs, c)
	}
	return shown.HTML(out)
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
