package backtest

import (
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"flyball.dev/flyball/sim/backtest"
	"flyball.dev/flyball/sim/history"
	simreport "flyball.dev/flyball/sim/report"
)

// html writes the report as a page with plots.
func (r *report) html(out io.Writer) error {
	page := simreport.Page{
		Title: fmt.Sprintf("%s %s, %s to %s", r.Kind, r.Autoscaler, day(r.From), day(r.To)), Unit: "pods at full use",
		Verdict: r.verdict(), Alarming: r.Grade != nil && !r.Grade.Trusted, Facts: r.facts(), Manifest: r.Manifest,
	}
	scores := simreport.Table{Title: "Scores", Columns: scoreColumns}
	for i := range r.Results {
		scores.Rows = append(scores.Rows, simreport.Row{Name: r.Results[i].Policy, Cells: r.Results[i].cells()})
	}
	page.Tables = append(page.Tables, scores)
	if r.Tuning != nil {
		page.Tables, page.Frontier = append(page.Tables, r.Tuning.table()), r.Tuning.plot()
		page.Facts = append([]string{r.Tuning.verdict() + "."}, page.Facts...)
	}
	if r.recorded != nil {
		page.Runs = append(page.Runs, simreport.Run{Name: recordedName, Recorder: r.recorded})
	}
	for _, one := range r.runs {
		page.Runs = append(page.Runs, simreport.Run{
			Name: one.candidate.name, Windows: one.candidate.spec.Windows, Recorder: one.recorder,
			Fast: points(&one.fast.Ready), Slow: points(&one.slow.Ready),
		})
	}
	return page.HTML(out)
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

// facts are the deviations and the assumptions, as sentences.
func (r *report) facts() []string {
	var facts []string
	if r.Grade != nil {
		for _, d := range r.Grade.Deviations {
			facts = append(facts, fmt.Sprintf("From %s to %s the replay differs by %+.0f. Likely cause: %s.", day(d.From), day(d.To), d.WorstError, d.Cause))
		}
	}
	for _, a := range r.Assumptions {
		facts = append(facts, strings.ToUpper(a[:1])+a[1:]+".")
	}
	return facts
}

// points of a series; none from its first unknown value on.
func points(s *history.Series) []simreport.Point {
	var all []simreport.Point
	for i, value := range s.Values {
		if math.IsNaN(value) {
			break
		}
		all = append(all, simreport.Point{X: (time.Duration(i) * s.Step).Seconds(), Y: value})
	}
	return all
}

// newRecorder returns a recorder for the plots of a history; nil without plots.
func (q *question) newRecorder(h *backtest.History) *simreport.Recorder {
	if !q.plots {
		return nil
	}
	return simreport.NewRecorder(h.Begin, h.Length)
}

// addRecorded adds what was recorded to plots. An unknown value is a gap.
func addRecorded(to *simreport.Recorder, h *backtest.History) {
	for elapsed := time.Duration(0); elapsed < h.Length; elapsed += h.Step {
		instant := h.Begin.Add(elapsed)
		demand, isKnown := h.Demand(instant)
		if !isKnown {
			demand = math.NaN()
		}
		replicas, _ := h.Replicas.At(instant)
		ready, _ := h.Ready.At(instant)
		to.AddRecorded(elapsed, demand, replicas, ready)
	}
}
