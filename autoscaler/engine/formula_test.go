package engine_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/autoscaler/engine"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// pods gives n pods that are ready and settled.
func pods(n int) []engine.Pod {
	all := make([]engine.Pod, n)
	for i := range all {
		all[i] = engine.Pod{Phase: engine.Running, Readiness: engine.Ready, Started: noon.Add(-time.Hour), ReadySince: noon.Add(-time.Hour)}
	}
	return all
}

// samples of the values; a negative one is missing.
func samples(values ...int64) []engine.Sample {
	all := make([]engine.Sample, len(values))
	for i, v := range values {
		all[i] = engine.Sample{Known: v >= 0, Value: v, Time: noon, Window: 30 * time.Second}
	}
	return all
}

func spec(metrics ...engine.Metric) *engine.Spec {
	return &engine.Spec{
		MinReplicas: 0, MaxReplicas: math.MaxInt32, Metrics: metrics,
		Up:                      engine.Rules{Select: engine.SelectMax, Tolerance: 0.1},
		Down:                    engine.Rules{Select: engine.SelectMax, Tolerance: 0.1},
		CPUInitializationPeriod: 5 * time.Minute, InitialReadinessDelay: 30 * time.Second,
	}
}

// TestProposals has a case for each formula and each of its branches; the figures are worked out by hand.
func TestProposals(t *testing.T) {
	cpu := engine.Metric{Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization, Target: 50}
	cores := engine.Metric{Type: engine.Resource, Name: "cpu", TargetType: engine.AverageValue, Target: 500}
	each := engine.Metric{Type: engine.Pods, Name: "requests", TargetType: engine.AverageValue, Target: 10_000}
	whole := engine.Metric{Type: engine.External, Name: "queue", TargetType: engine.Value, Target: 100_000}
	shared := engine.Metric{Type: engine.External, Name: "queue", TargetType: engine.AverageValue, Target: 10_000}
	request := []int64{1000, 1000, 1000, 1000}

	for name, tc := range map[string]struct {
		metric   engine.Metric
		reading  engine.Reading
		replicas int32 // and as many ready pods, but for zero
		status   int32 // 0: as many as replicas
		want     engine.Proposal
	}{
		"utilisation truncates before it is compared": {
			// 549 of 1000 is 54 %, and 54/50 is within a tolerance of a tenth.
			metric: cpu, reading: engine.Reading{Pods: samples(549, 549), Requests: request[:2]}, replicas: 2,
			want: engine.Proposal{Replicas: 2, Hold: engine.HoldWithinTolerance, Current: 54, Average: 549, Ratio: 1.08, Ready: 2},
		},
		"the bounds of the tolerance are within it": {
			metric: cpu, reading: engine.Reading{Pods: samples(550, 550), Requests: request[:2]}, replicas: 2,
			want: engine.Proposal{Replicas: 2, Hold: engine.HoldWithinTolerance, Current: 55, Average: 550, Ratio: 1.1, Ready: 2},
		},
		"utilisation of unequal requests is of their sum": {
			metric: cpu, reading: engine.Reading{Pods: samples(100, 900), Requests: []int64{100, 1000}}, replicas: 2,
			want: engine.Proposal{Replicas: 4, Current: 90, Average: 500, Ratio: 1.8, Ready: 2},
		},
		"on the way down a missing pod uses its request": {
			metric: cpu, reading: engine.Reading{Pods: samples(100, 100, 100, -1), Requests: request}, replicas: 4,
			// (300+1000)/4000 is 32 %; 32/50·4 is 2.56.
			want: engine.Proposal{Replicas: 3, Current: 10, Average: 100, Ratio: 0.2, Adjusted: 0.64, AdjustedPods: 4, Ready: 3, Missing: 1},
		},
		"on the way up a missing pod uses nothing": {
			metric: cpu, reading: engine.Reading{Pods: samples(900, 900, 900, -1), Requests: request}, replicas: 4,
			// 2700/4000 is 67 %; 67/50·4 is 5.36.
			want: engine.Proposal{Replicas: 6, Current: 90, Average: 900, Ratio: 1.8, Adjusted: 1.34, AdjustedPods: 4, Ready: 3, Missing: 1},
		},
		"missing pods that could turn the direction keep it": {
			metric: cpu, reading: engine.Reading{Pods: samples(400, -1, -1, -1), Requests: request}, replicas: 4,
			want: engine.Proposal{Replicas: 4, Hold: engine.HoldUncertain, Current: 40, Average: 400, Ratio: 0.8, Adjusted: 1.7, AdjustedPods: 4, Ready: 1, Missing: 3},
		},
		"an average has the target for missing pods": {
			metric: cores, reading: engine.Reading{Pods: samples(100, 100, 100, -1)}, replicas: 4,
			// (300+500)/4 is 200; 200/500·4 is 1.6.
			want: engine.Proposal{Replicas: 2, Current: 100, Average: 100, Ratio: 0.2, Adjusted: 0.4, AdjustedPods: 4, Ready: 3, Missing: 1},
		},
		"a pods metric": {
			metric: each, reading: engine.Reading{Pods: samples(25_000, 35_001)}, replicas: 2,
			want: engine.Proposal{Replicas: 6, Current: 30_000, Average: 30_000, Ratio: 3, Ready: 2},
		},
		"a value is multiplied by the ready pods": {
			metric: whole, reading: engine.Reading{Value: 250_000}, replicas: 3,
			want: engine.Proposal{Replicas: 8, Current: 250_000, Ratio: 2.5, Ready: 3},
		},
		"a value at zero replicas is not": {
			metric: whole, reading: engine.Reading{Value: 101_000}, replicas: 0,
			want: engine.Proposal{Replicas: 2, Current: 101_000, Ratio: 1.01},
		},
		"a shared value needs no pods": {
			metric: shared, reading: engine.Reading{Value: 31_000}, replicas: 2,
			want: engine.Proposal{Replicas: 4, Current: 15_500, Ratio: 1.55},
		},
		"a replica that a rollout adds has no share": {
			metric: shared, reading: engine.Reading{Value: 40_000}, replicas: 4, status: 5,
			want: engine.Proposal{Replicas: 4, Hold: engine.HoldWithinTolerance, Current: 10_000, Ratio: 1},
		},
		"a shared value at zero replicas has no average": {
			metric: shared, reading: engine.Reading{Value: 31_000}, replicas: 0,
			want: engine.Proposal{Replicas: 4, Current: 31_000, Ratio: 3.1},
		},
		"a value that overflows saturates": {
			metric: engine.Metric{Type: engine.External, TargetType: engine.AverageValue, Target: 1},
			// Upstream's conversion would give the least integer, which is scale-in.
			reading: engine.Reading{Value: math.MaxInt64}, replicas: 2,
			want: engine.Proposal{Replicas: math.MaxInt32, Current: math.MaxInt64, Ratio: math.MaxInt64 / 2.0},
		},
		"usage that overflows saturates": {
			metric: cpu, reading: engine.Reading{Pods: samples(math.MaxInt64, math.MaxInt64), Requests: request[:2]}, replicas: 2,
			want: engine.Proposal{
				Replicas: 85_899_346, Current: math.MaxInt32, Average: math.MaxInt64 / 2, Ratio: math.MaxInt32 / 50.0, Ready: 2,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			seen := &engine.Observation{
				SpecReplicas: tc.replicas, StatusReplicas: tc.replicas, Pods: pods(int(tc.replicas)),
				Readings: []engine.Reading{tc.reading},
			}
			if tc.status != 0 {
				seen.StatusReplicas = tc.status
			}
			d, _ := engine.Decide(spec(tc.metric), engine.State{ScaledToZero: true}, seen, noon)
			tc.want.Known = true
			if tc.reading.Pods != nil {
				tc.want.Time = noon
			}
			if diff := cmp.Diff(tc.want, d.Proposals[0]); diff != "" {
				t.Errorf("proposal (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnknown(t *testing.T) {
	cpu := engine.Metric{Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization, Target: 50}
	query := engine.Metric{Type: engine.Prometheus, TargetType: engine.Value, Target: 1000, MaxAge: time.Minute}
	for name, tc := range map[string]struct {
		metric engine.Metric
		seen   engine.Observation
		code   string
		want   string
	}{
		"not read":        {cpu, engine.Observation{}, "FailedGetResourceMetric", "the metric was not read"},
		"the source says": {cpu, engine.Observation{Readings: []engine.Reading{{Problem: "no answer"}}}, "FailedGetResourceMetric", "no answer"},
		"no pods":         {cpu, engine.Observation{Readings: []engine.Reading{{}}}, "FailedGetResourceMetric", "no pod matches the target's selector"},
		"no selector": {
			query,
			engine.Observation{PodsProblem: "the target has no selector", Readings: []engine.Reading{{Value: 1}}},
			"InvalidSelector", "the target has no selector",
		},
		"two autoscalers": {
			query,
			engine.Observation{PodsProblem: "also a's", PodsReason: "AmbiguousSelector", Readings: []engine.Reading{{Value: 1}}},
			"AmbiguousSelector", "also a's",
		},
		"a request is missing": {
			cpu,
			engine.Observation{Pods: pods(1), Readings: []engine.Reading{{Pods: samples(1), RequestsProblem: "container a has no request"}}},
			"FailedGetResourceMetric", "container a has no request",
		},
		"nothing is requested": {
			cpu,
			engine.Observation{Pods: pods(1), Readings: []engine.Reading{{Pods: samples(1), Requests: []int64{0}}}},
			"FailedGetResourceMetric", "the pods have no cpu request, which a Utilization target requires",
		},
		"no sample at all": {
			cpu,
			engine.Observation{Pods: pods(2), Readings: []engine.Reading{{Pods: samples(-1, -1), Requests: []int64{1, 1}}}},
			"FailedGetResourceMetric", "no usable samples from 2 pods: 0 not ready, 2 missing, 0 terminating",
		},
		"too old": {
			query,
			engine.Observation{Pods: pods(1), Readings: []engine.Reading{{Value: 5000, Time: noon.Add(-time.Minute)}}},
			"FailedGetPrometheusMetric", "the newest sample is 1m0s old; maxAge is 1m0s",
		},
	} {
		t.Run(name, func(t *testing.T) {
			tc.seen.SpecReplicas, tc.seen.StatusReplicas = 5, 5
			d, state := engine.Decide(spec(tc.metric), engine.State{}, &tc.seen, noon)
			if got := d.Proposals[0]; got.Known || got.Problem != tc.want || got.Code != tc.code {
				t.Errorf("proposal %+v, want the problem %q and the code %q", got, tc.want, tc.code)
			}
			if !d.Failed || d.Desired != 5 || d.HighestMetric != -1 {
				t.Errorf("decision %+v, want it failed at 5", d)
			}
			if got := d.ScalingActive; got != (engine.Verdict{Status: engine.False, Reason: tc.code, Message: tc.want}) {
				t.Errorf("ScalingActive %+v", got)
			}
			if len(state.Recommendations) != 1 || state.Recommendations[0].Replicas != 5 {
				t.Errorf("remembers %+v, want only what it found", state.Recommendations)
			}
		})
	}
}
