package engine_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/autoscaler/batch"
	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/schedule"
)

// batchSpec returns a spec with a batch window of an hour from noon only. A replica does ten units a second.
func batchSpec(t testing.TB) *engine.Spec {
	t.Helper()
	w, err := schedule.Compile("reports", schedule.Timing{Start: "0 12 * * *", Duration: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	s := spec()
	s.MinReplicas, s.MaxReplicas, s.Windows = 0, 50, []schedule.Window{w}
	s.Batches = []engine.Batch{{
		Backlog: engine.Metric{Type: engine.External, Name: "backlog", MaxAge: 5 * time.Minute},
		Plan:    batch.Spec{Source: batch.Stated, Rate: 10, Margin: 0.2},
	}}
	return s
}

// left returns an observation with replicas that are all ready, and a backlog.
func left(replicas int32, backlog int64, now time.Time) *engine.Observation {
	return &engine.Observation{
		SpecReplicas: replicas, StatusReplicas: replicas, Pods: pods(int(replicas)),
		Batches: []engine.BatchReading{{Backlog: engine.Reading{Value: 1000 * backlog, Time: now}}},
	}
}

// TestBatchInTheEngine has a case for each effect of a batch on a decision.
func TestBatchInTheEngine(t *testing.T) {
	queue := engine.Metric{Type: engine.External, Name: "requests", TargetType: engine.AverageValue, Target: 1000}
	with := func(change func(*engine.Spec)) *engine.Spec {
		s := batchSpec(t)
		change(s)
		return s
	}
	none := func(*engine.Spec) {}
	requests := func(s *engine.Spec) { s.Metrics = []engine.Metric{queue} }
	open, before := noon.Add(time.Minute), noon.Add(-time.Minute)
	unread := func(o *engine.Observation) *engine.Observation {
		o.Batches[0].Backlog = engine.Reading{Problem: "Prometheus does not answer"}
		return o
	}
	beside := func(o *engine.Observation, value int64) *engine.Observation {
		o.Readings = []engine.Reading{{Value: value}}
		return o
	}
	missed := engine.State{Batches: []engine.BatchState{{Window: batchSpec(t).BatchIdentity(0), State: batch.State{
		Start: noon.Add(-24 * time.Hour), Deadline: noon.Add(-23 * time.Hour), Backlog: 9000, At: noon.Add(-23 * time.Hour), Missed: true, Left: 9000,
	}}}}

	planned := engine.State{Batches: []engine.BatchState{{Window: batchSpec(t).BatchIdentity(0), State: batch.State{
		Start: noon, Deadline: noon.Add(time.Hour), Backlog: 1100, At: noon, Planned: 2, Aim: noon.Add(50 * time.Minute),
	}}}}

	for name, tc := range map[string]struct {
		spec   *engine.Spec
		state  engine.State
		seen   *engine.Observation
		now    time.Time
		want   int32
		active engine.Verdict
		risk   engine.Verdict
	}{
		"outside its window, without a metric, the minimum applies": {
			spec: with(none), seen: left(7, 5000, before), now: before, want: 0,
			active: engine.Verdict{Status: engine.True, Reason: "NoWork"}, risk: engine.Verdict{Status: engine.False, Reason: "NoWork"},
		},
		"within its window it leaves zero": {
			spec: with(none), seen: left(0, 100_000, open), now: open, want: 4,
			active: engine.Verdict{Status: engine.True, Reason: "BatchPlanned"}, risk: engine.Verdict{Status: engine.False, Reason: "OnTime"},
		},
		"at risk it scales to the maximum": {
			spec: with(none), seen: left(40, 2_000_000, open), now: open, want: 50,
			active: engine.Verdict{Status: engine.True, Reason: "BatchPlanned"}, risk: engine.Verdict{Status: engine.True, Reason: "DeadlineAtRisk"},
		},
		"an unknown backlog holds": {
			spec: with(none), seen: unread(left(7, 0, open)), now: open, want: 7,
			active: engine.Verdict{Status: engine.False, Reason: "FailedGetExternalMetric", Message: "Prometheus does not answer"},
			risk:   engine.Verdict{Status: engine.False, Reason: "OnTime"},
		},
		"an old backlog is unknown": {
			spec: with(none), seen: left(7, 0, open.Add(-6*time.Minute)), now: open, want: 7,
			active: engine.Verdict{Status: engine.False, Reason: "FailedGetExternalMetric", Message: "the newest sample is 6m0s old; maxAge is 5m0s"},
			risk:   engine.Verdict{Status: engine.False, Reason: "OnTime"},
		},
		"the highest of a metric and a batch: the metric": {
			spec: with(requests), seen: beside(left(8, 100_000, open), 9000), now: open, want: 9,
			active: engine.Verdict{Status: engine.True, Reason: "ValidMetricFound"}, risk: engine.Verdict{Status: engine.False, Reason: "OnTime"},
		},
		"the highest of a metric and a batch: the batch": {
			spec: with(requests), seen: beside(left(8, 300_000, open), 2000), now: open, want: 11,
			active: engine.Verdict{Status: engine.True, Reason: "BatchPlanned"}, risk: engine.Verdict{Status: engine.False, Reason: "OnTime"},
		},
		"an unknown metric holds against a lower batch": {
			spec: with(requests), state: planned, seen: left(30, 1000, open), now: open, want: 30,
			active: engine.Verdict{Status: engine.False, Reason: "FailedGetExternalMetric", Message: "the metric was not read"},
			risk:   engine.Verdict{Status: engine.False, Reason: "OnTime"},
		},
		"an unknown batch holds against a lower metric": {
			spec: with(requests), seen: unread(beside(left(30, 0, open), 1000)), now: open, want: 30,
			active: engine.Verdict{Status: engine.False, Reason: "FailedGetExternalMetric", Message: "Prometheus does not answer"},
			risk:   engine.Verdict{Status: engine.False, Reason: "OnTime"},
		},
		"a batch with a missed deadline is active after its window": {
			spec: with(none), state: missed, seen: left(2, 9000, before), now: before, want: 18,
			active: engine.Verdict{Status: engine.True, Reason: "BatchPlanned"}, risk: engine.Verdict{Status: engine.True, Reason: "DeadlineMissed"},
		},
		"a batch after its window keeps the bounds in force": {
			spec: with(func(s *engine.Spec) { s.MaxReplicas = 3 }), state: missed, seen: left(2, 9000, before), now: before, want: 3,
			active: engine.Verdict{Status: engine.True, Reason: "BatchPlanned"}, risk: engine.Verdict{Status: engine.True, Reason: "DeadlineMissed"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := engine.Decide(tc.spec, tc.state.Clone(), tc.seen, tc.now)
			if again, _ := engine.Decide(tc.spec, tc.state.Clone(), tc.seen, tc.now); cmp.Diff(d, again) != "" {
				t.Errorf("the second decision differs: %s", cmp.Diff(d, again))
			}
			// A scale-up is limited to twice the count.
			for range 4 {
				if d.Desired <= d.Current {
					break
				}
				tc.seen.SpecReplicas = d.Desired
				d, _ = engine.Decide(tc.spec, tc.state.Clone(), tc.seen, tc.now)
			}
			if d.Desired != tc.want {
				t.Errorf("%d replicas, want %d: %+v", d.Desired, tc.want, d)
			}
			if diff := cmp.Diff([]engine.Verdict{tc.active, tc.risk}, []engine.Verdict{d.ScalingActive, d.DeadlineAtRisk}); diff != "" {
				t.Errorf("verdicts (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDeadlineIsAnInstant: finishAfter counts from the start of the occurrence, and its deadline is never after the end, which is by
// the clock in a night in which the clocks change.
func TestDeadlineIsAnInstant(t *testing.T) {
	night := func(finish time.Duration) *engine.Spec {
		s := batchSpec(t)
		w, err := schedule.Compile("night", schedule.Timing{Start: "0 22 * * *", End: "0 6 * * *", TimeZone: "Europe/Berlin", Lead: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		s.Windows[0], s.Batches[0].FinishAfter = w, finish
		return s
	}
	parse := func(text string) time.Time {
		instant, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return instant
	}
	for name, tc := range map[string]struct {
		finish    time.Duration
		now, want string
	}{
		"an ordinary night":            {0, "2026-03-10T23:00:00+01:00", "2026-03-11T06:00:00+01:00"},
		"a night of seven hours":       {0, "2026-03-28T23:00:00+01:00", "2026-03-29T06:00:00+02:00"},
		"a night of nine hours":        {0, "2026-10-24T23:00:00+02:00", "2026-10-25T06:00:00+01:00"},
		"six hours, the clocks change": {6 * time.Hour, "2026-03-28T23:00:00+01:00", "2026-03-29T05:00:00+02:00"},
		"eight hours of seven":         {8 * time.Hour, "2026-03-28T23:00:00+01:00", "2026-03-29T06:00:00+02:00"},
	} {
		t.Run(name, func(t *testing.T) {
			now := parse(tc.now)
			d, _ := engine.Decide(night(tc.finish), engine.State{}, left(3, 1000, now), now)
			if len(d.Batches) != 1 || !d.Batches[0].Deadline.Equal(parse(tc.want)) {
				t.Errorf("plans are %+v, want a deadline at %s", d.Batches, tc.want)
			}
		})
	}
	lead := parse("2026-03-10T21:30:00+01:00")
	if d, _ := engine.Decide(night(0), engine.State{}, left(3, 1000, lead), lead); len(d.Batches) != 0 {
		t.Errorf("got a plan in the lead, which is for the minimum: %+v", d.Batches)
	}
}

// TestStartUpIsMeasured: the estimate is the 90th percentile of the starts of pods that become ready.
func TestStartUpIsMeasured(t *testing.T) {
	s, state, now := batchSpec(t), engine.State{}, noon
	if got := state.StartUp.Time(); got != time.Minute {
		t.Errorf("without a start: got %s", got)
	}
	for i := range 300 {
		now = now.Add(5 * time.Second)
		seen := left(1, 1_000_000, now)
		took := time.Duration(20+i%10) * time.Second
		seen.Pods = []engine.Pod{
			{Phase: engine.Running, Readiness: engine.Ready, Started: now.Add(-took), ReadySince: now},
			// A pod that has been ready since yesterday, and a restarted container, are no starts.
			{Phase: engine.Running, Readiness: engine.Ready, Started: noon.Add(-25 * time.Hour), ReadySince: noon.Add(-24 * time.Hour)},
			{Phase: engine.Running, Readiness: engine.Ready, Started: noon.Add(-25 * time.Hour), ReadySince: now},
		}
		_, state = engine.Decide(s, state, seen, now)
	}
	if got := state.StartUp.Time(); got < 26*time.Second || got > 29*time.Second {
		t.Errorf("starts of 20 to 29 seconds, nine of ten at most 28: got %s", got)
	}
}

// TestDefaultStartFitsTheWindow: a plan for three minutes does not reserve one of them for an unobserved start.
func TestDefaultStartFitsTheWindow(t *testing.T) {
	for whole, want := range map[time.Duration]time.Duration{3 * time.Minute: 18 * time.Second, time.Hour: time.Minute} {
		s := batchSpec(t)
		s.Batches[0].FinishAfter = whole
		d, _ := engine.Decide(s, engine.State{}, left(0, 1000, noon), noon)
		if got := d.Batches[0].StartUp; got != want {
			t.Errorf("of %s, %s are taken for a start, want %s", whole, got, want)
		}
	}
}

// TestBatchStateIsDropped: the state of a batch is dropped with its window, not when its index changes.
func TestBatchStateIsDropped(t *testing.T) {
	s := batchSpec(t)
	_, state := engine.Decide(s, engine.State{}, left(3, 1000, noon), noon)
	if state.Batch(s, 0) == nil {
		t.Fatal("nothing is remembered")
	}
	moved := *s
	moved.Windows = []schedule.Window{{Name: "another"}, s.Windows[0]}
	moved.Batches = []engine.Batch{s.Batches[0]}
	moved.Batches[0].Window = 1
	if _, state = engine.Decide(&moved, state, left(3, 1000, noon), noon); state.Batch(&moved, 0) == nil {
		t.Error("the window has moved, and its batch is forgotten")
	}
	moved.Windows[1].Name = "renamed"
	if _, state = engine.Decide(&moved, state, left(3, 1000, noon.Add(-time.Hour)), noon.Add(-time.Hour)); len(state.Batches) != 0 {
		t.Error("the window is gone, and its batch is not")
	}
}

// TestDampingLeavesABatchItsReplicas: where a metric proposes more than a batch, and damping recommends less, the batch keeps its
// replicas.
func TestDampingLeavesABatchItsReplicas(t *testing.T) {
	s := batchSpec(t)
	s.MinReplicas, s.MaxReplicas = 1, 200
	s.Metrics = []engine.Metric{{Type: engine.External, Name: "requests", TargetType: engine.AverageValue, Target: 1000}}
	profile := damping.Balanced()
	s.Damping = &profile
	var state engine.State
	replicas, need, damped, backlog := int32(10), int32(0), 0, int64(1_000_000)
	for i := range 230 {
		now := noon.Add(time.Duration(i) * 15 * time.Second)
		seen := left(replicas, backlog, now)
		seen.Readings = []engine.Reading{{Value: int64(1000 * (need + 1)), Time: now, Via: "made up"}}
		var d engine.Decision
		if d, state = engine.Decide(s, state, seen, now); d.Damped {
			damped++
		}
		if need = d.Batches[0].Replicas; d.Desired < min(need, 2*d.Current) {
			t.Fatalf("tick %d: %d replicas, and the batch needs %d: %+v", i, d.Desired, need, d.Steps)
		}
		if replicas != d.Desired {
			state = engine.RecordScale(state, &d, now)
		}
		replicas = d.Desired
		backlog = max(1000, backlog-120*int64(need))
	}
	if damped < 10 {
		t.Errorf("only %d decisions were damped", damped)
	}
}
