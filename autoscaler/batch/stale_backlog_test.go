package batch_test

import (
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/batch"
)

// TestFrozenBacklogReleasesNothing reads one sample of a drained or small backlog for an hour: one sample shows no quiet
// minute, and no hold of fewer replicas, however long the source serves it. Newer samples do.
func TestFrozenBacklogReleasesNothing(t *testing.T) {
	for name, tc := range map[string]struct {
		backlog float64
		want    int32 // once newer samples come
	}{
		"nothing is left":   {backlog: 0, want: 0},
		"fewer replicas do": {backlog: 300, want: 1},
	} {
		t.Run(name, func(t *testing.T) {
			spec := &batch.Spec{Source: batch.Stated, Rate: 0.1, Margin: 0.2}
			state := batch.State{Start: ten, Deadline: ten.Add(8 * time.Hour), Backlog: 9000, At: ten, Planned: 6, Aim: ten.Add(7 * time.Hour)}
			seen := batch.Observation{
				Start: ten, Deadline: ten.Add(8 * time.Hour), Backlog: tc.backlog, HasArrivals: true, Current: 6, Ready: 6, StartUp: time.Minute, Max: 20,
			}
			var plan batch.Plan
			now := ten.Add(time.Minute)
			for seen.At = now; now.Before(seen.At.Add(time.Hour)); now = now.Add(15 * time.Second) {
				if plan, state = batch.Replan(spec, state, &seen, now); plan.Replicas < 6 {
					t.Fatalf("%s after the only sample: %d replicas, want 6: %+v", now.Sub(seen.At), plan.Replicas, plan)
				}
			}
			for end := now.Add(time.Hour); now.Before(end) && plan.Replicas > tc.want; now = now.Add(15 * time.Second) {
				seen.At = now
				plan, state = batch.Replan(spec, state, &seen, now)
			}
			if plan.Replicas != tc.want {
				t.Errorf("with newer samples: %d replicas, want %d: %+v", plan.Replicas, tc.want, plan)
			}
		})
	}
}

// TestSlowSamplesOfZeroRelease has a sample of 0 every 90 s: the second one shows the quiet minute.
func TestSlowSamplesOfZeroRelease(t *testing.T) {
	spec := &batch.Spec{Source: batch.Stated, Rate: 0.1, Margin: 0.2}
	state := batch.State{Start: ten, Deadline: ten.Add(8 * time.Hour), Backlog: 9000, At: ten, Planned: 6, Aim: ten.Add(7 * time.Hour)}
	seen := batch.Observation{
		Start: ten, Deadline: ten.Add(8 * time.Hour), HasArrivals: true, Current: 6, Ready: 6, StartUp: time.Minute, Max: 20,
	}
	first := ten.Add(90 * time.Second)
	for now := first; now.Before(first.Add(3 * time.Minute)); now = now.Add(15 * time.Second) {
		seen.At = ten.Add(now.Sub(ten).Truncate(90 * time.Second))
		var plan batch.Plan
		plan, state = batch.Replan(spec, state, &seen, now)
		if want := map[bool]int32{false: 6, true: 0}[seen.At.After(first)]; plan.Replicas != want {
			t.Fatalf("%s after the first sample: %d replicas, want %d: %+v", now.Sub(first), plan.Replicas, want, plan)
		}
	}
}
