package engine_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/batch"
	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
)

const gapReason = "range of 2m0s spans a gap in 3 of 12 series"

// partialSamples marks the first n samples as partial.
func partialSamples(n int, all []engine.Sample) []engine.Sample {
	for i := range n {
		all[i].Partial = gapReason
	}
	return all
}

func repeated(n int, value int64) []engine.Sample {
	all := make([]engine.Sample, n)
	for i := range all {
		all[i] = engine.Sample{Known: true, Value: value, Time: noon, Window: 2 * time.Minute}
	}
	return all
}

// TestRangeGaps has the proposals of partial values, with the correction and without.
func TestRangeGaps(t *testing.T) {
	each := engine.Metric{Type: engine.Pods, Name: "requests", TargetType: engine.AverageValue, Target: 10_000}
	cpu := engine.Metric{Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization, Target: 50}
	queue := engine.Metric{Type: engine.External, Name: "queue", TargetType: engine.Value, Target: 100_000}
	query := engine.Metric{Type: engine.Prometheus, Query: "sum(rate(x[2m]))", TargetType: engine.AverageValue, Target: 10_000}
	requests := make([]int64, 40)
	for i := range requests {
		requests[i] = 1000
	}
	for name, tc := range map[string]struct {
		metric        engine.Metric
		reading       engine.Reading
		replicas      int32
		want, without int32
		kept          engine.Hold
	}{
		"a low average keeps the replicas":  {query, engine.Reading{Value: 50_000, Time: noon, Partial: gapReason}, 32, 32, 5, engine.HoldPartial},
		"a high one scales out":             {query, engine.Reading{Value: 400_000, Time: noon, Partial: gapReason}, 32, 40, 40, 0},
		"a low value keeps the replicas":    {queue, engine.Reading{Value: 50_000, Time: noon, Partial: gapReason}, 8, 8, 4, engine.HoldPartial},
		"zero keeps the replicas":           {query, engine.Reading{Time: noon, Partial: gapReason}, 32, 32, 0, engine.HoldPartial},
		"partial samples keep the replicas": {each, engine.Reading{Pods: partialSamples(3, repeated(12, 5000))}, 12, 12, 6, engine.HoldPartial},
		"partial CPU keeps the replicas":    {cpu, engine.Reading{Pods: partialSamples(12, repeated(12, 100)), Requests: requests[:12]}, 12, 12, 3, engine.HoldPartial},
		"high partial samples scale out":    {each, engine.Reading{Pods: partialSamples(3, repeated(12, 20_000))}, 12, 24, 24, 0},
		"one of 40 counts as at its target": {each, engine.Reading{Pods: partialSamples(1, repeated(40, 5000))}, 40, 21, 20, 0},
	} {
		t.Run(name, func(t *testing.T) {
			seen := &engine.Observation{
				SpecReplicas: tc.replicas, StatusReplicas: tc.replicas, Pods: pods(int(tc.replicas)), Readings: []engine.Reading{tc.reading},
			}
			s, settled := spec(tc.metric), engine.State{Recommendations: []engine.Recommendation{{Replicas: 1, Time: noon.Add(-time.Hour)}}}
			d, _ := engine.Decide(s, settled.Clone(), seen, noon)
			if d.Desired != tc.want || d.Proposals[0].Hold != tc.kept {
				t.Errorf("decided %d, kept %d, want %d, %d", d.Desired, d.Proposals[0].Hold, tc.want, tc.kept)
			}
			s.Without = engine.RangeGaps
			if d, _ = engine.Decide(s, settled, seen, noon); d.Desired != tc.without {
				t.Errorf("without the correction decided %d, want %d", d.Desired, tc.without)
			}
		})
	}
}

// TestANewPodIsNoGap: the incomplete range of a new pod follows from its readiness, and from its first scrape some time later.
func TestANewPodIsNoGap(t *testing.T) {
	each := engine.Metric{Type: engine.Pods, Name: "requests", TargetType: engine.AverageValue, Target: 10_000}
	for name, tc := range map[string]struct {
		readyFor time.Duration // with a range of two minutes
		want     int32
		partial  int
	}{
		"ready for a part of the range": {time.Minute, 2, 0}, // (3·2 + 10) / 10
		"scraped some time later":       {150 * time.Second, 2, 0},
		"ready for twice the range":     {4 * time.Minute, 4, 1},
	} {
		t.Run(name, func(t *testing.T) {
			seen := &engine.Observation{
				SpecReplicas: 4, StatusReplicas: 4, Pods: pods(4), Readings: []engine.Reading{{Pods: partialSamples(1, repeated(4, 2000))}},
			}
			seen.Pods[0].ReadySince = noon.Add(-tc.readyFor)
			s, settled := spec(each), engine.State{Recommendations: []engine.Recommendation{{Replicas: 1, Time: noon.Add(-time.Hour)}}}
			if d, _ := engine.Decide(s, settled, seen, noon); d.Desired != tc.want || d.Proposals[0].PartialPods != tc.partial {
				t.Errorf("decided %d, with %d partial pods, want %d and %d", d.Desired, d.Proposals[0].PartialPods, tc.want, tc.partial)
			}
		})
	}
}

// TestGapsDoNotRestartStabilization: the load falls from 12 replicas to 5, and half of the values are partial, because a series misses a
// scrape every four minutes. The scale-in comes with the first complete value after the stabilization window. Where the last complete
// value before a long gap required 12, the window begins at the end of the gap.
func TestGapsDoNotRestartStabilization(t *testing.T) {
	query := engine.Metric{Type: engine.Prometheus, Query: "sum(rate(x[2m]))", TargetType: engine.AverageValue, Target: 10_000}
	const window, rate = 5 * time.Minute, 2 * time.Minute
	for name, tc := range map[string]struct {
		partial func(late time.Duration) bool
		want    time.Duration
	}{
		"no gap":                 {func(time.Duration) bool { return false }, window},
		"a gap now and then":     {func(late time.Duration) bool { return (late+time.Minute)%(2*rate) >= rate }, window + 2*time.Minute},
		"a gap as the load fell": {func(late time.Duration) bool { return late < 4*time.Minute }, 4*time.Minute + window},
	} {
		t.Run(name, func(t *testing.T) {
			s, replicas, scaledIn := spec(query), int32(12), time.Duration(-1)
			s.MinReplicas, s.MaxReplicas, s.Down.Stabilization = 1, 100, window
			state := engine.State{Recommendations: []engine.Recommendation{{Replicas: 12, Time: noon.Add(-15 * time.Second)}}}
			for late := time.Duration(0); late < 20*time.Minute && scaledIn < 0; late += 15 * time.Second {
				reading := engine.Reading{Value: 50_000, Time: noon.Add(late), Window: rate}
				if tc.partial(late) {
					reading.Partial = gapReason
				}
				var d engine.Decision
				d, state = engine.Decide(s, state, &engine.Observation{
					SpecReplicas: replicas, StatusReplicas: replicas, Pods: pods(int(replicas)), Readings: []engine.Reading{reading},
				}, noon.Add(late))
				if d.Desired < replicas {
					scaledIn = late
				}
			}
			if scaledIn != tc.want {
				t.Errorf("scaled in after %s, want %s", scaledIn, tc.want)
			}
		})
	}
}

// TestDampingSkipsAGap: a rate that is too low because of a gap does not change the state of damping.
func TestDampingSkipsAGap(t *testing.T) {
	profile := damping.Balanced()
	query := engine.Metric{Type: engine.Prometheus, Query: "sum(rate(x[2m]))", TargetType: engine.AverageValue, Target: 10_000}
	s := spec(query)
	s.MinReplicas, s.MaxReplicas, s.Damping = 1, 100, &profile
	state, replicas, now := engine.State{}, int32(32), noon
	tick := func(value int64, partial string) engine.Decision {
		now = now.Add(15 * time.Second)
		d, next := engine.Decide(s, state, &engine.Observation{
			SpecReplicas: replicas, StatusReplicas: replicas, Pods: pods(int(replicas)),
			Readings: []engine.Reading{{Value: value, Time: now, Window: 2 * time.Minute, Partial: partial}},
		}, now)
		state = next
		if d.Desired != d.Current {
			state, replicas = engine.RecordScale(state, &d, now), d.Desired
		}
		return d
	}
	for range 80 {
		tick(300_000, "")
	}
	steady, before := replicas, state.Damping.Clone()
	for i := range 8 {
		d := tick(int64(40_000+30_000*i), gapReason)
		if d.Desired < steady {
			t.Fatalf("scaled in from %d to %d on a partial rate", steady, d.Desired)
		}
	}
	if state.Damping.Level != before.Level || !state.Damping.Time.Equal(before.Time) {
		t.Errorf("the load was %g, and is taken for %g after the gap", before.Level, state.Damping.Level)
	}
	if d := tick(450_000, gapReason); !d.Damped || d.Desired <= steady {
		t.Errorf("decided %d for a partial rate that is above what %d can bear", d.Desired, steady)
	}
}

// TestAPartialLoadThatIsAboveTheReplicasNeverScalesIn: with headroom, damping requires 24 replicas for a load of 30, but the whole load,
// of which 30 is a part, can require more than the current 27.
func TestAPartialLoadThatIsAboveTheReplicasNeverScalesIn(t *testing.T) {
	query := engine.Metric{Type: engine.Prometheus, Query: "sum(rate(x[2m]))", TargetType: engine.AverageValue, Target: 10_000}
	s := spec(query)
	s.MinReplicas, s.MaxReplicas, s.Damping = 1, 100, &damping.Spec{Headroom: 1.35, Staffing: 0.6}
	s.Down.Stabilization = 0
	state := engine.State{Recommendations: []engine.Recommendation{{Replicas: 27, Time: noon.Add(-time.Hour)}}, Damping: damping.State{Time: noon.Add(-15 * time.Second), Level: 27, ConfirmedLoad: 27, UsualLoad: 27, Replicas: 27}}
	seen := &engine.Observation{
		SpecReplicas: 27, StatusReplicas: 27, Pods: pods(27),
		Readings: []engine.Reading{{Value: 300_000, Time: noon, Window: 2 * time.Minute, Partial: gapReason}},
	}
	d, next := engine.Decide(s, state.Clone(), seen, noon)
	if d.Desired != 27 || !d.Damped || d.Steps[len(d.Steps)-1].Code != engine.ReasonMetricPartial {
		t.Errorf("decided %d, damped %t, want 27, held by %s: %+v", d.Desired, d.Damped, engine.ReasonMetricPartial, d.Steps)
	}
	if next.Damping.Level != 27 {
		t.Errorf("the load was 27, and is taken for %g", next.Damping.Level)
	}
	s.Without = engine.RangeGaps
	if d, _ = engine.Decide(s, state, seen, noon); d.Desired >= 27 {
		t.Errorf("without the correction decided %d, which shows nothing", d.Desired)
	}
}

// TestDampingWaitsForAWholeSample: no pod was ready for the range of its sample, so each sample covers a part of the load. Without
// damping the target holds; with damping, the load of 0.6 would require one replica.
func TestDampingWaitsForAWholeSample(t *testing.T) {
	each := engine.Metric{Type: engine.Pods, Name: "requests", TargetType: engine.AverageValue, Target: 10_000}
	s := spec(each)
	s.MinReplicas, s.Down.Stabilization, s.Damping = 1, 0, &damping.Spec{Headroom: 1.35, Staffing: 0.6}
	state := engine.State{
		Recommendations: []engine.Recommendation{{Replicas: 4, Time: noon.Add(-time.Hour)}},
		Damping:         damping.State{Time: noon.Add(-15 * time.Second), Level: 4, ConfirmedLoad: 4, UsualLoad: 4, Replicas: 4},
	}
	seen := &engine.Observation{SpecReplicas: 4, StatusReplicas: 4, Pods: pods(4), Readings: []engine.Reading{{Pods: repeated(4, 2000)}}}
	for i := range seen.Pods {
		seen.Pods[i].ReadySince = noon.Add(-time.Minute)
	}
	if d, next := engine.Decide(s, state.Clone(), seen, noon); d.Desired != 4 || next.Damping.Level != 4 {
		t.Errorf("decided %d, and the load is taken for %g, want 4 and 4: %+v", d.Desired, next.Damping.Level, d.Steps)
	}
	seen.Pods[0].ReadySince = noon.Add(-time.Hour)
	if d, _ := engine.Decide(s, state.Clone(), seen, noon); d.Desired >= 4 {
		t.Errorf("decided %d with a whole sample, want fewer than 4", d.Desired)
	}
	s.Without = engine.PartialWindows
	seen.Pods[0].ReadySince = noon.Add(-time.Minute)
	if d, _ := engine.Decide(s, state, seen, noon); d.Desired >= 4 {
		t.Errorf("without the correction decided %d, which shows nothing", d.Desired)
	}
}

// TestABatchLosesNoReplicaByAGap: a gap in backlog, arrivals or throughput removes no replica.
func TestABatchLosesNoReplicaByAGap(t *testing.T) {
	open := noon.Add(time.Minute)
	for name, tc := range map[string]struct {
		reading       engine.BatchReading
		want, without int32
	}{
		"of the backlog":    {engine.BatchReading{Backlog: engine.Reading{Value: 1_000_000, Time: open, Partial: gapReason}}, 20, 1},
		"of the arrivals":   {engine.BatchReading{Backlog: engine.Reading{Value: 1_000_000, Time: open}, Arrivals: engine.Reading{Value: 1000, Time: open, Partial: gapReason}}, 20, 1},
		"of the throughput": {engine.BatchReading{Backlog: engine.Reading{Value: 1_000_000, Time: open}, Throughput: engine.Reading{Value: 1_000_000, Time: open, Partial: gapReason}}, 20, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := batchSpec(t)
			s.Batches[0].Plan.Source = batch.Stated
			if tc.reading.Arrivals.Partial != "" {
				s.Batches[0].Arrivals = engine.Metric{Type: engine.External, Name: "arrivals"}
			}
			if tc.reading.Throughput.Partial != "" {
				s.Batches[0].Throughput = engine.Metric{Type: engine.External, Name: "throughput"}
			}
			// The plan is old enough to require fewer replicas.
			state := engine.State{Batches: []engine.BatchState{{Window: s.BatchIdentity(0), State: batch.State{
				Start: noon, Deadline: noon.Add(time.Hour), Backlog: 1100, At: noon, Planned: 2, Aim: noon.Add(50 * time.Minute),
			}}}}
			seen := &engine.Observation{SpecReplicas: 20, StatusReplicas: 20, Pods: pods(20), Batches: []engine.BatchReading{tc.reading}}
			d, _ := engine.Decide(s, state.Clone(), seen, open)
			if d.Desired < tc.want {
				t.Errorf("decided %d, want %d; plan %+v", d.Desired, tc.want, d.Batches)
			}
			s.Without = engine.RangeGaps
			if d, _ = engine.Decide(s, state, seen, open); d.Desired >= tc.want {
				t.Errorf("without the correction decided %d, which shows nothing", d.Desired)
			}
		})
	}
}

// TestPartialNeverScalesIn runs random specs, states and observations with partial values.
func TestPartialNeverScalesIn(t *testing.T) {
	held := 0
	for seed := range uint64(300) {
		g := generator{rand.New(rand.NewPCG(seed, 13))}
		s := g.spec()
		var state engine.State
		replicas, now := int32(1+g.IntN(30)), noon
		for range 30 {
			now = now.Add(time.Duration(1+g.IntN(90)) * time.Second)
			seen := g.observation(s, replicas, now)
			for i := range seen.Readings {
				r := &seen.Readings[i]
				if g.IntN(3) == 0 {
					r.Partial = gapReason
					partialSamples(len(r.Pods), r.Pods)
				}
			}
			var d engine.Decision
			d, state = engine.Decide(s, state, seen, now)
			for _, p := range d.Proposals {
				if p.Partial == "" || !p.Known {
					continue
				}
				if p.Hold == engine.HoldPartial {
					held++
				}
				if p.Replicas < d.Current-d.SetAside() || d.Desired < min(d.Current, d.Max) {
					t.Fatalf("seed %d: scaled in from %d to %d on a partial value: %+v", seed, d.Current, d.Desired, d.Steps)
				}
			}
			if d.Desired != d.Current {
				state, replicas = engine.RecordScale(state, &d, now), d.Desired
			}
		}
	}
	if held < 100 {
		t.Errorf("only %d proposals were held", held)
	}
}

// TestAPartialValueIsNotInactive: one replica stays while its rate is below the activation value because of a gap.
func TestAPartialValueIsNotInactive(t *testing.T) {
	query := engine.Metric{Type: engine.Prometheus, Query: "sum(rate(x[2m]))", TargetType: engine.AverageValue, Target: 10_000, Activation: 1000}
	seen := &engine.Observation{
		SpecReplicas: 1, StatusReplicas: 1, Pods: pods(1), Readings: []engine.Reading{{Value: 900, Time: noon, Partial: gapReason}},
	}
	s, settled := spec(query), engine.State{Recommendations: []engine.Recommendation{{Time: noon.Add(-time.Hour)}}}
	if d, _ := engine.Decide(s, settled.Clone(), seen, noon); d.Desired != 1 {
		t.Errorf("decided %d on a partial value, want 1", d.Desired)
	}
	seen.Readings[0].Partial = ""
	if d, _ := engine.Decide(s, settled, seen, noon); d.Desired != 0 {
		t.Errorf("decided %d on a whole value, want 0", d.Desired)
	}
}
