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

// TestGridNights: on ten nights of a real job log no job is late, and there are at most a quarter of the changes that
// a fleet by the length of the queue makes. Jobs of 06:00 to 22:00 wait, the window is open from 22:00 to 06:00, what
// comes until 04:00 is due as well. The log tells when jobs came; their lengths are made up as it has them: at most an
// hour, 441 s in the mean, with a heavy tail.
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
