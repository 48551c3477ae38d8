package scale

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sampleReport has what can be missing, too.
func sampleReport() *Report {
	o := NewOptions()
	r := newReport(&o)
	r.Skipped = []string{"second: SECOND_ADAPTER names no binary"}
	b := &bench{Options: &o, setting: o.settings()[0]}
	begin := time.Now()
	readAfter := func(seconds float64, r reading) *reading {
		r.time = begin.Add(time.Duration(seconds * float64(time.Second)))
		// The counters of the API server are read 2 seconds after the CPU.
		r.requestsRead, r.queriesRead, r.evaluationsRead = r.time.Add(2*time.Second), r.time, r.time
		return &r
	}
	idle := newSpan(
		readAfter(0, reading{}),
		readAfter(60, reading{usage: map[string]Usage{"etcd": {CPUSeconds: 6}}, requests: map[Request]float64{{"PUT", "leases", "status"}: 60}}))
	end := readAfter(60, reading{
		usage: map[string]Usage{"etcd": {CPUSeconds: 12, RSS: 100}, exporterName: {CPUSeconds: 99}}, busy: 111,
		requests: map[Request]float64{{"PUT", "leases", "status"}: 61, {"GET", "deployments", "scale"}: 600},
		queries:  8, evaluations: 630, late: map[float64]float64{0.1: 60, 1: 99, 10: 100},
	})
	end.evaluationsRead = end.time.Add(3 * time.Second)
	busy := newSpan(readAfter(0, reading{}), end)
	r.Results = []*Result{
		{
			Arm: "direct", Title: "Flyball, direct", Autoscalers: 100, Period: "15s", Load: Constant, Cost: b.cost(idle, busy), Created: &Created{100, 99, 2.5},
			Step: &Step{Deployments: 4, Missing: 1, Seconds: []float64{1, 2, 3}}, FrozenStep: &Step{Deployments: 4, Seconds: []float64{1, 2, 3, 4}},
		},
		{Arm: "direct", Title: "Flyball, direct", Autoscalers: 1000, Period: "15s", Load: Constant, Cost: b.cost(idle, busy), Created: &Created{1000, 1000, 3}},
		{Arm: "hpa", Title: "HPA, Flyball's adapter", Autoscalers: 1000, Period: "15s", Load: Constant},
	}
	return r
}

// TestCostIsAboveIdle: 6 CPU seconds above idle for 600 evaluations are 10 ms each; the exporter's do not count. Of 630 evaluations
// in 63 seconds 600 are within the span.
func TestCostIsAboveIdle(t *testing.T) {
	c := sampleReport().Results[0].Cost
	if c.CPUPerEvaluation != 10 || c.Cores != 0.1 || c.EvaluationsPerSecond != 10 || c.QueriesPerPeriod != 2 {
		t.Errorf("%+v", c)
	}
	if diff := cmp.Diff(map[string]float64{"GET deployments/scale": 1}, c.RequestsPerEvaluation); diff != "" {
		t.Errorf("the lease is noise: %s", diff)
	}
}

func TestTextAndPage(t *testing.T) {
	r := sampleReport()
	if text := r.Text(); strings.Contains(text, "other programs") {
		t.Errorf("no other program ran:\n%s", text)
	}
	r.Results[0].Cost.OtherCores = 1.25
	text := r.Text()
	for _, part := range []string{
		"10.000", "≤0.1s, ≤1s, ≤10s", "99 of 100, 2.5s", "2.0s, not in time, not in time (1 of 4 not in time)", "2.0s, 4.0s, 4.0s",
		unmeasured, "GET deployments/scale 1.000 (10.0/s)", "without fsync", "SECOND_ADAPTER names no binary",
		"other programs used up to 1.2 of",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("there is no %q in\n%s", part, text)
		}
	}
	path := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(path, []byte("# Scale\n"+beginMarker+"\nold\n"+endMarker+"\nend\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time it replaces what the first wrote
		if err := UpdatePage(path, []*Report{r}); err != nil {
			t.Fatal(err)
		}
	}
	page, _ := os.ReadFile(path)
	if want := "# Scale\n" + beginMarker + "\n" + strings.TrimRight(r.Markdown(), "\n") + "\n" + endMarker + "\nend\n"; string(page) != want {
		t.Errorf("the page is\n%s\nwant\n%s", page, want)
	}
	if _, err := between("no markers", ""); err == nil || !strings.Contains(err.Error(), beginMarker) {
		t.Errorf("without markers: %v", err)
	}
}

func TestJSONRepeatsTheReport(t *testing.T) {
	var b bytes.Buffer
	r := sampleReport()
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	again, err := ReadReport(&b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, again); diff != "" {
		t.Error(diff)
	}
}

func TestCharts(t *testing.T) {
	folder := t.TempDir()
	if err := WriteCharts(folder, []*Report{sampleReport()}); err != nil {
		t.Fatal(err)
	}
	for name, part := range map[string]string{"scale-cpu.svg": ">10.00<", "scale-step.svg": "no rollouts"} {
		svg, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil || !strings.Contains(string(svg), part) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestInvalidOptionsAreAllNamed(t *testing.T) {
	o := NewOptions()
	o.Sizes, o.Arms, o.Periods, o.Pods, o.Loads = []int{1000, 100}, []string{"none"}, []time.Duration{0}, 0, []Shape{"no"}
	err := o.complete()
	for _, part := range []string{"must ascend", `arm "none"`, "periods [0s]", "0 pods", `load "no"`} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("there is no %q in: %v", part, err)
		}
	}
	o = NewOptions()
	if o.Span = 20 * time.Second; o.complete() != nil || o.span(o.settings()[0]) != 30*time.Second {
		t.Errorf("a span of 20s with a period of 15s is %s, %v", o.span(o.settings()[0]), o.complete())
	}
}

// TestTimeLeftEndsAtZero: the estimates of all phases together are the first estimate of the run.
func TestTimeLeftEndsAtZero(t *testing.T) {
	var log bytes.Buffer
	p := newProgress(&log, 3*time.Minute)
	now := p.began
	p.now = func() time.Time { return now }
	p.begin(time.Minute, "one")
	now = now.Add(30 * time.Second)
	p.report("half")
	p.skip(time.Minute)
	p.begin(time.Minute, "two")
	now = now.Add(5 * time.Minute)
	p.report("longer than planned")
	want := "    0s  one; about 3m0s left\n   30s  one: half; about 3m0s left\n   30s  two; about 1m0s left\n  5m30s  two: longer than planned; about 0s left\n"
	if got := log.String(); strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(want, " ", "") {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
