package engine_test

import (
	"math"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/batch"
	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/schedule"
)

// dampedSpec returns a spec with a queue, one replica per item, a hold of ten minutes and no other rule of damping.
func dampedSpec(metrics ...engine.Metric) *engine.Spec {
	queue := engine.Metric{Type: engine.External, Name: "queue", TargetType: engine.AverageValue, Target: 1000}
	s := spec(append([]engine.Metric{queue}, metrics...)...)
	s.MinReplicas, s.MaxReplicas = 2, 100
	s.Damping = &damping.Spec{Hold: 10 * time.Minute}
	return s
}

// items returns an observation of 20 replicas with the items of each queue; a negative number is an outage.
func items(now time.Time, counts ...int64) *engine.Observation {
	seen := &engine.Observation{SpecReplicas: 20, StatusReplicas: 20, Pods: pods(20)}
	for _, n := range counts {
		r := engine.Reading{Value: 1000 * n, Time: now}
		if n < 0 {
			r = engine.Reading{Problem: "down"}
		}
		seen.Readings = append(seen.Readings, r)
	}
	return seen
}

// TestEveryPathHolds: after a load of 20, no rule goes below 20 within the hold, and each goes to its count after it.
func TestEveryPathHolds(t *testing.T) {
	other := engine.Metric{Type: engine.External, Name: "other", TargetType: engine.AverageValue, Target: 1000}
	window, err := schedule.Compile("work", schedule.Timing{Start: "0 12 * * *", Duration: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	fallback := func(s *engine.Spec) {
		s.Fallback = &engine.Fallback{After: time.Minute, Replicas: 5, Behavior: engine.FallbackStatic}
	}
	for name, tc := range map[string]struct {
		spec   *engine.Spec
		change func(*engine.Spec)
		// counts are of the queues after the first decision, which sees 20 everywhere.
		counts  []int64
		backlog int64
		want    int32
	}{
		"zero": {spec: dampedSpec(), counts: []int64{0}, want: 2},
		"one":  {spec: dampedSpec(), counts: []int64{1}, want: 2},
		"inactive": {spec: dampedSpec(), counts: []int64{1}, want: 0, change: func(s *engine.Spec) {
			s.MinReplicas, s.Metrics[0].Type, s.Metrics[0].Activation = 0, engine.Prometheus, 3000
		}},
		"fallback":                       {spec: dampedSpec(), change: fallback, counts: []int64{-1}, want: 5},
		"fallback beside a lower load":   {spec: dampedSpec(other), change: fallback, counts: []int64{-1, 3}, want: 5},
		"fallback beside a higher load":  {spec: dampedSpec(other), change: fallback, counts: []int64{-1, 8}, want: 8},
		"fallback beside a load of zero": {spec: dampedSpec(other), change: fallback, counts: []int64{-1, 0}, want: 5},
		"batch": {
			spec: dampedSpec(), counts: []int64{0}, backlog: 3000, want: 2,
			change: func(s *engine.Spec) {
				s.Windows = []schedule.Window{window}
				s.Batches = []engine.Batch{{
					Backlog: engine.Metric{Type: engine.External, Name: "backlog"},
					Plan:    batch.Spec{Source: batch.Stated, Rate: 0.2, Margin: 0.2},
				}}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.change != nil {
				tc.change(tc.spec)
			}
			full := []int64{20, 20}
			var state engine.State
			var d engine.Decision
			for elapsed := time.Duration(0); elapsed <= 30*time.Minute; elapsed += 15 * time.Second {
				now := noon.Add(elapsed)
				counts := full
				if elapsed > 0 {
					counts = tc.counts
				}
				seen := items(now, counts[:len(tc.counts)]...)
				for range tc.spec.Batches {
					seen.Batches = []engine.BatchReading{{Backlog: engine.Reading{Value: 1000 * tc.backlog, Time: now}}}
				}
				d, state = engine.Decide(tc.spec, state, seen, now)
				if elapsed <= 10*time.Minute && d.Desired < 20 {
					t.Fatalf("after %s: 20 → %d within the hold: %+v", elapsed, d.Desired, d.Steps)
				}
			}
			if len(tc.spec.Batches) > 0 {
				tc.want = d.Batches[0].Replicas
			}
			if d.Desired != tc.want {
				t.Errorf("after the hold: 20 → %d, want %d: %+v", d.Desired, tc.want, d.Steps)
			}
		})
	}
}

// TestExtremeLoadsAreDamped: damping applies to extreme values as to any other.
func TestExtremeLoadsAreDamped(t *testing.T) {
	latency := engine.Metric{Type: engine.Object, Name: "latency", TargetType: engine.Value, Target: 1}
	for name, tc := range map[string]struct {
		value   int64
		elapsed time.Duration
		want    int32
	}{
		"the greatest value":         {value: math.MaxInt64, want: 100},
		"the least value":            {value: math.MinInt64, want: 20},
		"a sample of the far future": {value: 0, elapsed: 24 * time.Hour, want: 20},
	} {
		t.Run(name, func(t *testing.T) {
			s := dampedSpec(latency)
			s.HasBehavior = true
			s.Up.Policies = []engine.RatePolicy{{Percent: true, Value: 900, Period: time.Minute}}
			seen := items(noon, 5, 0)
			seen.Readings[1] = engine.Reading{Value: tc.value, Time: noon.Add(tc.elapsed)}
			d, _ := engine.Decide(s, engine.State{}, seen, noon)
			if d.Desired != tc.want || !d.Damped {
				t.Errorf("20 → %d, damped: %t, want %d: %+v", d.Desired, d.Damped, tc.want, d.Steps)
			}
		})
	}
}

// TestALoadOfPodsThatWereNotCountedYetIsNotZero: the sample of a pod is older than the decision that first saw the pod ready.
func TestALoadOfPodsThatWereNotCountedYetIsNotZero(t *testing.T) {
	s := spec(engine.Metric{Type: engine.Pods, Name: "jobs", TargetType: engine.AverageValue, Target: 1000})
	s.MinReplicas, s.MaxReplicas = 1, 100
	s.Damping = &damping.Spec{}
	seen := &engine.Observation{SpecReplicas: 4, StatusReplicas: 4, Pods: pods(4), Readings: []engine.Reading{{Pods: make([]engine.Sample, 4)}}}
	for i := range seen.Pods {
		seen.Pods[i].Readiness = engine.NotReady
	}
	_, state := engine.Decide(s, engine.State{}, seen, noon)
	for i := range seen.Pods {
		seen.Pods[i].Readiness, seen.Pods[i].ReadySince = engine.Ready, noon.Add(time.Second)
		seen.Readings[0].Pods[i] = engine.Sample{Known: true, Value: 1500, Time: noon.Add(14 * time.Second), Window: 10 * time.Second}
	}
	d, _ := engine.Decide(s, state, seen, noon.Add(15*time.Second))
	if d.Damping.Load != 6 {
		t.Errorf("4 pods at 1.5 times their target are a load of %g, want 6: %+v", d.Damping.Load, d.Steps)
	}
}

// TestAFloorCostsTheHPAToo: a night at minReplicas does not use the cost bound, which would shorten the hold in the morning to almost
// nothing.
func TestAFloorCostsTheHPAToo(t *testing.T) {
	s := dampedSpec()
	s.MinReplicas, s.Damping = 10, new(damping.Balanced())
	state, replicas := engine.State{}, int32(10)
	step := func(elapsed time.Duration, load int64) engine.Decision {
		now := noon.Add(elapsed)
		seen := items(now, load)
		seen.SpecReplicas, seen.Pods = replicas, pods(int(replicas))
		var d engine.Decision
		if d, state = engine.Decide(s, state, seen, now); d.Desired != replicas {
			state, replicas = engine.RecordScale(state, &d, now), d.Desired
		}
		return d
	}
	elapsed := time.Duration(0)
	for ; elapsed < 8*time.Hour; elapsed += 15 * time.Second {
		step(elapsed, 2)
	}
	for ; elapsed < 9*time.Hour; elapsed += 15 * time.Second {
		step(elapsed, 40)
	}
	busy := replicas
	for ; elapsed < 9*time.Hour+3*time.Minute; elapsed += 15 * time.Second {
		if d := step(elapsed, 0); d.Desired < busy {
			t.Fatalf("%d → %d after %s of a load of 0; the hold is %s: %+v", busy, d.Desired, elapsed-9*time.Hour, d.Damping.Hold, d.Damping)
		}
	}
}
