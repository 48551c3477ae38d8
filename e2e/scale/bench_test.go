package scale

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/e2e/build"
	"flyball.dev/flyball/e2e/testcluster"
)

// TestShortRun runs the benchmark with 100 autoscalers. It checks that everything is measured, and budgets by count; times are
// those of a machine that tests other things, too.
func TestShortRun(t *testing.T) {
	if !*testcluster.Long {
		t.Skip("takes 4 minutes; -long runs it")
	}
	binaries, err := testcluster.Binaries(t.Context(), build.Options{Output: t.Output()})
	if err != nil {
		t.Fatal(err)
	}
	root, err := build.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	o := NewOptions()
	o.Binaries, o.Chart, o.Log = binaries, filepath.Join(root, "..", "charts", "flyball"), os.Stderr
	o.Sizes, o.Arms, o.Span = []int{100}, []string{"direct", "hpa"}, 20*time.Second
	o.Periods, o.Loads = []time.Duration{5 * time.Second, 10 * time.Second}, []Shape{Constant}
	report, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + report.Text())
	for _, r := range report.Results {
		if c := r.Cost; c.EvaluationsPerSecond < 5 || c.CPUPerEvaluation <= 0 || len(c.RequestsPerSecond) == 0 && r.Arm == "hpa" {
			t.Errorf("%s: cost %+v", r.Arm, c)
		}
		if r.Period != "5s" {
			if r.Created != nil || r.Step != nil {
				t.Errorf("%s: created or stepped again in its second setting", r.Arm)
			}
			continue
		}
		if r.Created.InForce != 100 || r.Step.Missing > 0 || r.Arm == "direct" && r.FrozenStep.Missing > 0 {
			t.Errorf("%s: created %+v, step %+v, without rollouts %+v", r.Arm, r.Created, r.Step, r.FrozenStep)
		}
	}
	// Scales come from a watch, and an unchanged status is not written.
	for request, n := range report.Results[0].Cost.RequestsPerEvaluation {
		if strings.Contains(request, "deployments") || strings.Contains(request, "horizontalautoscalers") {
			t.Errorf("%.3f requests %s per evaluation of an idle autoscaler", n, request)
		}
	}
	// Prometheus gets two queries per metric and scrape interval, here a period, whatever the number of autoscalers. The edges of the
	// span cut periods, and the search for the interval adds a few.
	if queries := report.Results[0].Cost.QueriesPerPeriod; queries > 3.5 {
		t.Errorf("%.1f queries per period for one metric", queries)
	}
}
