package explain_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/autoscaler/batch"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/explain"
	"flyball.dev/flyball/autoscaler/schedule"
)

func batchSpec(t *testing.T) *engine.Spec {
	return spec(func(s *engine.Spec) {
		s.MinReplicas, s.Metrics = 0, nil
		s.Windows = []schedule.Window{window(t, func(*schedule.Window) {})}
		s.Down.Stabilization = 0
		s.Batches = []engine.Batch{{
			Backlog: engine.Metric{Type: engine.External, Name: "backlog"},
			Plan:    batch.Spec{Source: batch.Learned, Rate: 2, Margin: 0.2},
		}}
	})
}

// TestBusyReason covers each message about busy pods.
func TestBusyReason(t *testing.T) {
	state := engine.State{Batches: []engine.BatchState{{Window: batchSpec(t).BatchIdentity(0), State: batch.State{
		Start: noon, Deadline: noon.Add(time.Hour), Backlog: 100, At: noon, Planned: 1, Aim: noon.Add(50 * time.Minute),
	}}}}
	for name, tc := range map[string]struct {
		backlog int64
		busy    engine.Reading
		reason  string
	}{
		"some stay": {
			100,
			engine.Reading{Pods: []engine.Sample{{Known: true, Value: 1000}, {Known: true}, {Known: true, Value: 1000}, {Known: true, Value: 9000}}},
			"scale in from 4 to 3: window reports: backlog 100; throughput 2/s ±0.4 per replica; required 1 replica; scale-in held at 3 until busy pods finish; " +
				"deadline 2026-03-02T13:00:00Z; expected finish 2026-03-02T12:01:16Z → 3",
		},
		"nobody knows which": {
			0,
			engine.Reading{Problem: "none of the 4 pods has a sample of jobs"},
			"keep 4: window reports: backlog empty; scale-in held at 4: busy pods unknown: none of the 4 pods has a sample of jobs; " +
				"finished before deadline 2026-03-02T13:00:00Z → 4",
		},
		"nobody knows which, and all are needed": {
			60_000,
			engine.Reading{Problem: "none of the 4 pods has a sample of jobs"},
			"scale out from 4 to 8: window reports: backlog 60000; throughput 2/s ±0.4 per replica; required 13 replicas; busy pods unknown: " +
				"none of the 4 pods has a sample of jobs; deadline 2026-03-02T13:00:00Z; expected finish 2026-03-02T12:39:27Z → 13; scale-up limit: at most 2× or 4 pods per sync; 4 replicas now → 8",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, now := batchSpec(t), noon.Add(time.Minute)
			s.Batches[0].Busy = engine.Metric{Type: engine.Pods, Name: "jobs"}
			o := seen(4, 4, 0, 50)
			o.Readings = nil
			o.Batches = []engine.BatchReading{{Backlog: engine.Reading{Value: 1000 * tc.backlog, Time: now}, Busy: tc.busy}}
			d, _ := engine.Decide(s, state.Clone(), o, now)
			if diff := cmp.Diff(tc.reason, explain.Reason(s, &d)); diff != "" {
				t.Errorf("reason (-want +got):\n%s", diff)
			}
		})
	}
}

// TestBatchReason has a case for each way in which a batch can stand, in the sentence and in the condition.
func TestBatchReason(t *testing.T) {
	look := func(replicas int32, backlog int64) *engine.Observation {
		o := seen(replicas, int(replicas), 0, 50)
		o.Readings = nil
		o.Batches = []engine.BatchReading{{Backlog: engine.Reading{Value: 1000 * backlog, Time: noon}}}
		return o
	}
	unknown := look(4, 0)
	unknown.Batches[0].Backlog = engine.Reading{Problem: "Prometheus does not answer"}
	instant := func(after time.Duration, change func(*batch.State)) engine.State {
		s := batch.State{
			Start: noon, Deadline: noon.Add(time.Hour), Backlog: 9000, At: noon.Add(after - 15*time.Second), Planned: 4, Aim: noon.Add(50 * time.Minute),
			Ready: 4, Steady: noon,
		}
		change(&s)
		return engine.State{Batches: []engine.BatchState{{Window: batchSpec(t).BatchIdentity(0), State: s}}}
	}
	none := func(*batch.State) {}

	for name, tc := range map[string]struct {
		after             time.Duration
		state             engine.State
		seen              *engine.Observation
		reason, condition string
	}{
		"on time": {
			0,
			engine.State{},
			look(2, 18_000),
			"scale out from 2 to 4: window reports: backlog 18000; throughput 2/s ±0.4 per replica; required 4 replicas; deadline 2026-03-02T13:00:00Z; expected finish 2026-03-02T12:37:30Z → 4",
			"window reports: deadline 2026-03-02T13:00:00Z; expected finish 2026-03-02T12:37:30Z",
		},
		"fewer would do": {
			15 * time.Minute,
			instant(15*time.Minute, none),
			look(4, 2000),
			"keep 4: window reports: backlog 2000; throughput 2/s ±0.4 per replica; required 1 replica, too recently to scale in; deadline 2026-03-02T13:00:00Z; expected finish 2026-03-02T12:19:10Z → 4",
			"window reports: deadline 2026-03-02T13:00:00Z; expected finish 2026-03-02T12:19:10Z",
		},
		"at risk": {
			0,
			engine.State{},
			look(20, 900_000),
			"keep 20: window reports: backlog 900000; throughput 2/s ±0.4 per replica; required 11250 replicas, earlier plan held; deadline 2026-03-02T13:00:00Z at risk; expected finish 2026-03-02T18:15:00Z → 20",
			"window reports: deadline 2026-03-02T13:00:00Z at risk; expected finish 2026-03-02T18:15:00Z",
		},
		"drained": {
			15 * time.Minute,
			instant(15*time.Minute, func(s *batch.State) { s.DrainedSince = noon.Add(13 * time.Minute) }),
			look(4, 0),
			"scale in from 4 to 0: window reports: backlog empty; finished before deadline 2026-03-02T13:00:00Z → 0",
			"window reports: finished before deadline 2026-03-02T13:00:00Z",
		},
		"unknown": {
			15 * time.Minute,
			instant(15*time.Minute, none),
			unknown,
			"keep 4: window reports: cannot plan: Prometheus does not answer; no scale-in; deadline 2026-03-02T13:00:00Z; expected finish 2026-03-02T12:33:30Z → 4",
			"window reports: cannot plan: Prometheus does not answer; deadline 2026-03-02T13:00:00Z; expected finish 2026-03-02T12:33:30Z",
		},
		"late, after the window": {
			90 * time.Minute,
			instant(90*time.Minute, func(s *batch.State) { s.Missed, s.Left = true, 512 }),
			look(4, 100),
			"keep 4: window reports: backlog 100; throughput 2/s ±0.4 per replica; required 2 replicas, too recently to scale in; deadline 2026-03-02T13:00:00Z missed with backlog 512; expected finish 2026-03-02T13:30:12Z → 4",
			"window reports: deadline 2026-03-02T13:00:00Z missed with backlog 512; expected finish 2026-03-02T13:30:12Z",
		},
		"closed": {
			-time.Hour,
			engine.State{},
			look(0, 0),
			"keep 0: no batch window is open; minimum replicas apply → 0",
			"no batch is active",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, now := batchSpec(t), noon.Add(tc.after)
			if len(tc.seen.Batches) > 0 && tc.seen.Batches[0].Backlog.Problem == "" {
				tc.seen.Batches[0].Backlog.Time = now
			}
			d, _ := engine.Decide(s, tc.state, tc.seen, now)
			if diff := cmp.Diff(tc.reason, explain.Reason(s, &d)); diff != "" {
				t.Errorf("reason (-want +got):\n%s", diff)
			}
			for _, c := range explain.Conditions(s, &d) {
				if c.Type == "DeadlineAtRisk" && c.Message != tc.condition {
					t.Errorf("condition (-want +got):\n%s", cmp.Diff(tc.condition, c.Message))
				}
			}
		})
	}
}
