package engine_test

import (
	"fmt"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
)

// endpointPods returns ready pods: endpoints of the Service, others without an endpoint, and draining ones.
func endpointPods(serving, outside, draining int) []engine.Pod {
	all := pods(serving + outside + draining)
	for i := range all {
		all[i].Name, all[i].Endpoint = fmt.Sprint("web-", i), engine.EndpointServing
		if i >= serving {
			all[i].Endpoint = engine.NoEndpoint
		}
		if i >= serving+outside {
			all[i].Endpoint, all[i].Deleting = engine.EndpointDraining, true
		}
	}
	return all
}

// TestEndpointsCarryTheLoad: of each pod's requests, with a target of 100. The pods have used nothing but these values for an hour.
func TestEndpointsCarryTheLoad(t *testing.T) {
	for name, tc := range map[string]struct {
		serving, outside, draining int
		value, outsideValue        int64
		replicas, want             int32
	}{
		"all serve":                                            {serving: 10, value: 200, replicas: 10, want: 20},
		"pods without an endpoint are idle":                    {serving: 10, outside: 10, value: 250, replicas: 20, want: 25},
		"they can take over":                                   {serving: 10, outside: 10, value: 200, replicas: 20, want: 20},
		"a scale-in could delete the others":                   {serving: 10, outside: 10, value: 50, replicas: 20, want: 15},
		"the load of draining pods is to come to the others":   {serving: 6, draining: 4, value: 120, replicas: 6, want: 12},
		"it does not scale in below what that needs":           {serving: 6, draining: 4, value: 50, replicas: 6, want: 6},
		"fewer than the limit drain":                           {serving: 9, draining: 1, value: 50, replicas: 9, want: 5},
		"pods without an endpoint do not hide those that have": {serving: 2, outside: 8, value: 600, outsideValue: 5, replicas: 10, want: 12},
	} {
		t.Run(name, func(t *testing.T) {
			s := spec(engine.Metric{Type: engine.Pods, Name: "requests", TargetType: engine.AverageValue, Target: 100})
			s.Serving = &engine.Serving{Service: "web", MaxDrainingPercent: 25}
			o := &engine.Observation{SpecReplicas: tc.replicas, StatusReplicas: tc.replicas, Pods: endpointPods(tc.serving, tc.outside, tc.draining)}
			values := make([]int64, len(o.Pods))
			for i := range values {
				if values[i] = tc.value; o.Pods[i].Endpoint == engine.NoEndpoint {
					values[i] = tc.outsideValue
				}
			}
			o.Readings = []engine.Reading{{Pods: samples(values...)}}
			state := engine.State{Recommendations: []engine.Recommendation{{Replicas: 1, Time: noon.Add(-time.Minute)}}}
			if d, _ := engine.Decide(s, state, o, noon); d.Desired != tc.want {
				t.Errorf("%d → %d, want %d: %+v", tc.replicas, d.Desired, tc.want, d.Proposals)
			}
		})
	}
}

// TestScaleInWaitsWhilePodsDrain: a queue that requires 3 replicas, on a target of 6.
func TestScaleInWaitsWhilePodsDrain(t *testing.T) {
	for name, tc := range map[string]struct {
		serving, draining int
		problem           string
		min               int32
		damped            bool
		want              int32
		reason            string
	}{
		"none drains":                 {serving: 6, want: 3},
		"a quarter":                   {serving: 6, draining: 2, want: 3},
		"more than a quarter":         {serving: 6, draining: 3, want: 6, reason: engine.ReasonPodsDraining},
		"more than a quarter, damped": {serving: 6, draining: 3, damped: true, want: 6, reason: engine.ReasonPodsDraining},
		"all drain":                   {serving: 0, draining: 6, want: 6, reason: engine.ReasonPodsDraining},
		"unknown endpoints":           {serving: 6, problem: "made up", want: 6, reason: engine.ReasonEndpointsUnknown},
		"a bound":                     {serving: 6, draining: 6, min: 7, want: 7},
	} {
		t.Run(name, func(t *testing.T) {
			s := spec(engine.Metric{Type: engine.External, Name: "queue", TargetType: engine.AverageValue, Target: 1000})
			s.MinReplicas, s.Serving = max(1, tc.min), &engine.Serving{Service: "web", MaxDrainingPercent: 25}
			if tc.damped {
				s.Damping = new(damping.Balanced())
			}
			o := &engine.Observation{
				SpecReplicas: 6, StatusReplicas: 6, Pods: endpointPods(tc.serving, 0, tc.draining),
				Readings: []engine.Reading{{Value: 3000, Time: noon}}, EndpointsProblem: tc.problem,
			}
			if tc.problem != "" {
				for i := range o.Pods {
					o.Pods[i].Endpoint = engine.EndpointUnknown
				}
			}
			var d engine.Decision
			var state engine.State
			for now := noon.Add(-time.Hour); !now.After(noon); now = now.Add(15 * time.Second) { // until the hold of damping ends
				d, state = engine.Decide(s, state, o, now)
			}
			if d.Desired != tc.want || tc.reason != "" && d.AbleToScale.Reason != tc.reason {
				t.Errorf("6 → %d, %+v, want %d, %s", d.Desired, d.AbleToScale, tc.want, tc.reason)
			}
			if d.Pods.Draining != int32(tc.draining) || d.Pods.Ending != d.Pods.Draining {
				t.Errorf("pods: %+v", d.Pods)
			}
		})
	}
}

// TestStartsAreLearnedWithoutAnEndpoint: a pod that is ready has started, although its endpoint follows a moment later.
func TestStartsAreLearnedWithoutAnEndpoint(t *testing.T) {
	s := spec(engine.Metric{Type: engine.External, Name: "queue", TargetType: engine.AverageValue, Target: 1000})
	s.Serving = &engine.Serving{Service: "web", MaxDrainingPercent: 25}
	o := &engine.Observation{SpecReplicas: 1, Pods: endpointPods(0, 1, 0), Readings: []engine.Reading{{Value: 1000, Time: noon}}}
	o.Pods[0].Started, o.Pods[0].ReadySince = noon.Add(-time.Minute), noon.Add(-time.Second)
	if _, state := engine.Decide(s, engine.State{StartUp: engine.StartUp{Until: noon.Add(-time.Minute)}}, o, noon); state.StartUp.Seconds != 59 {
		t.Errorf("the start took %gs, want 59s", state.StartUp.Seconds)
	}
}
