package suite

import (
	"testing"
	"time"

	"flyball.dev/flyball/e2e/record"
	"flyball.dev/flyball/e2e/testcluster"
)

// TestDampingChangesLessThanAnHPA runs Flyball with its recommended damping and the upstream HPA under the same bursts. Flyball
// must change the replicas less often, and have too few pods for less time. All times of both are a twentieth of their
// defaults.
func TestDampingChangesLessThanAnHPA(t *testing.T) {
	s := quietStory(t)
	for _, name := range []string{"web", "api"} {
		s.applyDeployment(name, 2, "5s")
	}
	s.apply(damped)
	s.applyObject(undampedTwin)
	for _, name := range []string{"web", "api"} {
		s.load(name, requests(bursts(0)))
	}
	s.scalesTo("api", 6)
	s.sample(bursts, cycle/2, "web", "api") // warm-up
	length := cycle
	if *testcluster.Long {
		length = 2 * cycle
	}
	runs := s.sample(bursts, length, "web", "api")
	flyball, hpa := runs["web"], runs["api"]
	for name, run := range runs {
		summary := run.Summarize()
		t.Logf("%s: %d changes, %d reversals, short for %s, %.1f pods in the mean", name, summary.Changes, summary.Reversals, short(run), summary.Ready.Mean)
		writeRecord(t, name+"-bursts", run)
	}
	if a, b := flyball.Summarize().Changes, hpa.Summarize().Changes; a >= b {
		t.Errorf("got %d changes by Flyball and %d by the HPA, want fewer by Flyball", a, b)
	}
	if a, b := short(flyball), short(hpa); a >= b {
		t.Errorf("got too few pods for %s with Flyball and %s with the HPA, want less with Flyball", a, b)
	}
}

// cycle is the period of the bursts.
const cycle = 96 * time.Second

// bursts has a burst every 24 seconds, which stands for eight minutes, with different heights.
func bursts(elapsed time.Duration) float64 {
	second := int(elapsed / time.Second)
	if second%24 < 12 {
		return 57
	}
	return []float64{133, 177, 117, 153}[second/24%4]
}

// short is the time in which the ready pods are too few for the load: a pod at its target of ten is at 70 % of its capacity.
func short(r *record.Record) time.Duration {
	seconds := 0
	for _, sample := range r.Samples {
		if float64(sample.Ready)*10/0.7 < sample.Load {
			seconds++
		}
	}
	return time.Duration(seconds) * time.Second
}

const damped = `
kind: HorizontalAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 40
  metrics:
  - {type: Pods, pods: {metric: {name: http_requests_per_second}, target: {type: AverageValue, averageValue: "10"}}}
  damping:
    profile: Balanced
    forecastHorizon: 15s
    hold: 45s
`

const undampedTwin = `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: api}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: api}
  minReplicas: 2
  maxReplicas: 40
  metrics:
  - {type: Pods, pods: {metric: {name: http_requests_per_second}, target: {type: AverageValue, averageValue: "10"}}}
  behavior:
    scaleUp: {policies: [{type: Percent, value: 100, periodSeconds: 1}, {type: Pods, value: 4, periodSeconds: 1}]}
    scaleDown: {stabilizationWindowSeconds: 15}
`
