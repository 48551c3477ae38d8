package engine_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"flyball.dev/flyball/autoscaler/batch"
	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/schedule"
)

// withoutPods returns a decision without the classes of its pods, which a decision that needs no metric does not read.
func withoutPods(d engine.Decision) engine.Decision {
	d.Pods, d.Shortage, d.CapacityLimited = engine.PodCounts{}, engine.Shortage{}, engine.Verdict{}
	d.Steps = slices.DeleteFunc(slices.Clone(d.Steps), func(s engine.Step) bool { return s.Kind == engine.StepPods })
	return d
}

// TestProperties runs random specs on random observations, some of them with extreme figures, and checks each decision for the
// properties that do not depend on a formula.
func TestProperties(t *testing.T) {
	needless := 0
	for seed := range uint64(150) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			g := generator{rand.New(rand.NewPCG(seed, 7))}
			spec := g.spec()
			var state engine.State
			replicas, now := int32(g.IntN(30)), noon
			for range 40 {
				now = now.Add(time.Duration(1+g.IntN(90)) * time.Second)
				seen := g.observation(spec, replicas, now)
				replayed, _ := engine.Decide(spec, state.Clone(), seen, now)
				if !engine.NeedsMetrics(spec, replicas, now) {
					needless++
					blind := &engine.Observation{SpecReplicas: replicas, StatusReplicas: seen.StatusReplicas, Readings: make([]engine.Reading, len(spec.Metrics))}
					decided, _ := engine.Decide(spec, state.Clone(), blind, now)
					if diff := cmp.Diff(withoutPods(decided), withoutPods(replayed), cmpopts.EquateNaNs()); diff != "" {
						t.Fatalf("no metric is needed, and yet it makes a difference (-without +with):\n%s", diff)
					}
				}
				var d engine.Decision
				d, state = engine.Decide(spec, state, seen, now)
				if diff := cmp.Diff(d, replayed, cmpopts.EquateNaNs()); diff != "" {
					t.Fatalf("the same input gave another answer (-first +second):\n%s", diff)
				}
				checkBounds(t, spec, &d)
				checkUnknown(t, &d)
				checkItems(t, &d)
				checkSteps(t, &d)
				if t.Failed() {
					t.FailNow()
				}
				if d.Desired != d.Current && g.IntN(5) > 0 {
					state = engine.RecordScale(state, &d, now)
					replicas = d.Desired
				}
				if g.IntN(20) == 0 {
					replicas = int32(g.IntN(60)) // by hand
				}
			}
		})
	}
	if needless < 100 {
		t.Errorf("only %d decisions needed no metric", needless)
	}
}

// checkBounds: the decision is within the bounds in force, and the lower one is not above the upper one.
func checkBounds(t *testing.T, spec *engine.Spec, d *engine.Decision) {
	t.Helper()
	if d.Min > d.Max || d.Min < 0 {
		t.Errorf("bounds [%d, %d] are crossed or negative", d.Min, d.Max)
	}
	paused := d.Current == 0 && d.Desired == 0 && d.ScalingActive.Status == engine.False
	if !paused && (d.Desired < d.Min || d.Desired > d.Max) {
		t.Errorf("%d → %d is outside of [%d, %d]: %+v", d.Current, d.Desired, d.Min, d.Max, d)
	}
	if len(d.OpenWindows) == 0 && (d.Min != spec.MinReplicas || d.Max != spec.MaxReplicas) {
		t.Errorf("bounds [%d, %d] without a window are not the spec's", d.Min, d.Max)
	}
}

// checkUnknown: a decision by metrics does not scale in while one is unknown.
func checkUnknown(t *testing.T, d *engine.Decision) {
	t.Helper()
	for _, p := range d.Proposals {
		if !p.Known && !p.IsFallback && d.Desired < d.Current {
			t.Errorf("scaled in from %d to %d with an unknown metric: %s", d.Current, d.Desired, p.Problem)
		}
	}
	for _, p := range d.Batches {
		if p.Problem != "" && d.Desired < min(d.Current, d.Max) {
			t.Errorf("scaled in from %d to %d with an unknown backlog: %s", d.Current, d.Desired, p.Problem)
		}
	}
}

// checkItems: a batch adds at most one replica per item.
func checkItems(t *testing.T, d *engine.Decision) {
	t.Helper()
	for i := range d.Batches {
		p := &d.Batches[i]
		if p.Throughput > 0 && (p.Needed > p.Items || p.Replicas > max(p.Items, d.Min, d.Current, 1)) {
			t.Errorf("%d → %d replicas, %d needed, for %d items: %+v", d.Current, p.Replicas, p.Needed, p.Items, p)
		}
	}
}

// checkSteps: the last step ends at the decision.
func checkSteps(t *testing.T, d *engine.Decision) {
	t.Helper()
	last := d.Steps[len(d.Steps)-1]
	if last.Kind == engine.StepMetric && last.To < 0 {
		last.To = 0 // a negative proposal counts as 0
	}
	if last.To != d.Desired && !(last.Kind == engine.StepHighest && last.To < 0) {
		t.Errorf("steps end at %d, the decision is %d: %+v", last.To, d.Desired, d.Steps)
	}
	if d.Failed != (last.Kind == engine.StepHold && last.Code != engine.ReasonScalingDisabled) {
		t.Errorf("failed is %t, and the last step is %+v", d.Failed, last)
	}
}

// TestNoFasterThanThePolicy: within the policy's period the count grows by at most the policy's value, for any load. A scale-down
// allows a further scale-up, so growth is counted from the lowest count of the period.
func TestNoFasterThanThePolicy(t *testing.T) {
	const most, period = 5, time.Minute
	queue := engine.Metric{Type: engine.External, TargetType: engine.AverageValue, Target: 1000}
	s := spec(queue)
	s.HasBehavior, s.MaxReplicas = true, 10_000
	s.Up.Policies = []engine.RatePolicy{{Value: most, Period: period}}
	s.Down.Policies = []engine.RatePolicy{{Percent: true, Value: 100, Period: 15 * time.Second}}
	s.Down.Select = engine.SelectDisabled

	g := generator{rand.New(rand.NewPCG(1, 2))}
	state, replicas, now := engine.State{}, int32(1), noon
	history := map[time.Time]int32{now: replicas}
	for range 1000 {
		now = now.Add(time.Duration(1+g.IntN(20)) * time.Second)
		seen := &engine.Observation{
			SpecReplicas: replicas, StatusReplicas: replicas,
			Readings: []engine.Reading{{Value: g.Int64N(20_000_000)}},
		}
		var d engine.Decision
		if d, state = engine.Decide(s, state, seen, now); d.Desired != d.Current {
			state = engine.RecordScale(state, &d, now)
			replicas = d.Desired
		}
		history[now] = replicas
		for at, was := range history {
			if now.Sub(at) < period && replicas-was > most {
				t.Fatalf("%d at %s, %d at %s: more than %d in %s", was, at, replicas, now, most, period)
			}
			if now.Sub(at) >= period {
				delete(history, at)
			}
		}
	}
	if replicas < 500 {
		t.Errorf("got %d replicas at the end, too few to test the policy", replicas)
	}
}

// generator generates random specs and observations.
type generator struct{ *rand.Rand }

func (g generator) spec() *engine.Spec {
	s := &engine.Spec{
		MinReplicas: int32(g.IntN(4)), HasBehavior: g.IntN(2) == 0,
		CPUInitializationPeriod: 5 * time.Minute, InitialReadinessDelay: 30 * time.Second,
		Up: g.rules(), Down: g.rules(),
	}
	s.MaxReplicas = s.MinReplicas + 1 + int32(g.IntN(30))
	if g.IntN(2) == 0 {
		s.Damping = g.damping()
	}
	for range 1 + g.IntN(3) {
		s.Metrics = append(s.Metrics, g.metric())
	}
	for range g.IntN(3) {
		s.Windows = append(s.Windows, g.window())
	}
	if len(s.Windows) > 0 && g.IntN(2) == 0 {
		s.Batches = []engine.Batch{{
			Window: g.IntN(len(s.Windows)), Backlog: engine.Metric{Type: engine.External, Name: "backlog"},
			Plan: batch.Spec{Source: batch.Source(1 + g.IntN(3)), Rate: g.Float64() + 0.01, Margin: g.Float64()},
		}}
	}
	return s
}

func (g generator) damping() *damping.Spec {
	d := damping.Balanced()
	for _, part := range []*float64{&d.SurgeLimit, &d.Headroom, &d.Staffing, &d.SafetyFactor, &d.PeakShare, &d.DeadBandUp, &d.DeadBandDown} {
		if g.IntN(3) == 0 {
			*part = g.Float64() * 2
		}
	}
	for _, part := range []*time.Duration{&d.ForecastHorizon, &d.Hold, &d.CostWindow} {
		if g.IntN(3) == 0 {
			*part = time.Duration(g.IntN(1200)) * time.Second
		}
	}
	d.GuardSteps = g.Int32N(9)
	return &d
}

func (g generator) rules() engine.Rules {
	r := engine.Rules{
		Stabilization: time.Duration(g.IntN(4)) * time.Minute,
		Select:        engine.PolicySelect(1 + g.IntN(3)),
		Tolerance:     g.Float64() / 4,
	}
	for range 1 + g.IntN(2) {
		r.Policies = append(r.Policies, engine.RatePolicy{
			Percent: g.IntN(2) == 0, Value: int32(1 + g.IntN(150)), Period: time.Duration(1+g.IntN(120)) * time.Second,
		})
	}
	return r
}

func (g generator) metric() engine.Metric {
	m := engine.Metric{Type: engine.MetricType(1 + g.IntN(6)), Name: "cpu", Target: 1 + g.Int64N(100_000)}
	switch m.Type {
	case engine.Resource, engine.ContainerResource:
		m.TargetType = engine.AverageValue
		if g.IntN(2) == 0 {
			m.TargetType, m.Target = engine.Utilization, 1+g.Int64N(200)
		}
	case engine.Pods:
		m.TargetType = engine.AverageValue
	default:
		m.TargetType = engine.Value + engine.TargetType(g.IntN(2))
	}
	if g.IntN(2) == 0 {
		m.MaxAge = time.Minute
	}
	return m
}

func (g generator) window() schedule.Window {
	w, err := schedule.Compile("w", schedule.Timing{Start: fmt.Sprintf("*/%d * * * *", 1+g.IntN(15)), Duration: time.Duration(1+g.IntN(600)) * time.Second})
	if err != nil {
		panic(err)
	}
	w.Min, w.HasMin, w.Max, w.HasMax = int32(g.IntN(20)), g.IntN(2) == 0, int32(g.IntN(40)), g.IntN(2) == 0
	w.Priority = int32(g.IntN(2))
	return w
}

// value returns a plausible value in most cases, and an extreme one in others.
func (g generator) value() int64 {
	switch g.IntN(20) {
	case 0:
		return math.MaxInt64
	case 1:
		return math.MinInt64
	case 2:
		return -g.Int64N(10_000)
	default:
		return g.Int64N(400_000)
	}
}

func (g generator) observation(spec *engine.Spec, replicas int32, now time.Time) *engine.Observation {
	seen := &engine.Observation{SpecReplicas: replicas, StatusReplicas: int32(g.IntN(30))}
	if g.IntN(30) == 0 {
		seen.PodsProblem = "made up"
	}
	ago := func() time.Time { return now.Add(-time.Duration(g.IntN(600)) * time.Second) }
	for range g.IntN(int(min(replicas, 30)) + 3) {
		seen.Pods = append(seen.Pods, engine.Pod{
			Phase: engine.Phase(1 + g.IntN(4)), Readiness: engine.Readiness(g.IntN(4)),
			ReadySince: ago(), Started: ago(), Deleting: g.IntN(8) == 0, Lost: g.IntN(8) == 0,
		})
	}
	for range spec.Metrics {
		r := engine.Reading{Value: g.value(), Time: ago(), Via: "made up"}
		for range seen.Pods {
			r.Pods = append(r.Pods, engine.Sample{Known: g.IntN(6) > 0, Value: g.value(), Time: ago(), Window: time.Minute})
			r.Requests = append(r.Requests, g.Int64N(4000))
		}
		if g.IntN(6) == 0 {
			r = engine.Reading{Problem: "made up"}
		}
		seen.Readings = append(seen.Readings, r)
	}
	for range spec.Batches {
		r := engine.Reading{Value: g.value(), Time: ago()}
		if g.IntN(6) == 0 {
			r = engine.Reading{Problem: "made up"}
		}
		seen.Batches = append(seen.Batches, engine.BatchReading{Backlog: r})
	}
	return seen
}
