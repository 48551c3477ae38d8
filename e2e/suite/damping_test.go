package suite

import (
	"testing"
	"time"

	"flyball.dev/flyball/e2e/record"
	"flyball.dev/flyball/e2e/testcluster"
)

// TestDampingIsCalmerAndLessShortThanTheHPABesideIt: under the same bursts, at twenty times the speed of a day, Flyball with
// its recommended damping changes its Deployment less often than the upstream HPA its twin, and has too few pods for less time.
// All times of both are those of their defaults by twenty.
func TestDampingIsCalmerAndLessShortThanTheHPABesideIt(t *testing.T) {
	s := quietStory(t, machine.RLocker())
	for _, name := range []string{"web", "api"} {
		s.applyDeployment(name, 2, "5s")
	}
	s.apply(damped)
	s.applyObject(undampedTwin)
	for _, name := range []string{"web", "api"} {
		s.load(name, requests(bursts(0)))
	}
	s.scalesTo("api", 6)
	s.follow(bursts, cycle, "web", "api") // both come to know their load
	length := cycle
	if *testcluster.Long {
		length = 2 * cycle
	}
	runs := s.follow(bursts, length, "web", "api")
	ours, theirs := runs["web"], runs["api"]
	for name, run := range runs {
		summary := run.Summarize()
		t.Logf("%s: %d changes, %d reversals, short for %s, %.1f pods in the mean", name, summary.Changes, summary.Reversals, short(run), summary.Ready.Mean)
		keep(t, name+"-bursts", run)
	}
	if a, b := ours.Summarize().Changes, theirs.Summarize().Changes; a >= b {
		t.Errorf("Flyball changed its replicas %d times, and the HPA %d times", a, b)
	}
	if a, b := short(ours), short(theirs); a >= b {
		t.Errorf("Flyball was short for %s, and the HPA for %s", a, b)
	}
}

// cycle is how long it takes until the bursts come again.
const cycle = 96 * time.Second

// bursts come every 24 seconds, which is every eight minutes at twenty times the speed, and are of different heights.
func bursts(elapsed time.Duration) float64 {
	second := int(elapsed / time.Second)
	if second%24 < 12 {
		return 57
	}
	return []float64{133, 177, 117, 153}[second/24%4]
}

// short is the time in which the ready pods could not do the work: a pod is meant to be busy to 70 % at its target of ten.
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
