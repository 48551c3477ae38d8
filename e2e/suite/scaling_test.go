package suite

import (
	"fmt"
	"testing"
	"time"
)

func TestCPUUtilizationScalesOutAndIn(t *testing.T) {
	s := parallelStory(t)
	s.deploy("web", 2)
	s.apply(autoscaler("web", `
  minReplicas: 1
  maxReplicas: 12
  metrics:
  - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}
  behavior: {scaleDown: {stabilizationWindowSeconds: 5}}
  startup: {cpuInitializationPeriod: 5s}
`))
	s.load("web", cores(0.285)) // at 50m for each
	s.scalesTo("web", 6)
	s.load("web", cores(0.095))
	s.scalesTo("web", 2)
	s.hasEvent("SuccessfulRescale", "cpu")
}

func TestAnApplicationMetricScalesOutAndIn(t *testing.T) {
	s := parallelStory(t)
	s.deploy("web", 2)
	s.apply(tenEach)
	s.load("web", requests(68))
	s.scalesTo("web", 7)
	s.load("web", requests(28))
	s.scalesTo("web", 3)
	s.readsMetricsBy("direct")
}

// Without rules of its own the autoscaler reads everything through the aggregated APIs, which our adapter serves.
func TestAnApplicationMetricScalesThroughTheAdapter(t *testing.T) {
	s := exclusiveEnvironment(t).newStory(t)
	s.restartAutoscaler("--rules=")
	t.Cleanup(func() { s.restartAutoscaler() })
	s.deploy("web", 2)
	s.apply(tenEach)
	s.load("web", requests(68))
	s.scalesTo("web", 7)
	s.load("web", requests(28))
	s.scalesTo("web", 3)
	s.readsMetricsBy("api")
}

func TestAQueryInTheSpecScalesOutAndIn(t *testing.T) {
	s := parallelStory(t)
	s.deploy("web", 1)
	s.apply(query("20"))
	s.load("web", requests(97))
	s.scalesTo("web", 5)
	s.load("web", requests(37))
	s.scalesTo("web", 2)
}

// Two namespaces have the same application and query; each autoscaler has the load of its own namespace.
func TestAQuerySeesItsOwnNamespace(t *testing.T) {
	own := parallelStory(t)
	other := shared.newStory(t)
	for _, s := range []*story{own, other} {
		s.deploy("web", 1)
		s.apply(query("20"))
	}
	other.load("web", requests(157))
	own.load("web", requests(57))
	other.scalesTo("web", 8)
	own.scalesTo("web", 3)
}

func TestHighestProposalOfSeveralMetrics(t *testing.T) {
	s := parallelStory(t)
	s.deploy("web", 2)
	s.apply(autoscaler("web", `
  maxReplicas: 20
  metrics:
  - {type: Pods, pods: {metric: {name: http_requests_per_second}, target: {type: AverageValue, averageValue: "50"}}}
  - type: Prometheus
    prometheus:
      query: sum(rate(http_requests_total{app="web"}[10s]))
      target: {type: AverageValue, averageValue: "10"}
  behavior: {scaleDown: {stabilizationWindowSeconds: 5}}
`))
	s.load("web", requests(68)) // 2 by the first, 7 by the second
	s.scalesTo("web", 7)
}

func TestBoundsLimitEveryMetric(t *testing.T) {
	s := parallelStory(t)
	s.deploy("web", 1)
	s.apply(autoscaler("web", `
  minReplicas: 3
  maxReplicas: 5
  metrics:
  - type: Prometheus
    prometheus:
      query: sum(rate(http_requests_total{app="web"}[10s]))
      target: {type: AverageValue, averageValue: "10"}
  behavior: {scaleDown: {stabilizationWindowSeconds: 0}}
`))
	s.load("web", requests(1))
	s.scalesTo("web", 3)
	s.conditionIs("ScalingLimited", "TooFewReplicas")
	s.load("web", requests(500))
	s.scalesTo("web", 5)
	s.conditionIs("ScalingLimited", "TooManyReplicas")
}

func TestWindowSetsItsBoundsAtItsStart(t *testing.T) {
	s := parallelStory(t)
	s.deploy("web", 1)
	start := time.Now().UTC().Truncate(time.Minute).Add(time.Minute)
	if time.Until(start) < 15*time.Second { // leave time to see the state before
		start = start.Add(time.Minute)
	}
	s.load("web", requests(5))
	s.apply(`
kind: HorizontalAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  maxReplicas: 10
  metrics:
  - type: Prometheus
    prometheus:
      query: sum(rate(http_requests_total{app="web"}[10s]))
      target: {type: AverageValue, averageValue: "10"}
  behavior: {scaleDown: {stabilizationWindowSeconds: 0}}
  windows:
  - {name: rush, start: "` + start.Format("4 15 2 1 *") + `", duration: 40s, minReplicas: 6}
`)
	s.scalesTo("web", 1)
	s.desires(6)
	if late := time.Since(start); late < 0 || late > 5*time.Second {
		t.Errorf("got the bounds of the window %s after its start", late)
	}
	s.scalesTo("web", 6)
	s.desires(1)
	if late := time.Since(start.Add(40 * time.Second)); late < 0 || late > 5*time.Second {
		t.Errorf("got the bounds from before the window %s after its end", late)
	}
	s.hasEvent("WindowOpened", "rush")
	s.hasEvent("WindowClosed", "rush")
}

func TestFailingQueryDoesNotScaleIn(t *testing.T) {
	s := parallelStory(t)
	s.deploy("web", 5)
	s.load("web", requests(10))
	s.apply(autoscaler("web", `
  maxReplicas: 10
  metrics:
  - type: Prometheus
    prometheus: {query: sum(no_such_series), target: {type: AverageValue, averageValue: "10"}}
  - type: Prometheus
    prometheus:
      query: sum(rate(http_requests_total{app="web"}[10s]))
      target: {type: AverageValue, averageValue: "10"}
  behavior: {scaleDown: {stabilizationWindowSeconds: 0}}
`))
	s.conditionIs("ScalingActive", "FailedGetPrometheusMetric")
	s.staysAt(5, 10*time.Second)
	s.hasEvent("FailedGetPrometheusMetric", "no_such_series")
	// Scaling out needs only the metric that is known.
	s.load("web", requests(68))
	s.scalesTo("web", 7)
}

func TestFallbackAfterAnUnknownMetric(t *testing.T) {
	s := parallelStory(t)
	s.deploy("web", 3)
	s.apply(autoscaler("web", `
  maxReplicas: 10
  metrics:
  - type: Prometheus
    prometheus: {query: sum(no_such_series), target: {type: AverageValue, averageValue: "10"}}
  fallback: {after: 10s, replicas: 5}
`))
	s.conditionIs("ScalingActive", "FailedGetPrometheusMetric")
	s.staysAt(3, 5*time.Second)
	s.scalesTo("web", 5)
	s.conditionIs("ScalingActive", "Fallback")
}

func TestRestartKeepsScaling(t *testing.T) {
	s := exclusiveEnvironment(t).newStory(t)
	s.deploy("web", 1)
	s.apply(query("10"))
	s.load("web", requests(47))
	s.scalesTo("web", 5)
	s.stopAutoscaler()
	s.leaseIsReleased()
	s.load("web", requests(68))
	s.staysAt(5, 5*time.Second)
	s.startAutoscaler()
	s.scalesTo("web", 7)
	s.load("web", requests(18))
	s.scalesTo("web", 2)
}

// A step in load is decided after the scrape that shows it, although the period is five minutes. The rate over four seconds shows
// half of the step after two scrapes.
func TestStepIsDecidedAfterItsScrape(t *testing.T) {
	s := exclusiveEnvironment(t).newStory(t)
	s.restartAutoscaler("--period=5m")
	t.Cleanup(func() { s.restartAutoscaler() })
	s.deploy("web", 2)
	s.load("web", requests(18))
	s.apply(autoscaler("web", `
  minReplicas: 2
  maxReplicas: 20
  metrics:
  - {type: Prometheus, prometheus: {query: 'sum(rate(http_requests_total{app="web"}[4s]))', target: {type: AverageValue, averageValue: "10"}}}
  behavior: {scaleUp: {policies: [{type: Percent, value: 900, periodSeconds: 1}]}}`))
	s.conditionIs("ScalingActive", "ValidMetricFound")
	s.staysAt(2, 10*time.Second) // the autoscaler learns the scrape interval of a second
	start := time.Now()
	s.load("web", requests(58))
	s.eventually("more replicas", func() (bool, string) {
		desired, _ := s.replicas("web")
		return desired > 2, fmt.Sprintf("%d desired", desired)
	})
	took := time.Since(start)
	t.Logf("the first change came %s after the step", took.Round(100*time.Millisecond))
	if took > 10*time.Second { // a busy machine scrapes late
		t.Error("the change waited for more than its scrape")
	}
}
