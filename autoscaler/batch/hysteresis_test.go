package batch_test

import (
	"math"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/batch"
)

// stated returns a spec with a stated rate and an observation at ten o'clock. Each test changes the fields that it tests.
func stated(rate float64) (*batch.Spec, batch.Observation) {
	return &batch.Spec{Source: batch.Stated, Rate: rate, Margin: 0.2}, batch.Observation{
		Start: ten, Deadline: ten.Add(8 * time.Hour), Backlog: 9000, At: ten, HasArrivals: true, StartUp: time.Minute, Max: 100,
	}
}

// TestUnknownBacklogDelaysScaleIn: the time of an unknown backlog does not count toward the hold.
func TestUnknownBacklogDelaysScaleIn(t *testing.T) {
	spec, seen := stated(0.1)
	state := batch.State{Start: ten, Planned: 20, Aim: ten.Add(7 * time.Hour), Backlog: 9000, At: ten}
	seen.Current, seen.Ready = 20, 20
	var plan batch.Plan
	for minute := range 30 {
		now := ten.Add(time.Duration(minute) * time.Minute)
		seen.Backlog, seen.At, seen.Problem = 9000, now, ""
		if minute > 1 && minute < 28 {
			seen.Problem = "Prometheus is down"
		}
		plan, state = batch.Replan(spec, state, &seen, now)
	}
	if plan.Replicas != 20 || !plan.Fewer {
		t.Errorf("%d replicas are planned two minutes after the backlog has come back, want the 20 there were: %+v", plan.Replicas, plan)
	}
}

// TestNewPlanStartsFromCurrentReplicas: a planner without state does not scale in before the hold.
func TestNewPlanStartsFromCurrentReplicas(t *testing.T) {
	spec, seen := stated(0.1)
	seen.Current, seen.Ready = 30, 30
	if plan, _ := batch.Replan(spec, batch.State{}, &seen, ten); plan.Replicas != 30 {
		t.Errorf("%d replicas are planned, and 30 are there", plan.Replicas)
	}
}

// TestHigherMaximumRestoresNoReplicas: a higher maximum does not restore replicas that the former one cut, unless the work requires them.
func TestHigherMaximumRestoresNoReplicas(t *testing.T) {
	spec, seen := stated(0.1)
	seen.Current, seen.Ready = 30, 30
	_, state := batch.Replan(spec, batch.State{}, &seen, ten)
	seen.Max = 6
	_, state = batch.Replan(spec, state, &seen, ten)
	seen.Current, seen.Ready, seen.Max = 6, 6, 100
	if plan, _ := batch.Replan(spec, state, &seen, ten); plan.Replicas != 6 {
		t.Errorf("%d replicas are planned, and 6 are more than enough", plan.Replicas)
	}
}

// TestFinishIncludesLastItem: the expected finish includes the duration of one item, for any number of replicas.
func TestFinishIncludesLastItem(t *testing.T) {
	spec, seen := stated(0.001)
	seen.Backlog, seen.Current, seen.Ready = 1, 50, 50
	if plan, _ := batch.Replan(spec, batch.State{}, &seen, ten); plan.Finish.Sub(ten) != 1000*time.Second {
		t.Errorf("an item of 1000 s is done in %s", plan.Finish.Sub(ten))
	}
}

// TestSampleCountsOnce: a sample counts once, even if several ticks read it.
func TestSampleCountsOnce(t *testing.T) {
	spec, seen := stated(0.1)
	seen.HasArrivals, seen.Current, seen.Ready = false, 5, 5
	var plan batch.Plan
	var state batch.State
	for i := range 4 {
		plan, state = batch.Replan(spec, state, &seen, ten.Add(time.Duration(i)*15*time.Second))
	}
	if plan.Arrivals != 0 || math.IsNaN(state.Arrivals) {
		t.Errorf("arrivals are %g", plan.Arrivals)
	}
}

// TestIdleReplicasDoNotCount: if fewer items than replicas are left, the planner drops the open block of the throughput estimate.
func TestIdleReplicasDoNotCount(t *testing.T) {
	f := newFluid(batch.Spec{Source: batch.Learned, Rate: 2, Margin: 0.2}, 100_000)
	for range 12 {
		f.tick()
	}
	if f.state.Rate.BlockSeconds == 0 {
		f.tick()
	}
	f.seen.Backlog = 1
	f.tick()
	if f.state.Rate.BlockSeconds != 0 {
		t.Errorf("a block of %g replica seconds goes on", f.state.Rate.BlockSeconds)
	}
}

// TestEstimateSetsNoRisk: a guessed throughput does not set AtRisk if twice that throughput is sufficient. A stated throughput sets it.
func TestEstimateSetsNoRisk(t *testing.T) {
	for source, want := range map[batch.Source]batch.Phase{batch.Learned: batch.OnTime, batch.Stated: batch.AtRisk} {
		spec, seen := stated(0.1)
		spec.Source, seen.Max = source, 2
		if plan, _ := batch.Replan(spec, batch.State{}, &seen, ten); plan.Phase != want {
			t.Errorf("of source %d the phase is %d, want %d", source, plan.Phase, want)
		}
	}
}

// TestUnknownBacklogIsNoMiss: if the backlog is unknown at the deadline, the phase is AtRisk, and the plan reports no missed deadline.
func TestUnknownBacklogIsNoMiss(t *testing.T) {
	spec, seen := stated(0.1)
	_, state := batch.Replan(spec, batch.State{}, &seen, ten)
	seen.Problem = "Prometheus is down"
	plan, state := batch.Replan(spec, state, &seen, seen.Deadline)
	if plan.Missed || plan.Phase != batch.AtRisk {
		t.Errorf("phase %d, missed %t", plan.Phase, plan.Missed)
	}
	seen.Problem, seen.Backlog, seen.At = "", 7, seen.Deadline.Add(time.Minute)
	if plan, _ = batch.Replan(spec, state, &seen, seen.At); !plan.Missed || plan.Left != 7 {
		t.Errorf("once it is known: phase %d, missed %t with %g left", plan.Phase, plan.Missed, plan.Left)
	}
}

// TestOneReplicaIsMeasured: before a throughput has been measured, one replica starts. The other replicas start when it is measured.
func TestOneReplicaIsMeasured(t *testing.T) {
	spec, seen := stated(0)
	spec.Source = batch.Measured
	plan, state := batch.Replan(spec, batch.State{}, &seen, ten)
	if plan.Replicas != 1 || plan.Problem == "" {
		t.Errorf("%d replicas are planned: %+v", plan.Replicas, plan)
	}
	seen.Current, seen.Ready, seen.Throughput, seen.HasThroughput, seen.At = 1, 1, 0.1, true, ten.Add(time.Minute)
	if plan, _ = batch.Replan(spec, state, &seen, seen.At); plan.Replicas != 4 || plan.Problem != "" {
		t.Errorf("once it is measured, %d replicas are planned: %+v", plan.Replicas, plan)
	}
}

// TestTail: the tail is the stated longest item, or by default five times the mean item and at most a quarter of the time.
func TestTail(t *testing.T) {
	for name, tc := range map[string]struct {
		rate    float64
		longest time.Duration
		want    time.Duration
	}{
		"five times the mean": {0.1, 0, 50 * time.Second},
		"a quarter":           {0.0001, 0, 2 * time.Hour},
		"stated":              {0.1, 3 * time.Hour, 3 * time.Hour},
	} {
		spec, seen := stated(tc.rate)
		spec.LongestItem = tc.longest
		if plan, _ := batch.Replan(spec, batch.State{}, &seen, ten); plan.Tail != tc.want {
			t.Errorf("%s: the last item must have begun %s before the deadline, want %s", name, plan.Tail, tc.want)
		}
	}
}

// TestWorkersThatEndAreNoRisk: when the workers have ended shortly before the deadline, a backlog sample from before they ended does
// not set AtRisk. A newer sample sets it.
func TestWorkersThatEndAreNoRisk(t *testing.T) {
	spec, seen := stated(0.1)
	now := seen.Deadline.Add(-time.Minute)
	seen.Backlog, seen.Current = 10, 5
	var state batch.State
	for i, look := range []struct {
		ready      int32
		now, known time.Duration
		want       batch.Phase
	}{
		{5, 0, -30 * time.Second, batch.OnTime},
		{5, 15 * time.Second, -15 * time.Second, batch.OnTime},
		{0, 30 * time.Second, 0, batch.OnTime},
		{0, 45 * time.Second, 15 * time.Second, batch.OnTime},
		{0, 55 * time.Second, 30 * time.Second, batch.AtRisk},
	} {
		var plan batch.Plan
		seen.Ready, seen.At = look.ready, now.Add(look.known)
		if plan, state = batch.Replan(spec, state, &seen, now.Add(look.now)); plan.Phase != look.want {
			t.Errorf("look %d, with %d ready: the phase is %d, want %d", i, seen.Ready, plan.Phase, look.want)
		}
	}
}

// TestRiskDoesNotFlicker: AtRisk is cleared only when the plan is on time with a distance of 2% of the whole time.
func TestRiskDoesNotFlicker(t *testing.T) {
	spec, seen := stated(0.1)
	seen.Current, seen.Ready, seen.Max = 2, 2, 2
	state := batch.State{}
	for i, want := range []batch.Phase{batch.OnTime, batch.AtRisk, batch.AtRisk, batch.OnTime} {
		seen.Backlog = []float64{5700, 5800, 5700, 5600}[i] // just enough is 5760
		seen.At = ten.Add(time.Duration(i) * time.Second)
		var plan batch.Plan
		if plan, state = batch.Replan(spec, state, &seen, seen.At); plan.Phase != want {
			t.Errorf("with %g left the phase is %d, want %d", seen.Backlog, plan.Phase, want)
		}
	}
}
