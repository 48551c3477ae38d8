package engine_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/batch"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/schedule"
)

// activated returns a query with a target of 10 per replica, which is inactive at 5 or less.
func activated(name string, target engine.TargetType) engine.Metric {
	return engine.Metric{Type: engine.Prometheus, Query: name, TargetType: target, Target: 10_000, Activation: 5000}
}

// TestActivation has a case for each effect of an activation value on a decision. Values are in thousandths.
func TestActivation(t *testing.T) {
	share, whole := activated("share", engine.AverageValue), activated("whole", engine.Value)
	cpu := engine.Metric{Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization, Target: 50}
	partial := func(o *engine.Observation) {
		o.Pods[0].ReadySince = noon.Add(-10 * time.Second)
		o.Readings[0].Time, o.Readings[0].Window = noon, time.Minute
	}
	unready := func(o *engine.Observation) {
		for i := range o.Pods {
			o.Pods[i].Readiness = engine.NotReady
		}
	}
	busy := func(o *engine.Observation) {
		o.Readings[1] = engine.Reading{Pods: samples(make([]int64, len(o.Pods))...), Requests: make([]int64, len(o.Pods))}
		for i := range o.Pods {
			o.Readings[1].Requests[i] = 1000
		}
		o.Readings[1].Pods[0].Value = 200
	}
	failed := func(o *engine.Observation) { o.Readings[1] = engine.Reading{Problem: "down"} }

	for name, tc := range map[string]struct {
		metrics  []engine.Metric
		values   []int64
		replicas int32
		min      int32
		window   int32 // the minimum of an open window
		fallback int32
		change   func(*engine.Observation)
		want     int32
	}{
		"below":                              {metrics: []engine.Metric{share}, values: []int64{51}, replicas: 1, want: 0},
		"at":                                 {metrics: []engine.Metric{share}, values: []int64{5000}, replicas: 1, want: 0},
		"above":                              {metrics: []engine.Metric{share}, values: []int64{5001}, replicas: 1, want: 1},
		"below, many replicas":               {metrics: []engine.Metric{share}, values: []int64{5000}, replicas: 8, want: 0},
		"negative":                           {metrics: []engine.Metric{share}, values: []int64{-3000}, replicas: 8, want: 0},
		"a Value target below":               {metrics: []engine.Metric{whole}, values: []int64{5000}, replicas: 3, want: 0},
		"a Value target above":               {metrics: []engine.Metric{whole}, values: []int64{5001}, replicas: 3, want: 2},
		"a Value target within tolerance":    {metrics: []engine.Metric{{Type: engine.Prometheus, TargetType: engine.Value, Target: 5000, Activation: 5000}}, values: []int64{5000}, replicas: 3, want: 0},
		"no pod is ready":                    {metrics: []engine.Metric{whole}, values: []int64{5000}, replicas: 3, change: unready, want: 3},
		"a value over a part of the time":    {metrics: []engine.Metric{share}, values: []int64{51}, replicas: 1, change: partial, want: 1},
		"a minimum":                          {metrics: []engine.Metric{share}, values: []int64{51}, replicas: 3, min: 1, want: 1},
		"a minimum ignores it":               {metrics: []engine.Metric{{Type: engine.Prometheus, TargetType: engine.AverageValue, Target: 1000, Activation: 5000}}, values: []int64{4000}, replicas: 9, min: 1, want: 4},
		"a window's minimum":                 {metrics: []engine.Metric{share}, values: []int64{51}, replicas: 3, window: 2, want: 2},
		"two below":                          {metrics: []engine.Metric{share, whole}, values: []int64{51, 51}, replicas: 3, want: 0},
		"one above keeps one":                {metrics: []engine.Metric{share, activated("other", engine.AverageValue)}, values: []int64{51, 5001}, replicas: 3, want: 1},
		"one above, and the other asks more": {metrics: []engine.Metric{{Type: engine.Prometheus, TargetType: engine.AverageValue, Target: 1000, Activation: 5000}, activated("other", engine.AverageValue)}, values: []int64{4000, 5001}, replicas: 9, want: 4},
		"one above wakes for both":           {metrics: []engine.Metric{{Type: engine.Prometheus, TargetType: engine.AverageValue, Target: 1000, Activation: 5000}, activated("other", engine.AverageValue)}, values: []int64{4000, 5001}, replicas: 0, want: 4},
		"at zero below":                      {metrics: []engine.Metric{share, activated("other", engine.Value)}, values: []int64{5000, 5000}, replicas: 0, want: 0},
		"CPU is active":                      {metrics: []engine.Metric{share, cpu}, values: []int64{51, 0}, replicas: 3, change: busy, want: 1},
		"the other is unknown":               {metrics: []engine.Metric{share, activated("other", engine.AverageValue)}, values: []int64{51, 0}, replicas: 3, change: failed, want: 3},
		"the other is unknown, at zero":      {metrics: []engine.Metric{share, activated("other", engine.AverageValue)}, values: []int64{51, 0}, replicas: 0, change: failed, want: 0},
		"the other falls back":               {metrics: []engine.Metric{share, activated("other", engine.AverageValue)}, values: []int64{51, 0}, replicas: 4, fallback: 2, change: failed, want: 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := spec(tc.metrics...)
			s.MinReplicas, s.MaxReplicas = tc.min, 100
			if tc.window > 0 {
				w, err := schedule.Compile("day", schedule.Timing{Start: "0 12 * * *", Duration: time.Hour})
				if err != nil {
					t.Fatal(err)
				}
				w.Min, w.HasMin = tc.window, true
				s.Windows = []schedule.Window{w}
			}
			state := engine.State{ScaledToZero: true, Recommendations: []engine.Recommendation{{Time: noon.Add(-time.Hour)}}}
			if tc.fallback > 0 {
				s.Fallback = &engine.Fallback{After: time.Minute, Replicas: tc.fallback, Behavior: engine.FallbackStatic}
				state.Outages = []engine.Outage{{Metric: tc.metrics[1].Identity(), Since: noon.Add(-time.Hour)}}
			}
			seen := &engine.Observation{SpecReplicas: tc.replicas, StatusReplicas: tc.replicas, Pods: pods(int(tc.replicas))}
			for _, value := range tc.values {
				seen.Readings = append(seen.Readings, engine.Reading{Value: value})
			}
			if tc.change != nil {
				tc.change(seen)
			}
			if d, _ := engine.Decide(s, state, seen, noon); d.Desired != tc.want {
				t.Errorf("%d → %d, want %d: %+v", tc.replicas, d.Desired, tc.want, d.Proposals)
			}
		})
	}
}

// TestABatchIsActive: a batch that requires replicas keeps the proposals of inactive metrics, and one that requires none does not.
func TestABatchIsActive(t *testing.T) {
	for backlog, want := range map[int64]int32{100_000: 8, 0: 0} {
		s := batchSpec(t)
		s.Metrics = []engine.Metric{{Type: engine.Prometheus, TargetType: engine.AverageValue, Target: 500, Activation: 5000}}
		state := engine.State{Recommendations: []engine.Recommendation{{Time: noon.Add(-time.Hour)}}}
		state.Batches = []engine.BatchState{{Window: s.BatchIdentity(0), State: batch.State{
			Start: noon, Deadline: noon.Add(time.Hour), At: noon, Planned: 1, DrainedSince: noon,
		}}}
		now := noon.Add(10 * time.Minute)
		seen := left(9, backlog, now)
		seen.Readings = []engine.Reading{{Value: 4000}}
		if d, _ := engine.Decide(s, state, seen, now); d.Desired != want {
			t.Errorf("with %d left, 9 → %d, want %d: %+v", backlog, d.Desired, want, d.Steps)
		}
	}
}

// TestActivationIsHeld: stabilization is the cooldown before zero, and rate policies limit the scale-down.
func TestActivationIsHeld(t *testing.T) {
	s := spec(activated("share", engine.AverageValue))
	s.HasBehavior, s.MaxReplicas = true, 100
	s.Up.Policies = []engine.RatePolicy{{Percent: true, Value: 100, Period: 15 * time.Second}}
	s.Down.Policies = []engine.RatePolicy{{Value: 2, Period: time.Minute}}
	s.Down.Stabilization = 5 * time.Minute
	state, replicas := engine.State{}, int32(4)
	var zero time.Duration
	for elapsed := time.Duration(0); elapsed <= 10*time.Minute; elapsed += 15 * time.Second {
		now := noon.Add(elapsed)
		value := int64(51)
		if elapsed == 0 {
			value = 40_000
		}
		seen := &engine.Observation{SpecReplicas: replicas, Pods: pods(int(replicas)), Readings: []engine.Reading{{Value: value, Time: now}}}
		var d engine.Decision
		d, state = engine.Decide(s, state, seen, now)
		if elapsed <= 5*time.Minute-time.Second && d.Desired < 4 {
			t.Fatalf("after %s: %d replicas, and the value was above within the stabilization window", elapsed, d.Desired)
		}
		if d.Desired < replicas-2 {
			t.Fatalf("after %s: %d → %d, and the policy is 2 a minute", elapsed, replicas, d.Desired)
		}
		if d.Desired != replicas {
			state, replicas = engine.RecordScale(state, &d, now), d.Desired
		}
		if replicas == 0 && zero == 0 {
			if zero = elapsed; !state.ScaledToZero {
				t.Errorf("at zero, the state does not say that the autoscaler scaled it there")
			}
		}
	}
	if zero < 6*time.Minute || zero > 6*time.Minute+30*time.Second {
		t.Errorf("zero after %s, want 5 minutes of stabilization and one of the policy", zero)
	}
}

// TestActivationProperty compares random groups of metrics with the rule in its plain form: no active metric, no replicas; with
// one, the count is the highest proposal, as if no metric had an activation value.
func TestActivationProperty(t *testing.T) {
	zeros := 0
	for seed := range uint64(20_000) {
		g := rand.New(rand.NewPCG(seed, 11))
		s := spec()
		s.MaxReplicas = 1000
		replicas := g.Int32N(10)
		seen := &engine.Observation{SpecReplicas: replicas, Pods: pods(int(replicas))}
		active := false
		for range 1 + g.IntN(3) {
			m := engine.Metric{
				Type: engine.Object + engine.MetricType(g.IntN(3)), TargetType: engine.Value + engine.TargetType(g.IntN(2)),
				Target: 1 + g.Int64N(20_000),
			}
			if m.Type == engine.Prometheus {
				m.Activation = g.Int64N(4) * 3000
			}
			value := g.Int64N(12_000)
			s.Metrics = append(s.Metrics, m)
			seen.Readings = append(seen.Readings, engine.Reading{Value: value})
			active = active || value > m.Activation
		}
		state := engine.State{ScaledToZero: true, Recommendations: []engine.Recommendation{{Time: noon.Add(-time.Hour)}}}
		d, _ := engine.Decide(s, state.Clone(), seen, noon)
		plain := *s
		plain.Metrics = slices.Clone(s.Metrics)
		for i := range plain.Metrics {
			plain.Metrics[i].Activation = -1
		}
		want, _ := engine.Decide(&plain, state, seen, noon)
		if !active {
			zeros++
			want.Desired = 0
		}
		if d.Desired != want.Desired {
			t.Fatalf("seed %d: %d → %d, want %d (active: %t): %+v", seed, replicas, d.Desired, want.Desired, active, d.Proposals)
		}
	}
	if zeros < 500 {
		t.Errorf("only %d groups were inactive", zeros)
	}
}
