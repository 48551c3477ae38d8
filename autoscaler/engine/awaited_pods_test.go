package engine_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
)

// fullUse is a target of which ten pods serve, and others have been requested. Its samples have a window of a minute.
type fullUse struct {
	utilization int64
	// onTheirWay pods started two minutes ago. They have been ready for a time, or start where it is negative.
	onTheirWay int
	readyFor   time.Duration
	// before is the utilization of the decision 15 s earlier; 0 for none.
	before int64
	// change changes the observation and the spec.
	change func(*engine.Spec, *engine.Observation)
}

// decide returns the decision at noon, after one with ten pods two minutes before, from which the history of the ready pods begins.
func (f *fullUse) decide(spec *engine.Spec) engine.Decision {
	_, state := engine.Decide(spec, engine.State{}, f.observation(10, 70, noon.Add(-2*time.Minute)), noon.Add(-2*time.Minute))
	state.StartUp, state.Samples[0].Cadence = engine.StartUp{Seconds: 120, Pods: 20, Until: noon}, 15*time.Second
	if f.before > 0 {
		state.Samples[0].Newest = noon.Add(-30 * time.Second)
		_, state = engine.Decide(spec, state, f.observation(10+f.onTheirWay, f.before, noon.Add(-15*time.Second)), noon.Add(-15*time.Second))
	}
	o := f.observation(10+f.onTheirWay, f.utilization, noon)
	if f.change != nil {
		f.change(spec, o)
	}
	d, _ := engine.Decide(spec, state, o, noon)
	return d
}

func (f *fullUse) observation(replicas int, utilization int64, now time.Time) *engine.Observation {
	o := &engine.Observation{SpecReplicas: int32(replicas), StatusReplicas: int32(replicas), Pods: pods(replicas)}
	r := engine.Reading{}
	for i := range o.Pods {
		sample := engine.Sample{Known: true, Value: 10 * utilization, Time: now, Window: time.Minute}
		if pod := &o.Pods[i]; i >= 10 {
			pod.Started, pod.ReadySince = noon.Add(-2*time.Minute), noon.Add(-f.readyFor)
			if f.readyFor < 0 {
				pod.Phase, pod.Readiness, pod.ReadySince, sample = engine.Pending, engine.NotReady, time.Time{}, engine.Sample{}
			}
		}
		r.Pods, r.Requests = append(r.Pods, sample), append(r.Requests, 1000)
	}
	o.Readings = []engine.Reading{r}
	return o
}

// TestScaleOutAtFullUseWaits: ten pods at full use of a target of 70% require 15, whatever the load is. They were requested.
func TestScaleOutAtFullUseWaits(t *testing.T) {
	const starts = -time.Second
	obstacle := func(_ *engine.Spec, o *engine.Observation) {
		last := &o.Pods[len(o.Pods)-1]
		last.Phase, last.Readiness, last.Obstacle = engine.Pending, engine.NotReady, engine.ImageUnavailable
	}
	for name, tc := range map[string]struct {
		fullUse
		want int32
		hold engine.Hold
	}{
		"nothing is on its way":                {fullUse{utilization: 100}, 15, 0},
		"a part of what full use requires":     {fullUse{utilization: 100, onTheirWay: 2, readyFor: starts}, 15, 0},
		"all that full use requires":           {fullUse{utilization: 100, onTheirWay: 5, readyFor: starts}, 15, engine.HoldUncertain},
		"ready for less than a window":         {fullUse{utilization: 100, onTheirWay: 5, readyFor: 30 * time.Second}, 15, engine.HoldUncertain},
		"ready for half of a start":            {fullUse{utilization: 100, onTheirWay: 5, readyFor: 70 * time.Second}, 15, engine.HoldAwaitedPods},
		"ready for a window and a sample":      {fullUse{utilization: 100, onTheirWay: 5, readyFor: 75 * time.Second, before: 100}, 22, 0},
		"within the tolerance of full use":     {fullUse{utilization: 96, onTheirWay: 5, readyFor: 70 * time.Second}, 15, engine.HoldAwaitedPods},
		"more than full use":                   {fullUse{utilization: 110, onTheirWay: 5, readyFor: 70 * time.Second}, 24, 0},
		"less than full use":                   {fullUse{utilization: 90, onTheirWay: 5, readyFor: 70 * time.Second}, 20, 0},
		"full use ended within the window":     {fullUse{utilization: 90, onTheirWay: 5, readyFor: 75 * time.Second, before: 100}, 15, engine.HoldAwaitedPods},
		"more than full use after it":          {fullUse{utilization: 120, onTheirWay: 5, readyFor: 75 * time.Second, before: 100}, 26, 0},
		"at the target after full use":         {fullUse{utilization: 74, onTheirWay: 5, readyFor: 75 * time.Second, before: 100}, 15, engine.HoldWithinTolerance},
		"below the target after full use":      {fullUse{utilization: 49, onTheirWay: 5, readyFor: 75 * time.Second, before: 100}, 11, 0},
		"no scale-in while pods are awaited":   {fullUse{utilization: 100, onTheirWay: 20, readyFor: 70 * time.Second}, 30, engine.HoldAwaitedPods},
		"pods that cannot run are not awaited": {fullUse{utilization: 100, onTheirWay: 5, readyFor: 75 * time.Second, before: 100, change: obstacle}, 20, 0},
		"late pods are not awaited": {fullUse{utilization: 100, onTheirWay: 5, readyFor: 70 * time.Second, change: func(_ *engine.Spec, o *engine.Observation) {
			for i := 10; i < 15; i++ {
				o.Pods[i].Started = noon.Add(-time.Hour)
			}
		}}, 22, 0},
		"full use is unknown for an average": {fullUse{utilization: 100, onTheirWay: 5, readyFor: 70 * time.Second, change: func(s *engine.Spec, _ *engine.Observation) {
			s.Metrics[0].TargetType, s.Metrics[0].Target = engine.AverageValue, 700
		}}, 22, 0},
		"full use is unknown for memory": {fullUse{utilization: 100, onTheirWay: 5, readyFor: 70 * time.Second, change: func(s *engine.Spec, _ *engine.Observation) {
			s.Metrics[0].Name = "memory"
		}}, 22, 0},
		"without the correction": {fullUse{utilization: 100, onTheirWay: 5, readyFor: 70 * time.Second, change: func(s *engine.Spec, _ *engine.Observation) {
			s.Without = engine.AwaitedPods
		}}, 22, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := spec(engine.Metric{Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization, Target: 70})
			s.MaxReplicas, s.Up.Tolerance, s.Down.Tolerance = 100, 0.1, 0.1
			d := tc.decide(s)
			if p := &d.Proposals[0]; p.Replicas != tc.want || p.Hold != tc.hold {
				t.Errorf("%d → %d, hold %d, want %d, hold %d: %+v", d.Current, p.Replicas, p.Hold, tc.want, tc.hold, p)
			}
		})
	}
}

// TestDampingAtFullUse: the requirement is the load that the pods show, without forecast, headroom and dead band.
func TestDampingAtFullUse(t *testing.T) {
	for onTheirWay, want := range map[int]int32{0: 15, 4: 15, 5: 15} {
		s := spec(engine.Metric{Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization, Target: 70})
		s.MaxReplicas, s.Damping = 100, new(damping.Balanced())
		f := fullUse{utilization: 100, onTheirWay: onTheirWay, readyFor: -time.Second}
		if d := f.decide(s); d.Desired != want || !d.Damping.FullUse {
			t.Errorf("with %d on their way %d → %d, want %d: %+v", onTheirWay, d.Current, d.Desired, want, d.Damping)
		}
	}
}

// TestAwaitedPodsOnlyReduceScaleOuts compares random decisions with and without the correction: a proposal differs only where it is
// higher without, and it is at least the current count then.
func TestAwaitedPodsOnlyReduceScaleOuts(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	limited := 0
	for range 20_000 {
		f := fullUse{
			utilization: 60 + r.Int64N(60), onTheirWay: r.IntN(20), readyFor: time.Duration(r.IntN(120)-20) * time.Second, before: 60 + r.Int64N(60),
		}
		with := spec(engine.Metric{Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization, Target: 20 + r.Int64N(70)})
		without := *with
		without.Without = engine.AwaitedPods
		d, exact := f.decide(with), f.decide(&without)
		p, q := &d.Proposals[0], &exact.Proposals[0]
		if p.Replicas != q.Replicas {
			limited++
			if p.Replicas > q.Replicas || p.Replicas < d.Current || p.Hold != engine.HoldAwaitedPods {
				t.Fatalf("%+v: %d instead of %d of %d replicas: %+v", f, p.Replicas, q.Replicas, d.Current, p)
			}
		}
	}
	if limited < 500 {
		t.Errorf("only %d proposals were limited", limited)
	}
}

// TestAwaitingDoesNotAllocate: neither does a decision at full use.
func TestAwaitingDoesNotAllocate(t *testing.T) {
	s := spec(engine.Metric{Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization, Target: 70})
	f := fullUse{onTheirWay: 5, readyFor: 30 * time.Second}
	o := f.observation(15, 100, noon)
	var state engine.State
	var d engine.Decision
	decide := func() { state = engine.DecideInto(&d, s, state, o, noon) }
	decide()
	if got := testing.AllocsPerRun(100, decide); got > 0 || d.Proposals[0].Awaited != 5 {
		t.Errorf("a decision with %d awaited pods allocates %g times", d.Proposals[0].Awaited, got)
	}
}
