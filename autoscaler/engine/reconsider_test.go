package engine_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
)

// TestReconsiderAgreesWithDecide: the recommendation by unchanged readings is that of the decision.
func TestReconsiderAgreesWithDecide(t *testing.T) {
	compared := 0
	var r engine.Reconsider
	var v engine.Evaluated
	for seed := range uint64(150) {
		g := generator{rand.New(rand.NewPCG(seed, 9))}
		spec := g.spec()
		var state engine.State
		replicas, now := int32(g.IntN(30)), noon
		for range 40 {
			now = now.Add(time.Duration(1+g.IntN(90)) * time.Second)
			seen := g.observation(spec, replicas, now)
			var d engine.Decision
			d, state = engine.Decide(spec, state, seen, now)
			v.Record(spec, &state, seen, &d, true)
			if r.Concerned(&v, seen.Readings, time.Minute, now) {
				t.Fatalf("seed %d: the readings of the decision call for another one: %+v", seed, d.Steps)
			}
			if want, found, ok := recommendationOf(&d); ok {
				compared++
				if got, gotFound := r.Recommend(&v, seen.Readings, now); got != want || gotFound != found {
					t.Fatalf("seed %d: recommendation %d %t, want %d %t: %+v", seed, got, gotFound, want, found, d.Steps)
				}
			}
			if d.Desired != d.Current && g.IntN(5) > 0 {
				state = engine.RecordScale(state, &d, now)
				replicas = d.Desired
			}
		}
	}
	if compared < 1000 {
		t.Errorf("only %d decisions were compared", compared)
	}
}

// recommendationOf returns the recommendation by the steps of a decision. ok is false for a decision without proposals.
func recommendationOf(d *engine.Decision) (replicas int32, found, ok bool) {
	for _, s := range d.Steps {
		switch s.Kind {
		case engine.StepMetric, engine.StepFallback, engine.StepBatch:
			replicas = max(0, s.To)
		case engine.StepHighest:
			return max(0, s.To), true, true
		case engine.StepHold:
			return 0, false, len(d.Proposals) > 0
		}
	}
	return replicas, true, len(d.Proposals) > 0
}

func TestConcerned(t *testing.T) {
	const period = time.Minute
	query := engine.Metric{Type: engine.Prometheus, TargetType: engine.AverageValue, Target: 10_000}
	behavior := func(s *engine.Spec) { s.HasBehavior = true }
	noStabilization := func(s *engine.Spec) { s.Down.Stabilization = 0 }
	for _, test := range []struct {
		name        string
		edits       []func(*engine.Spec)
		first, next int64 // the load of 4 replicas is 40
		want        bool
	}{
		{"the same load", nil, 40, 40, false},
		{"2% more", nil, 40, 41, false},
		{"half as much again", nil, 40, 60, true},
		{"a scale-in that stabilization holds", nil, 40, 20, false},
		{"a scale-in without stabilization", []func(*engine.Spec){noStabilization}, 40, 20, true},
		{"a damped scale-in", []func(*engine.Spec){noStabilization, func(s *engine.Spec) { s.Damping = new(damping.Balanced()) }}, 40, 20, false},
		{"a second scale-up, limited per sync", nil, 60, 80, false},
		{"a second scale-up, limited by policies", []func(*engine.Spec){behavior}, 60, 80, true},
		{"a load that decreases within a scale-in", []func(*engine.Spec){behavior}, 20, 10, false},
		{"a load beyond maxReplicas", []func(*engine.Spec){behavior}, 2000, 3000, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := spec(query)
			s.MinReplicas, s.MaxReplicas, s.Down.Stabilization = 1, 100, 5*time.Minute
			s.Up.Policies = []engine.RatePolicy{{Percent: true, Value: 900, Period: time.Minute}}
			s.Up.Select = engine.SelectMax
			for _, edit := range test.edits {
				edit(s)
			}
			seen := observed(4)
			readings := func(load int64) []engine.Reading { return []engine.Reading{{Value: load * 1000, Time: noon}} }
			seen.Readings = readings(test.first)
			d, state := engine.Decide(s, engine.State{}, seen, noon)
			var v engine.Evaluated
			v.Record(s, &state, seen, &d, true)
			if got := new(engine.Reconsider).Concerned(&v, readings(test.next), period, noon.Add(time.Second)); got != test.want {
				t.Errorf("after a decision for %d replicas: %t, want %t", d.Desired, got, test.want)
			}
		})
	}
}

func TestConcernedByLoadAtZero(t *testing.T) {
	s := spec(engine.Metric{Type: engine.Prometheus, TargetType: engine.AverageValue, Target: 10_000, Activation: 5_000})
	s.MinReplicas, s.MaxReplicas = 0, 10
	seen := &engine.Observation{Readings: []engine.Reading{{Value: 0, Time: noon}}}
	d, state := engine.Decide(s, engine.State{ScaledToZero: true}, seen, noon)
	var v engine.Evaluated
	var r engine.Reconsider
	v.Record(s, &state, seen, &d, true)
	for value, want := range map[int64]bool{0: false, 5_000: false, 6_000: true} {
		if got := r.Concerned(&v, []engine.Reading{{Value: value, Time: noon}}, time.Minute, noon); got != want {
			t.Errorf("value %d at zero replicas: %t, want %t", value, got, want)
		}
	}
	d, state = engine.Decide(s, engine.State{}, seen, noon)
	if v.Record(s, &state, seen, &d, true); r.Concerned(&v, []engine.Reading{{Value: 90_000, Time: noon}}, time.Minute, noon) {
		t.Error("a target that a user scaled to zero calls for a decision")
	}
}

func TestConcernedByFirstValue(t *testing.T) {
	s := spec(engine.Metric{Type: engine.Prometheus, TargetType: engine.AverageValue, Target: 10_000})
	seen := observed(4)
	seen.Readings = []engine.Reading{{Problem: "no series"}}
	d, state := engine.Decide(s, engine.State{}, seen, noon)
	var v engine.Evaluated
	var r engine.Reconsider
	v.Record(s, &state, seen, &d, true)
	if r.Concerned(&v, seen.Readings, time.Minute, noon) {
		t.Error("an unknown metric calls for a decision")
	}
	if !r.Concerned(&v, []engine.Reading{{Value: 40_000, Time: noon}}, time.Minute, noon) {
		t.Error("the first value of a metric calls for no decision")
	}
}

// TestReconsiderDoesNotAllocate: judging a reading allocates nothing in steady state.
func TestReconsiderDoesNotAllocate(t *testing.T) {
	s := spec(engine.Metric{Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization, Target: 80})
	seen := observed(10)
	d, state := engine.Decide(s, engine.State{}, seen, noon)
	var v engine.Evaluated
	var r engine.Reconsider
	judge := func() {
		v.Record(s, &state, seen, &d, true)
		r.Concerned(&v, seen.Readings, time.Minute, noon.Add(time.Second))
	}
	judge()
	if got := testing.AllocsPerRun(1000, judge); got > 0 {
		t.Errorf("a judgment allocates %g times", got)
	}
}

// BenchmarkConcerned judges the reading of one metric over n pods.
func BenchmarkConcerned(b *testing.B) {
	for _, n := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprintf("pods=%d", n), func(b *testing.B) {
			s := spec(engine.Metric{Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization, Target: 80})
			seen := observed(n)
			d, state := engine.Decide(s, engine.State{}, seen, noon)
			var v engine.Evaluated
			var r engine.Reconsider
			v.Record(s, &state, seen, &d, true)
			readings := slices.Clone(seen.Readings)
			b.ReportAllocs()
			for b.Loop() {
				r.Concerned(&v, readings, time.Minute, noon)
			}
		})
	}
}
