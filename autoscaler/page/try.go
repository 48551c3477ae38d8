package page

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/summary"
	"flyball.dev/flyball/autoscaler/trial"
	"flyball.dev/flyball/sim/backtest"
)

// try is the form of a change, and the result of its replay. It is an answer to a GET: nothing is written.
type try struct {
	// Target is the value of the field, empty without one; Profile and Price are those of the reader.
	Target, Price string
	Profile       v1alpha1.DampingProfile
	Profiles      []v1alpha1.DampingProfile
	// Problem is the reason of a missing result; empty for none. Words are about the history.
	Problem, Words string
	Rows           []tryRow
	Difference     []trial.Line
}

// tryRow has the scores of one run.
type tryRow struct {
	Name, PodHours, Mean, Shortage, Cost string
	Peak                                 int32
	Changes                              int
}

// newTry returns nil for an object without a spec. It replays where the address has a change.
func (p *page) newTry(d *summary.Detail, r *http.Request, now time.Time) *try {
	if d.Autoscaler == nil {
		return nil
	}
	own := trial.TargetOf(d.Autoscaler)
	t := &try{Target: own, Price: r.FormValue("price"), Profile: v1alpha1.DampingProfile(r.FormValue("profile")), Profiles: trial.Profiles}
	change := trial.Change{Profile: t.Profile}
	if target := r.FormValue("target"); target != "" {
		t.Target = target
		if target != own {
			change.Target = target
		}
	}
	if change == (trial.Change{}) {
		return t
	}
	price, _ := strconv.ParseFloat(t.Price, 64) // 0, which is no price, for no number
	result, err := trial.Run(d.Autoscaler, p.Defaults, d.Points, now, change, price)
	if err != nil {
		t.Problem = err.Error()
		return t
	}
	t.Words, t.Difference = result.String(), result.Difference
	t.Rows = []tryRow{
		rowOfScores("recorded", &result.Recorded), rowOfScores("current settings, replayed", &result.Own), rowOfScores("changed settings, replayed", &result.Changed),
	}
	return t
}

func rowOfScores(name string, s *backtest.Scores) tryRow {
	row := tryRow{
		Name: name, PodHours: fmt.Sprintf("%.2f", s.PodHours), Mean: fmt.Sprintf("%.1f", s.MeanReplicas), Shortage: fmt.Sprintf("%.1f", s.ShortageMinutes),
		Peak: s.PeakReplicas, Changes: s.Changes,
	}
	if s.Cost != nil {
		row.Cost = fmt.Sprintf("%.4g", *s.Cost)
	}
	return row
}
