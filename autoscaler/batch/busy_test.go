package batch_test

import (
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/batch"
)

// TestBusyReplicasStay within the bounds and the current replicas, until they have finished.
func TestBusyReplicasStay(t *testing.T) {
	for name, tc := range map[string]struct {
		busy, current, most int32
		want                int32
		spared              bool
	}{
		"fewer are planned than work":     {busy: 7, current: 10, most: 20, want: 7, spared: true},
		"as many are planned as work":     {busy: 2, current: 10, most: 20, want: 2},
		"more cannot work than there are": {busy: 12, current: 10, most: 20, want: 10, spared: true},
		"the bound holds":                 {busy: 7, current: 10, most: 5, want: 5, spared: true},
		"not measured":                    {current: 10, most: 20, want: 2},
	} {
		t.Run(name, func(t *testing.T) {
			spec, seen := stated(0.1)
			state := batch.State{Start: ten, Planned: 2, Aim: ten.Add(7 * time.Hour), Backlog: 2000, At: ten}
			seen.At, seen.Backlog, seen.Current, seen.Ready = ten.Add(time.Second), 2000, tc.current, tc.current
			seen.Busy, seen.Max = tc.busy, tc.most
			plan, state := batch.Replan(spec, state, &seen, seen.At)
			if plan.Replicas != tc.want || plan.HeldBusy != tc.spared {
				t.Errorf("%d replicas are planned, spared %t: %+v", plan.Replicas, plan.HeldBusy, plan)
			}
			seen.Busy, seen.At = 0, seen.At.Add(time.Second)
			if plan, _ = batch.Replan(spec, state, &seen, seen.At); plan.Replicas != 2 || plan.HeldBusy {
				t.Errorf("%d replicas are planned once they have finished: %+v", plan.Replicas, plan)
			}
		})
	}
}
