package suite

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/e2e/load"
	"flyball.dev/flyball/e2e/record"
	"flyball.dev/flyball/sim"
	simload "flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/plant"
)

// TestTheSimulatorTellsWhatTheControlPlaneDoes: over the same bursty load, the simulator's replicas are those of the real
// cluster, decided by Flyball, and by the upstream HPA on the twin Deployment beside it. docs/simulator.md has the error.
func TestTheSimulatorTellsWhatTheControlPlaneDoes(t *testing.T) {
	s := quietStory(t, machine.RLocker())
	for _, name := range []string{"web", "api"} {
		s.applyDeployment(name, 2, "5s")
	}
	s.apply(fmt.Sprintf(twinAutoscaler, "HorizontalAutoscaler", "web"))
	s.applyObject("apiVersion: autoscaling/v2" + fmt.Sprintf(twinAutoscaler, "HorizontalPodAutoscaler", "api"))
	for _, name := range []string{"web", "api"} {
		s.load(name, requests(bursty(0)))
	}
	for _, name := range []string{"web", "api"} {
		s.scalesTo(name, 3)
	}
	runs := s.follow(bursty, burstyFor, "web", "api")
	for name, without := range map[string]engine.Correction{"web": 0, "api": engine.AllCorrections} {
		seen := runs[name]
		told := simulated(t, without, len(seen.Samples))
		off, mean := 0.0, 0.0
		for i := range seen.Samples {
			off += math.Abs(float64(seen.Samples[i].Desired - told[i]))
			mean += float64(seen.Samples[i].Desired)
		}
		summary := seen.Summarize()
		t.Logf("%s: %.0f %% off in the mean, of %.1f replicas; %d changes, %d reversals", name, 100*off/mean, mean/float64(len(told)), summary.Changes, summary.Reversals)
		if off/mean > mostOff {
			t.Errorf("%s: the simulator is %.0f %% off in the mean\nreal      %v\nsimulated %v", name, 100*off/mean, desired(seen), told)
		}
		keep(t, name, seen)
	}
}

// mostOff is the most that the replicas may be off in the mean: the stated error.
const mostOff = 0.10

// bursty is a load of bursts, slopes and pauses, in requests a second, of which ten are one pod's.
func bursty(elapsed time.Duration) float64 {
	switch at := elapsed.Seconds(); {
	case at < 20:
		return 27
	case at < 50:
		return 27 + (97-27)*(at-20)/30
	case at < 70:
		return 97
	case at < 85:
		return 183
	case at < 115:
		return 63
	case at < 125:
		return 127
	default:
		return 33
	}
}

const burstyFor = 160 * time.Second

const twinAutoscaler = `
kind: %s
metadata: {name: %[2]s}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: %[2]s}
  minReplicas: 2
  maxReplicas: 40
  metrics:
  - {type: Pods, pods: {metric: {name: http_requests_per_second}, target: {type: AverageValue, averageValue: "10"}}}
  behavior: {scaleDown: {stabilizationWindowSeconds: 10}}
`

// follow gives the applications a load, and looks at them each second.
func (s *story) follow(curve func(time.Duration) float64, length time.Duration, names ...string) map[string]*record.Record {
	s.t.Helper()
	runs := map[string]*record.Record{}
	for _, name := range names {
		runs[name] = &record.Record{Name: name, Unit: "requests/s"}
	}
	start := time.Now()
	for next := time.Duration(0); next < length; next += time.Second {
		time.Sleep(time.Until(start.Add(next)))
		for _, name := range names {
			rate := curve(next)
			s.load(name, load.Demand{Requests: rate})
			asked, ready := s.replicas(name)
			runs[name].Add(record.Sample{Time: start.Add(next), Load: rate, LoadKnown: true, Desired: asked, Ready: ready})
		}
	}
	return runs
}

// simulated are the replicas that the simulator asks for, second by second, in a plant with the cluster's times: pods that take
// five seconds, scrapes each second that are known a second later, rates over ten seconds, decisions each second.
func simulated(t *testing.T, without engine.Correction, seconds int) []int32 {
	t.Helper()
	ha := &v1alpha1.HorizontalAutoscaler{}
	if err := yaml.Unmarshal(fmt.Appendf(nil, twinAutoscaler, "HorizontalAutoscaler", "web"), ha); err != nil {
		t.Fatal(err)
	}
	defaults := policy.StandardDefaults()
	defaults.Without = without
	compiled, err := policy.Compile(ha, defaults)
	if err != nil {
		t.Fatal(err)
	}
	config := plant.Defaults()
	config.Step, config.Pod.Rate, config.Pod.Start = time.Second, 1000, plant.Duration{Median: 5 * time.Second}
	config.Metrics.Every, config.Metrics.Window, config.Metrics.Lag = time.Second, 10*time.Second, time.Second
	const settled = time.Minute // before the load begins to move
	run, err := sim.New(sim.Config{
		Policy: &sim.Engine{Spec: &compiled.Spec}, Plant: config, Period: time.Second, Replicas: 3, Seed: 1,
		Begin: time.Now().Add(-settled),
		Load:  simload.Curve(func(elapsed time.Duration) float64 { return bursty(max(0, elapsed-settled)) }),
	})
	if err != nil {
		t.Fatal(err)
	}
	var told []int32
	run.Run(settled, func(*sim.Step) {})
	run.Run(time.Duration(seconds)*time.Second, func(step *sim.Step) { told = append(told, step.Replicas) })
	return told
}

func desired(r *record.Record) (counts []int32) {
	for _, sample := range r.Samples {
		counts = append(counts, sample.Desired)
	}
	return counts
}

// keep writes what was seen to the folder that FLYBALL_RECORDS names, if it does; make plot draws it.
func keep(t *testing.T, name string, r *record.Record) {
	t.Helper()
	folder := os.Getenv("FLYBALL_RECORDS")
	if folder == "" {
		return
	}
	file, err := os.Create(filepath.Join(folder, name+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if err := r.WriteCSV(file); err != nil {
		t.Fatal(err)
	}
}
