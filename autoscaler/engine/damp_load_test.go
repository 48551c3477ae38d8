package engine_test

import (
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
)

// busyPods returns a damped spec on the CPU, and an observation of 10 pods that have been ready for an hour, at a utilization in percent.
func busyPods(utilization int64) (*engine.Spec, *engine.Observation) {
	s := spec(engine.Metric{Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization, Target: 70})
	s.MinReplicas, s.MaxReplicas, s.Damping = 2, 100, new(damping.Balanced())
	s.Damping.ForecastHorizon = 5 * time.Minute // the forecast is for this time
	seen := &engine.Observation{SpecReplicas: 10, Pods: pods(10), Readings: []engine.Reading{{Pods: make([]engine.Sample, 10), Requests: make([]int64, 10)}}}
	for i := range seen.Pods {
		seen.Pods[i].Started, seen.Pods[i].ReadySince = noon.Add(-61*time.Minute), noon.Add(-time.Hour)
		seen.Readings[0].Pods[i] = engine.Sample{Known: true, Value: 10 * utilization, Time: noon.Add(-15 * time.Second), Window: time.Minute}
		seen.Readings[0].Requests[i] = 1000
	}
	return s, seen
}

// TestPodsThatStartForLongExtendTheStartUpTime: while a pod starts for longer than the measured start-up time, the forecast is for the
// time that it has taken. A blocked pod does not count.
func TestPodsThatStartForLongExtendTheStartUpTime(t *testing.T) {
	for name, tc := range map[string]struct {
		age      time.Duration
		obstacle engine.Obstacle
		want     time.Duration
	}{
		"a short start": {20 * time.Second, engine.NoObstacle, time.Minute},
		"a long start":  {3 * time.Minute, engine.NoObstacle, 3 * time.Minute},
		"a blocked pod": {3 * time.Minute, engine.CrashLoop, time.Minute},
		"a hung pod":    {time.Hour, engine.NoObstacle, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			s, seen := busyPods(60)
			pod := &seen.Pods[9]
			pod.Readiness, pod.Started, pod.ReadySince, pod.Obstacle = engine.NotReady, noon.Add(-tc.age), noon.Add(-tc.age), tc.obstacle
			d, _ := engine.Decide(s, engine.State{}, seen, noon)
			// The middle of the samples' window is 45 s ago.
			if got := d.Damping.Horizon - 45*time.Second; got != tc.want {
				t.Errorf("the forecast is for %s after its sample and start-up, want %s", got, tc.want)
			}
		})
	}
}
