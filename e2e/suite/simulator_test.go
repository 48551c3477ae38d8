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

// TestSimulatorMatchesTheControlPlane compares the replicas of the simulator with those of a real cluster over the same bursty
// load, for Flyball and for the upstream HPA of a twin Deployment. docs/simulator.md states the error.
func TestSimulatorMatchesTheControlPlane(t *testing.T) {
	s := quietStory(t)
	for _, name := range []string{"web", "api"} {
		s.applyDeployment(name, 2, "5s")
	}
	s.apply(fmt.Sprintf(twinAutoscaler, "HorizontalAutoscaler", "web"))
	s.applyObject("apiVersion: autoscaling/v2" + fmt.Sprintf(twinAutoscaler, "HorizontalPodAutoscaler", "api"))
	for name, seen := range s.sampleWithoutGaps("web", "api") {
		without := engine.Correction(0)
		if name == "api" {
			without = engine.AllCorrections
		}
		expected := simulated(t, without, len(seen.Samples))
		off, mean := 0.0, 0.0
		for i := range seen.Samples {
			off += math.Abs(float64(seen.Samples[i].Desired - expected[i]))
			mean += float64(seen.Samples[i].Desired)
		}
		summary := seen.Summarize()
		t.Logf("%s: %.0f %% off in the mean, of %.1f replicas; %d changes, %d reversals", name, 100*off/mean, mean/float64(len(expected)), summary.Changes, summary.Reversals)
		if off/mean > maxError {
			t.Errorf("%s: the simulator is %.0f %% off in the mean\nreal      %v\nsimulated %v", name, 100*off/mean, desired(seen), expected)
		}
		writeRecord(t, name, seen)
	}
}

// sampleWithoutGaps records a run over the bursty load in which Prometheus missed no scrape. The simulated Prometheus misses none,
// and a gap holds a scale-in for as long as a rate's range spans it, so a run with a gap measures the machine. The third run is
// compared whatever it has missed.
func (s *story) sampleWithoutGaps(names ...string) map[string]*record.Record {
	s.t.Helper()
	const attempts, missed = 3, 2500 * time.Millisecond // of scrapes each second
	for attempt := 1; ; attempt++ {
		for _, name := range names {
			s.load(name, requests(bursty(0)))
		}
		for _, name := range names {
			s.scalesTo(name, 3)
		}
		runs := s.sample(bursty, burstyFor, names...)
		gap, err := s.LongestScrapeGap(s.t.Context(), "pods", burstyFor)
		if err != nil {
			s.t.Fatal(err)
		}
		s.t.Logf("run %d: at most %s between two scrapes", attempt, gap)
		if gap < missed || attempt == attempts {
			return runs
		}
	}
}

// maxError is the highest mean error of the replicas, as docs/simulator.md states it.
const maxError = 0.10

// bursty is a load of bursts, slopes and pauses, in requests a second, of which ten are one pod's.
func bursty(elapsed time.Duration) float64 {
	switch seconds := elapsed.Seconds(); {
	case seconds < 20:
		return 27
	case seconds < 50:
		return 27 + (97-27)*(seconds-20)/30
	case seconds < 70:
		return 97
	case seconds < 85:
		return 183
	case seconds < 115:
		return 63
	case seconds < 125:
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

// sample sets the load of the applications and records their replicas, each second.
func (s *story) sample(curve func(time.Duration) float64, length time.Duration, names ...string) map[string]*record.Record {
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

// simulated are the replicas of the simulator, second by second, in a plant with the times of the cluster: pods that start in
// five seconds, scrapes each second that are available a second later, rates over ten seconds, decisions each second.
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
	var replicas []int32
	run.Run(settled, func(*sim.Step) {})
	run.Run(time.Duration(seconds)*time.Second, func(step *sim.Step) { replicas = append(replicas, step.Replicas) })
	return replicas
}

func desired(r *record.Record) (counts []int32) {
	for _, sample := range r.Samples {
		counts = append(counts, sample.Desired)
	}
	return counts
}

// writeRecord writes a record to the folder that FLYBALL_RECORDS names, if it is set; make plot draws it.
func writeRecord(t *testing.T, name string, r *record.Record) {
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
