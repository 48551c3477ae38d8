package suite

import (
	"context"
	"flag"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"flyball.dev/flyball/e2e/load"
)

var gapRange = flag.Duration("gap", 15*time.Second, "range of the rates in the story of a range gap, and the time for which Prometheus is killed")

// TestRangeGapDoesNotScaleIn kills Prometheus for the range of the rates, and restarts it with a gap in every series. The load
// is steady, the stabilization window is 0, and the rates are too low while the gap is in their range. No application scales
// in until the gap has left the range and the load has fallen.
func TestRangeGapDoesNotScaleIn(t *testing.T) {
	s := exclusiveEnvironment(t).newStory(t)
	length := fmt.Sprintf("%ds", int(gapRange.Seconds()))
	apps := map[string]string{
		"web": fmt.Sprintf(`{type: Prometheus, prometheus: {query: 'sum(rate(http_requests_total{app="web"}[%s]))', target: {type: AverageValue, averageValue: "10"}}}`, length),
		"api": fmt.Sprintf(`{type: Prometheus, prometheus: {query: 'avg(rate(http_requests_total{app="api"}[%s]))', target: {type: Value, value: "10"}}}`, length),
		"cpu": `{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}`, // over 10s, by the chart's rule
	}
	demand := func(name string, pods float64) load.Demand {
		if name == "cpu" {
			return cores(pods * 0.05)
		}
		return requests(pods * 10)
	}
	for name, metric := range apps {
		s.deploy(name, 8)
		s.load(name, demand(name, 8))
		s.apply(fmt.Sprintf(`
kind: HorizontalAutoscaler
metadata: {name: %[1]s}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: %[1]s}
  minReplicas: 1
  maxReplicas: 8
  metrics: [%[2]s]
  behavior: {scaleDown: {stabilizationWindowSeconds: 0}}
`, name, metric))
	}
	for name := range apps {
		s.scalesTo(name, 8)
	}
	s.allStayAt(8, *gapRange+5*second, apps) // until every range shows the load

	s.KillPrometheus()
	restart := sync.OnceValue(func() error { return s.RestartPrometheus(context.WithoutCancel(t.Context())) })
	defer func() { // other stories need it, also after a failure of this one
		if err := restart(); err != nil {
			t.Error(err)
		}
	}()
	s.allStayAt(8, *gapRange, apps)
	if err := restart(); err != nil {
		t.Fatal(err)
	}
	partial := false
	for end := time.Now().Add(2 * *gapRange); time.Now().Before(end); {
		s.allStayAt(8, second, apps)
		bundle := s.flyball("explain", "web", "-o", "bundle", "--autoscaler-url", s.Flyball.Autoscaler.URL)
		partial = partial || strings.Contains(bundle, "partial: ")
	}
	if !partial {
		t.Error("got no bundle of web with a partial rate")
	}
	for name := range apps {
		s.load(name, demand(name, 2))
	}
	for name := range apps {
		s.scalesTo(name, 2)
	}
}

// allStayAt fails as soon as spec.replicas of one of the Deployments changes within the time.
func (s *story) allStayAt(want int32, during time.Duration, names map[string]string) {
	s.t.Helper()
	for end := time.Now().Add(during); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		for name := range names {
			if asked, _ := s.replicas(name); asked != want {
				s.t.Fatalf("%s went to %d replicas, want %d\n%s", name, asked, want, s.statuses())
			}
		}
	}
}
