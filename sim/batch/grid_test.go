package batch_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/batch"
	simbatch "flyball.dev/flyball/sim/batch"
	"flyball.dev/flyball/sim/load"
)

// TestGridNights: on ten nights of a real job log no job is late, and the plan makes at most a quarter of the changes that scaling by
// the length of the queue makes. Jobs that arrive from 06:00 to 22:00 wait. The window is open from 22:00 to 06:00. Jobs that arrive
// until 04:00 are due at 06:00, too. The log contains the times of arrival. The durations are random, with the distribution of the
// log: at most an hour, a mean of 441 s, and a heavy tail.
func TestGridNights(t *testing.T) {
	dir := os.Getenv("FLYBALL_TRACES")
	if dir == "" {
		dir = "../../../shared/traces"
	}
	text, err := os.ReadFile(filepath.Join(dir, "lcg_batch_jobs_1m.csv"))
	if err != nil {
		t.Skip("the grid log is not here: ", err)
	}
	trace, err := load.ParseTrace(string(text))
	if err != nil {
		t.Fatal(err)
	}
	nights := simbatch.GridNights(trace, 1)
	if len(nights) != 10 {
		t.Fatalf("%d nights, want 10", len(nights))
	}
	const most = 600
	ours, queues := 0, 0
	for i := range nights {
		c := &nights[i]
		for _, wrong := range []float64{1, 0.5, 2} {
			plan := batch.Spec{Source: batch.Learned, Rate: wrong / 441, Margin: 0.2, LongestItem: time.Hour}
			got := simbatch.Run(c, c.Batch(most, plan, true), nil)
			t.Logf("night %d ×%g: %d items, %d late, done %.2f h, %.0f pod-h, peak %d, %d changes, warned %.0f",
				i, wrong, len(c.Items), got.Late, (got.Finish-c.Opens)/3600, got.PodSeconds/3600, got.Peak, got.Changes, got.Warned)
			if got.Late > 0 {
				t.Errorf("night %d: %d of %d items are late with a guess %g times as fast as it is", i, got.Late, len(c.Items), wrong)
			}
			if wrong == 1 {
				ours += got.Changes
			}
		}
		queue := simbatch.Run(c, c.PerReplica(most, 5), nil)
		t.Logf("night %d queue/5: %d late, done %.2f h, %.0f pod-h, peak %d, %d changes", i, queue.Late, (queue.Finish-c.Opens)/3600, queue.PodSeconds/3600, queue.Peak, queue.Changes)
		queues += queue.Changes
	}
	t.Logf("%d changes, and queue/5 makes %d", ours, queues)
	if 4*ours > queues {
		t.Errorf("%d changes, and queue/5 makes %d: want at most a quarter", ours, queues)
	}
}
