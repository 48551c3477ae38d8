package explain_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/explain"
	"flyball.dev/flyball/autoscaler/schedule"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func spec(change func(*engine.Spec)) *engine.Spec {
	s := &engine.Spec{
		MinReplicas: 2, MaxReplicas: 20,
		Metrics:                 []engine.Metric{{Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization, Target: 80}},
		Up:                      engine.Rules{Select: engine.SelectMax, Tolerance: 0.1},
		Down:                    engine.Rules{Select: engine.SelectMax, Tolerance: 0.1, Stabilization: 5 * time.Minute},
		CPUInitializationPeriod: 5 * time.Minute, InitialReadinessDelay: 30 * time.Second,
	}
	change(s)
	return s
}

// seen is a target with ready pods that each use so much of their request of one core; missing ones have no sample.
func seen(replicas int32, ready, missing int, percent int64) *engine.Observation {
	o := &engine.Observation{SpecReplicas: replicas, StatusReplicas: replicas}
	r := engine.Reading{Via: "direct"}
	for i := range ready + missing {
		o.Pods = append(o.Pods, engine.Pod{Phase: engine.Running, Readiness: engine.Ready, Started: noon.Add(-time.Hour), ReadySince: noon.Add(-time.Hour)})
		r.Pods = append(r.Pods, engine.Sample{Known: i < ready, Value: 10 * percent, Time: noon})
		r.Requests = append(r.Requests, 1000)
	}
	o.Readings = []engine.Reading{r}
	return o
}

// partial is an observation of which every sample is partial.
func partial(o *engine.Observation) *engine.Observation {
	for i := range o.Readings[0].Pods {
		o.Readings[0].Pods[i].Partial = "range of 2m0s spans a gap in 1 of 1 series"
	}
	return o
}

// whole is a target with so many ready pods, and a metric that is one value.
func whole(replicas int32, ready int, value int64) *engine.Observation {
	o := seen(replicas, ready, 0, 0)
	o.Readings = []engine.Reading{{Value: value}}
	return o
}

func window(t *testing.T, change func(*schedule.Window)) schedule.Window {
	t.Helper()
	w, err := schedule.Compile("reports", schedule.Timing{Start: "0 12 * * *", Duration: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	change(&w)
	return w
}

func TestReason(t *testing.T) {
	none := func(*engine.Spec) {}
	query := func(s *engine.Spec) {
		s.Metrics = append(s.Metrics, engine.Metric{Type: engine.Prometheus, TargetType: engine.AverageValue, Target: 100_000, Activation: 5000})
	}
	reading := func(o *engine.Observation, r engine.Reading) *engine.Observation {
		o.Readings = append(o.Readings, r)
		return o
	}
	history := engine.State{Recommendations: []engine.Recommendation{{Replicas: 8, Time: noon.Add(-time.Minute)}}}

	for name, tc := range map[string]struct {
		spec  *engine.Spec
		state engine.State
		seen  *engine.Observation
		want  string
	}{
		"out": {
			spec(none),
			engine.State{},
			seen(6, 6, 0, 150),
			"scale out from 6 to 12: cpu: utilization 150%, target 80%; 6 ready pods → 12 (direct)",
		},
		"in tolerance": {
			spec(none),
			engine.State{},
			seen(6, 6, 0, 84),
			"keep 6: cpu: utilization 84%, target 80%; 6 ready pods; within tolerance → 6 (direct)",
		},
		"a gap": {
			spec(none),
			engine.State{},
			partial(seen(6, 6, 0, 20)),
			"keep 6: cpu: utilization 20%, target 80%; 6 ready pods, 6 partial; " +
				"partial value: range of 2m0s spans a gap in 1 of 1 series; scale-in held → 6 (direct)",
		},
		"one pod": {
			spec(func(s *engine.Spec) { s.MinReplicas = 1 }),
			engine.State{},
			seen(1, 1, 0, 84),
			"keep 1: cpu: utilization 84%, target 80%; 1 ready pod; within tolerance → 1 (direct)",
		},
		"doubled": {
			spec(none),
			engine.State{},
			seen(3, 3, 0, 240),
			"scale out from 3 to 6: cpu: utilization 240%, target 80%; 3 ready pods → 9 (direct); scale-up limit: at most 2× or 4 pods per sync; 3 replicas now → 6",
		},
		"stabilised": {
			spec(none), history, seen(8, 8, 0, 20),
			"keep 8: cpu: utilization 20%, target 80%; 8 ready pods → 2 (direct); stabilization: highest recommendation in the last 5m is 8 → 8",
		},
		"missing pods": {
			spec(none),
			engine.State{},
			seen(4, 1, 3, 60),
			"keep 4: cpu: utilization 60%, target 80%; 1 ready pod, 3 missing; with assumed values for missing and unready pods: 4 pods at 1.125× target; scale direction not confirmed → 4 (direct)",
		},
		"ceiling": {
			spec(none),
			engine.State{},
			seen(19, 19, 0, 200),
			"scale out from 19 to 20: cpu: utilization 200%, target 80%; 19 ready pods → 48 (direct); spec.maxReplicas is 20 → 20",
		},
		"below the floor": {
			spec(none),
			engine.State{},
			seen(1, 1, 0, 80),
			"scale out from 1 to 2: spec.minReplicas is 2 → 2",
		},
		"the query wins": {
			spec(query),
			engine.State{},
			reading(seen(3, 3, 0, 80), engine.Reading{Value: 450_500, Via: "direct"}),
			"scale out from 3 to 5: query: 150.167 per replica, target 100 → 5 (direct)",
		},
		"unknown beside known": {
			spec(query),
			engine.State{},
			reading(seen(3, 3, 0, 20), engine.Reading{Problem: "Prometheus did not answer within 5s"}),
			"keep 3: query is unknown: Prometheus did not answer within 5s; an unknown metric never scales in → 3",
		},
		"nothing known": {
			spec(none),
			engine.State{},
			seen(3, 0, 3, 0),
			"keep 3: cpu is unknown: no usable samples from 3 pods: 0 not ready, 3 missing, 0 terminating; no metric has a value → 3",
		},
		"paused by zero": {
			spec(none),
			engine.State{},
			seen(0, 0, 0, 0),
			"keep 0: scaling is disabled: the target has 0 replicas, and this autoscaler did not scale it to 0",
		},
		"inactive": {
			spec(func(s *engine.Spec) { s.Metrics = nil; s.MinReplicas = 0; query(s) }),
			engine.State{ScaledToZero: true},
			&engine.Observation{Readings: []engine.Reading{{Value: 4000}}},
			"keep 0: query: value 4, target 100; inactive: value not above activationValue 5 → 0",
		},
		"a policy": {
			spec(func(s *engine.Spec) {
				s.HasBehavior, s.Up.Policies = true, []engine.RatePolicy{{Value: 1, Period: 90 * time.Second}}
			}),
			engine.State{},
			seen(3, 3, 0, 240),
			"scale out from 3 to 4: cpu: utilization 240%, target 80%; 3 ready pods → 9 (direct); scale-up limit: 1 pod per 1m30s; 3 replicas now: at most 4 → 4",
		},
		"a policy gives back what was added in its period": {
			spec(func(s *engine.Spec) {
				s.HasBehavior, s.Down.Stabilization, s.Down.Policies = true, 0, []engine.RatePolicy{{Value: 1, Period: 20 * time.Minute}}
			}),
			engine.State{Ups: []engine.ScaleEvent{{Change: 9, Time: noon.Add(-time.Minute)}}},
			seen(18, 18, 0, 4),
			"scale in from 18 to 8: cpu: utilization 4%, target 80%; 18 ready pods → 1 (direct); scale-down limit: 1 pod per 20m; 18 replicas now, 9 added within 20m: at least 8 → 8",
		},
		"a policy gives back what was removed in its period": {
			spec(func(s *engine.Spec) {
				s.HasBehavior, s.Up.Policies = true, []engine.RatePolicy{{Percent: true, Value: 50, Period: time.Minute}}
			}),
			engine.State{Downs: []engine.ScaleEvent{{Change: 2, Time: noon.Add(-30 * time.Second)}}},
			seen(4, 4, 0, 800),
			"scale out from 4 to 9: cpu: utilization 800%, target 80%; 4 ready pods → 40 (direct); scale-up limit: 50% per 1m; 4 replicas now, 2 removed within 1m: at most 9 → 9",
		},
		"more pods than were asked for": {
			spec(func(s *engine.Spec) {
				s.Metrics[0] = engine.Metric{Type: engine.Object, Name: "hits", TargetType: engine.Value, Target: 250_000}
			}),
			engine.State{},
			whole(4, 8, 190_000),
			"keep 4: hits: value 190, target 250; 8 ready pods; 0.76× target requires 7 replicas; a value below target never scales out → 4",
		},
		"fewer pods than were asked for": {
			spec(func(s *engine.Spec) {
				s.Metrics[0] = engine.Metric{Type: engine.Object, Name: "hits", TargetType: engine.Value, Target: 250_000}
			}),
			engine.State{},
			whole(4, 2, 300_000),
			"keep 4: hits: value 300, target 250; 2 ready pods; 1.2× target requires 3 replicas; a value above target never scales in → 4",
		},
		"a negative value": {
			spec(func(s *engine.Spec) {
				s.Metrics[0] = engine.Metric{Type: engine.External, Name: "queue", TargetType: engine.AverageValue, Target: 1000}
			}),
			engine.State{},
			whole(4, 4, -4000),
			"keep 4: queue: -1 per replica, target 1; a negative value counts as 0 → 0; stabilization: highest recommendation in the last 5m is 4 → 4",
		},
		"disabled": {
			spec(func(s *engine.Spec) {
				s.HasBehavior, s.Down.Stabilization, s.Down.Select = true, 0, engine.SelectDisabled
			}),
			engine.State{},
			seen(4, 4, 0, 20),
			"keep 4: cpu: utilization 20%, target 80%; 4 ready pods → 1 (direct); scale-down limit: selectPolicy is Disabled → 4",
		},
		"a window's floor": {
			spec(func(s *engine.Spec) {
				s.Windows = []schedule.Window{window(t, func(w *schedule.Window) { w.Min, w.HasMin = 10, true })}
			}),
			engine.State{},
			seen(4, 4, 0, 20),
			"scale out from 4 to 10: window reports: at least 10 replicas → 10",
		},
		"a window's floor above the ceiling": {
			spec(func(s *engine.Spec) {
				s.Windows = []schedule.Window{window(t, func(w *schedule.Window) { w.Min, w.HasMin = 30, true })}
			}),
			engine.State{},
			seen(4, 4, 0, 20),
			"scale out from 4 to 20: spec.maxReplicas is 20 → 20",
		},
		"a window's ceiling": {
			spec(func(s *engine.Spec) {
				s.Windows = []schedule.Window{window(t, func(w *schedule.Window) { w.HasMax = true })}
			}),
			engine.State{},
			seen(4, 4, 0, 20),
			"scale in from 4 to 0: window reports: at most 0 replicas → 0",
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := engine.Decide(tc.spec, tc.state, tc.seen, noon)
			if diff := cmp.Diff(tc.want, explain.Reason(tc.spec, &d)); diff != "" {
				t.Errorf("reason (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTargets(t *testing.T) {
	s := spec(func(s *engine.Spec) {
		s.Metrics = []engine.Metric{
			{Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization, Target: 80},
			{Type: engine.Resource, Name: "cpu", TargetType: engine.AverageValue, Target: 250},
			{Type: engine.ContainerResource, Name: "memory", Container: "app", TargetType: engine.AverageValue, Target: 512 << 20 * 1000},
			{Type: engine.Pods, Name: "http_requests", TargetType: engine.AverageValue, Target: 100_000},
			{Type: engine.Prometheus, TargetType: engine.Value, Target: 2500},
			{Type: engine.Prometheus, TargetType: engine.Value, Target: 1000},
		}
	})
	known := func(current int64) engine.Proposal { return engine.Proposal{Known: true, Current: current} }
	d := &engine.Decision{Proposals: []engine.Proposal{known(73), known(180), known(100<<20*1000 + 500), known(90_500), {}, known(-1)}}
	want := "cpu: 73%/80%, cpu: 180m/250m, memory of container app: 100Mi/512Mi, http_requests: 90.5/100, query 1: <unknown>/2.5, query 2: -0.001/1"
	if diff := cmp.Diff(want, explain.Targets(s, d)); diff != "" {
		t.Errorf("targets (-want +got):\n%s", diff)
	}
	if got, want := explain.Targets(spec(func(*engine.Spec) {}), &engine.Decision{}), "cpu: <unknown>/80%"; got != want {
		t.Errorf("targets of a decision that asked no metric: %q, want %q", got, want)
	}
}

func TestText(t *testing.T) {
	s := spec(func(s *engine.Spec) {
		low := window(t, func(w *schedule.Window) { w.Name, w.Min, w.HasMin = "low", 3, true })
		s.Windows = []schedule.Window{low, window(t, func(w *schedule.Window) { w.Min, w.HasMin, w.Priority = 10, true, 1 })}
	})
	d, _ := engine.Decide(s, engine.State{}, seen(12, 12, 0, 120), noon)
	want := `scale out from 12 to 18: cpu: utilization 120%, target 80%; 12 ready pods → 18 (direct)

Replicas  12 current, 18 desired, min 10, max 20
Targets   cpu: 120%/80%
Window    low is open; its bounds are overridden
Window    reports is open
Steps
  Current          12 → 12    target has 12 replicas
  Metric           12 → 18    cpu: utilization 120%, target 80%; 12 ready pods → 18 (direct)
`
	if diff := cmp.Diff(want, explain.Text(s, &d)); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

func BenchmarkReasonAndSteps(b *testing.B) {
	s := spec(func(*engine.Spec) {})
	d, _ := engine.Decide(s, engine.State{}, seen(3, 3, 0, 240), noon)
	b.ReportAllocs()
	for b.Loop() {
		explain.Reason(s, &d)
		explain.Steps(s, &d)
	}
}
