package engine_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/autoscaler/engine"
)

// TestCorrections compares each correction with upstream's decision, which is the one without it.
func TestCorrections(t *testing.T) {
	perPod := engine.Metric{Type: engine.Pods, Name: "rps", TargetType: engine.AverageValue, Target: 1000}
	latency := engine.Metric{Type: engine.External, Name: "latency", TargetType: engine.Value, Target: 1000}
	queue := engine.Metric{Type: engine.External, Name: "queue", TargetType: engine.AverageValue, Target: 1000}
	queueOfObject := engine.Metric{Type: engine.Object, Name: "queue", TargetType: engine.AverageValue, Target: 1}

	unready := func(all []engine.Pod, from int) []engine.Pod {
		for i := from; i < len(all); i++ {
			all[i].Phase, all[i].Readiness = engine.Pending, engine.NotReady
		}
		return all
	}
	succeeded := pods(4)
	succeeded[3].Phase = engine.Succeeded
	young := pods(4)
	for i := range young {
		young[i].ReadySince = noon.Add(-10 * time.Second)
	}
	justStarted := pods(2)
	for i := range justStarted {
		justStarted[i].Started, justStarted[i].ReadySince = noon.Add(-15*time.Second), noon.Add(-10*time.Second)
	}
	dying := pods(8)
	for i := 4; i < 8; i++ {
		dying[i].Deleting = true
	}
	for name, tc := range map[string]struct {
		correction engine.Correction
		metric     engine.Metric
		seen       engine.Observation
		floor      int32
		// ours and upstreams are the counts with the correction and without it.
		ours, upstreams int32
	}{
		"a huge load scales out, not in": {
			correction: engine.SaturatedNumbers, metric: queueOfObject,
			seen: engine.Observation{SpecReplicas: 4, StatusReplicas: 4, Pods: pods(4), Readings: []engine.Reading{{Value: math.MaxInt32 * 2}}},
			ours: 8, upstreams: 1,
		},
		"a negative sum is not an overflow": {
			correction: engine.SaturatedNumbers, metric: queue,
			seen: engine.Observation{SpecReplicas: 4, StatusReplicas: 4, Pods: pods(4), Readings: []engine.Reading{{Value: -5000}}},
			ours: 1, upstreams: 8,
		},
		"no pod is ready": {
			correction: engine.NoReadyPods, metric: latency,
			seen: engine.Observation{SpecReplicas: 4, StatusReplicas: 4, Pods: unready(pods(4), 0), Readings: []engine.Reading{{Value: 500}}},
			ours: 4, upstreams: 1,
		},
		"every metric fails at zero, and the bound is above": {
			correction: engine.LeaveZeroByBound, metric: queue, floor: 2,
			seen: engine.Observation{Readings: []engine.Reading{{Problem: "down"}}},
			ours: 2, upstreams: 0,
		},
		"overloaded, and with fewer pods than replicas": {
			correction: engine.SameDirection, metric: perPod,
			seen: engine.Observation{SpecReplicas: 10, StatusReplicas: 6, Pods: pods(6), Readings: []engine.Reading{{Pods: samples(slices.Repeat([]int64{1200}, 6)...)}}},
			ours: 10, upstreams: 8,
		},
		"overloaded by a value, and with fewer pods than replicas": {
			correction: engine.SameDirection, metric: latency,
			seen: engine.Observation{SpecReplicas: 10, StatusReplicas: 6, Pods: pods(6), Readings: []engine.Reading{{Value: 1200}}},
			ours: 10, upstreams: 8,
		},
		"a surge counts as replicas": {
			correction: engine.RolloutSurge, metric: queue,
			seen: engine.Observation{SpecReplicas: 10, StatusReplicas: 11, Pods: pods(11), Readings: []engine.Reading{{Value: 10_500}}},
			ours: 10, upstreams: 11,
		},
		"starting pods have half of the load": {
			correction: engine.RolloutSurge, metric: perPod,
			seen: engine.Observation{SpecReplicas: 4, StatusReplicas: 8, Pods: unready(pods(8), 4), Readings: []engine.Reading{{Pods: samples(500, 500, 500, 500, -1, -1, -1, -1)}}},
			ours: 4, upstreams: 2,
		},
		"terminating pods are multiplied": {
			correction: engine.RolloutSurge, metric: latency,
			seen: engine.Observation{SpecReplicas: 4, StatusReplicas: 4, Pods: dying, Readings: []engine.Reading{{Value: 1500}}},
			ours: 6, upstreams: 8,
		},
		"pods that took over a moment ago": {
			correction: engine.PartialWindows, metric: perPod,
			seen: engine.Observation{SpecReplicas: 4, StatusReplicas: 4, Pods: young, Readings: []engine.Reading{{Pods: samples(300, 300, 300, 300)}}},
			ours: 4, upstreams: 2,
		},
		"half of the pods took over a moment ago, and have no usable CPU sample": {
			correction: engine.PartialWindows, metric: engine.Metric{Type: engine.Resource, Name: "cpu", TargetType: engine.AverageValue, Target: 1000},
			seen: engine.Observation{SpecReplicas: 4, StatusReplicas: 4, Pods: append(pods(2), justStarted...), Readings: []engine.Reading{{Pods: samples(860, 860, 300, 300)}}},
			ours: 4, upstreams: 2,
		},
		"pods that took over a moment ago, and a rate over all": {
			correction: engine.PartialWindows, metric: queue,
			seen: engine.Observation{SpecReplicas: 4, StatusReplicas: 4, Pods: young, Readings: []engine.Reading{{Value: 1200, Time: noon, Window: 30 * time.Second}}},
			ours: 4, upstreams: 2,
		},
		"one of four took over a moment ago": {
			correction: engine.PartialWindows, metric: queue,
			seen: engine.Observation{SpecReplicas: 4, StatusReplicas: 4, Pods: append(pods(3), young[0]), Readings: []engine.Reading{{Value: 1200, Time: noon, Window: 30 * time.Second}}},
			ours: 2, upstreams: 2,
		},
		"a succeeded pod": {
			correction: engine.SucceededPods, metric: perPod,
			seen: engine.Observation{SpecReplicas: 3, StatusReplicas: 3, Pods: succeeded, Readings: []engine.Reading{{Pods: samples(1300, 1300, 1300, -1)}}},
			ours: 4, upstreams: 3,
		},
		"a sample of an unknown pod": {
			correction: engine.StrayPods, metric: perPod,
			seen: engine.Observation{SpecReplicas: 2, StatusReplicas: 2, Pods: pods(2), Readings: []engine.Reading{{Pods: samples(900, 900), Strays: []int64{4000}}}},
			ours: 2, upstreams: 4,
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, side := range []struct {
				without engine.Correction
				want    int32
			}{{0, tc.ours}, {tc.correction, tc.upstreams}} {
				s := spec(tc.metric)
				s.MinReplicas, s.Without = max(1, tc.floor), side.without
				s.Down.Stabilization = 0
				d, _ := engine.Decide(s, engine.State{ScaledToZero: true, Recommendations: []engine.Recommendation{{Replicas: 0}}}, &tc.seen, noon)
				if d.Desired != side.want {
					t.Errorf("without %q: %d → %d, want %d; proposals %+v", side.without, d.Current, d.Desired, side.want, d.Proposals)
				}
			}
		})
	}
}

func TestCorrectionsHaveNames(t *testing.T) {
	all, err := engine.ParseCorrections(engine.CorrectionNames())
	if err != nil || all != engine.AllCorrections {
		t.Errorf("all names give %b, %v, want %b", all, err, engine.AllCorrections)
	}
	if diff := cmp.Diff(engine.CorrectionNames(), engine.AllCorrections.Names()); diff != "" {
		t.Error(diff)
	}
	if all, err = engine.ParseCorrections([]string{"All"}); err != nil || all != engine.AllCorrections {
		t.Errorf("All gives %b, %v", all, err)
	}
	if _, err = engine.ParseCorrections([]string{"Gravity"}); err == nil {
		t.Error("ParseCorrections accepts Gravity")
	}
}
