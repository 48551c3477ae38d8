package report

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/schedule"
	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/peers"
	"flyball.dev/flyball/sim/plant"
)

var monday = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// TestHTML: the page has every policy with its plots, windows and steps, needs no other file, and takes no name for HTML.
func TestHTML(t *testing.T) {
	window, err := schedule.Compile("morning", schedule.Timing{Start: "0 8 * * *", Duration: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	r := Page{Title: "Policies over <load>.csv", Unit: "units/s", Manifest: "a: <b>", Verdict: "Graded", Facts: []string{"The seed is 1."}}
	for _, name := range []string{"hpa", "<b>ours</b>"} {
		r.Runs = append(r.Runs, Run{Name: name, Windows: []schedule.Window{window}, Recorder: run(t), Fast: []Point{{0, 3}, {86400, 4}}, Slow: []Point{{0, 2}, {86400, 5}}})
	}
	html := written(t, &r)
	if html != written(t, &r) {
		t.Error("once more it is another page")
	}
	for _, part := range []string{
		"Policies over &lt;load&gt;.csv", "The seed is 1.", "<h2>hpa</h2>", "<h2>&lt;b&gt;ours&lt;/b&gt;</h2>",
		"<pre tabindex=\"0\">a: &lt;b&gt;</pre>", ">ready, starts from p10 to p90<", "Metric 3 → 3: rate: ", ">window open<", ">capacity of ready pods<", ">desired<", "<th scope=\"row\">Metric</th>", "5760 decisions.", "prefers-color-scheme: dark",
	} {
		if !strings.Contains(html, part) {
			t.Errorf("there is no %s in the page", part)
		}
	}
	if n := strings.Count(html, "<svg"); n != 3 {
		t.Errorf("there are %d pictures", n)
	}
	if found := regexp.MustCompile(`(src|href|url)\s*[=(]|https?://[^w]|<b>`).FindString(html); found != "" {
		t.Errorf("the page has %s in it", found)
	}
	if n := strings.Count(html, "<script"); n != 3 {
		t.Errorf("the page has %d scripts, want its own and the decisions of two policies", n)
	}
	if len(html) > 1<<20 {
		t.Errorf("the page has %d bytes", len(html))
	}
}

// run is a day of upstream's controller.
func run(t *testing.T) *Recorder {
	t.Helper()
	spec := peers.HPA(peers.Goal{Metric: peers.Rate, Busy: 0.7, PodRate: 10, Min: 2, Max: 50})
	s, err := sim.New(sim.Config{
		Policy: &sim.Engine{Spec: spec},
		Plant:  plant.Defaults(), Load: load.Diurnal(20, 200, 24*time.Hour), Begin: monday, Replicas: 3, Seed: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	r := NewRecorder(monday, 24*time.Hour)
	r.Explain(spec)
	s.Run(24*time.Hour, r.Add)
	return r
}

func written(t *testing.T, r *Page) string {
	t.Helper()
	var b strings.Builder
	if err := r.HTML(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestCounts: a step is counted, and whether it changed the number.
func TestCounts(t *testing.T) {
	r := NewRecorder(monday, time.Hour)
	for i := range 3 {
		r.Add(&sim.Step{Decision: &engine.Decision{Steps: []engine.Step{
			{Kind: engine.StepBounds, From: 5, To: int32(4 + i)}, {Kind: engine.StepCurrent, From: 2, To: 2},
		}}})
	}
	r.Add(&sim.Step{})
	want := []StepCount{{"Current", 3, 0}, {"Bounds", 3, 2}}
	if diff := cmp.Diff(want, r.counts()); diff != "" || r.ticks != 3 {
		t.Errorf("%d ticks, (-want +got):\n%s", r.ticks, diff)
	}
}

// TestBands: what is open at the beginning counts, and so does what overlaps; what is near is one.
func TestBands(t *testing.T) {
	compile := func(start string, duration time.Duration) schedule.Window {
		w, err := schedule.Compile("w", schedule.Timing{Start: start, Duration: duration})
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	windows := []schedule.Window{compile("0 22 * * *", 4*time.Hour), compile("0 8 * * *", time.Hour), compile("0 9 * * *", time.Hour)}
	want := []Band{{From: -7200, To: 7200}, {From: 8 * 3600, To: 10 * 3600}, {From: 22 * 3600, To: 26 * 3600}}
	if diff := cmp.Diff(want, bands(windows, monday, 24*time.Hour)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
