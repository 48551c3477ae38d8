package engine_test

import (
	"fmt"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
)

// lostNode returns the observation of ten pods at their target of 70% at a time since the node of three of them was lost. The node
// lifecycle controller sets them unready, the others take over their load, and their last sample stays for two minutes. After five
// minutes they are evicted, and their replacements are ready a minute later. The window of the samples is a minute.
func lostNode(m *engine.Metric, after time.Duration) *engine.Observation {
	const lost, window, eviction = 3, time.Minute, 5 * time.Minute
	now := noon.Add(after)
	o := &engine.Observation{SpecReplicas: 10, StatusReplicas: 10, Pods: pods(10)}
	r := engine.Reading{}
	add := func(sample engine.Sample) {
		r.Pods = append(r.Pods, sample)
		if m.TargetType == engine.Utilization {
			r.Requests = append(r.Requests, 1000)
		}
	}
	// The load of ten is shared by seven, and again by ten.
	share := 700 + 300*min(window, max(0, after))/window
	if back := after - eviction - time.Minute; back > 0 {
		share -= 300 * min(window, back) / window
	}
	for i := range o.Pods {
		switch pod := &o.Pods[i]; {
		case i >= lost || after < 0:
			add(engine.Sample{Known: true, Value: int64(share), Time: now, Window: window})
		default:
			pod.Readiness, pod.ReadySince, pod.Deleting = engine.NotReady, noon, after >= eviction
			add(engine.Sample{Known: after < 2*time.Minute, Value: 700, Time: noon.Add(-time.Second), Window: window})
		}
	}
	for i := range lost {
		ready := after - eviction - time.Minute
		switch pod := (engine.Pod{Name: fmt.Sprint("new-", i), Phase: engine.Running, Readiness: engine.NotReady, Started: noon.Add(eviction), ReadySince: noon.Add(eviction)}); {
		case after < eviction:
		case ready < 0:
			o.Pods = append(o.Pods, pod)
			add(engine.Sample{})
		default:
			pod.Readiness, pod.ReadySince = engine.Ready, noon.Add(eviction+time.Minute)
			o.Pods = append(o.Pods, pod)
			add(engine.Sample{Known: ready > 15*time.Second, Value: 700 * int64(min(window, ready)) / int64(window), Time: now, Window: window})
		}
	}
	o.Readings = []engine.Reading{r}
	return o
}

// TestLostNode: the load of three of ten pods moves to the others, and back to their replacements. It is the same load all the time,
// so that the replicas stay. Upstream adds the last samples of the lost pods to the load of the others.
func TestLostNode(t *testing.T) {
	cpu := engine.Metric{Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization, Target: 70}
	requests := engine.Metric{Type: engine.Pods, Name: "requests", TargetType: engine.AverageValue, Target: 700}
	for name, tc := range map[string]struct {
		metric  engine.Metric
		damped  bool
		without engine.Correction
		want    int32
	}{
		"utilization":                     {metric: cpu, want: 10},
		"utilization, damped":             {metric: cpu, damped: true, want: 10},
		"average":                         {metric: requests, want: 10},
		"average, damped":                 {metric: requests, damped: true, want: 10},
		"utilization, without correction": {metric: cpu, without: engine.LostPods, want: 13},
		"average, without correction":     {metric: requests, without: engine.LostPods, want: 13},
	} {
		t.Run(name, func(t *testing.T) {
			s := spec(tc.metric)
			s.Without = tc.without
			if tc.damped {
				s.Damping = new(damping.Balanced())
			}
			var state engine.State
			var d engine.Decision
			highest, lowest := int32(10), int32(10)
			for after := -10 * time.Minute; after <= 10*time.Minute; after += 15 * time.Second {
				d, state = engine.Decide(s, state, lostNode(&tc.metric, after), noon.Add(after))
				if highest, lowest = max(highest, d.Desired), min(lowest, d.Desired); d.Desired != 10 && tc.want == 10 {
					t.Errorf("%s after the loss: 10 → %d: %+v", after, d.Desired, d.Proposals)
				}
			}
			if highest != tc.want || lowest != 10 {
				t.Errorf("%d to %d replicas, want 10 to %d", lowest, highest, tc.want)
			}
		})
	}
}
