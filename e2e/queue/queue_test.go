package queue

import (
	"fmt"
	"math"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// run lets so many workers that are there from the start, and as many pods more, work until the queue is done.
func run(work Work, workers []string, more int) State {
	q := newQueue(work)
	for now := noon.Add(-time.Minute); now.Before(noon.Add(time.Hour)) && q.state.Done.IsZero(); now = now.Add(step) {
		q.advance(now, len(workers)+more, workers)
	}
	return q.state
}

func TestWorkersWorkAQueueOff(t *testing.T) {
	work := Work{Start: noon, Backlog: 100, Arrivals: 2, Arriving: 50 * time.Second, Throughput: 1}
	done := run(work, []string{"a", "b", "c", "d"}, 1)
	if took := done.Done.Sub(noon); took != 50*time.Second {
		t.Errorf("200 items by four workers of one a second took %s", took)
	}
	if done.Worked != 200 || done.Arrived != 100 || done.Left != 0 || done.Busy != 200 || done.PodSeconds != 250 {
		t.Errorf("%+v", done)
	}
}

func TestNothingIsDoneBeforeTheLastItemHasCome(t *testing.T) {
	done := run(Work{Start: noon, Backlog: 1, Arrivals: 1, Arriving: 10 * time.Second, Throughput: 9}, []string{"a"}, 0)
	if took := done.Done.Sub(noon); took < 10*time.Second {
		t.Errorf("done after %s", took)
	}
}

// TestWhoHasAnItemKeepsIt, and who goes with one is counted.
func TestWhoHasAnItemKeepsIt(t *testing.T) {
	q := newQueue(Work{Start: noon, Backlog: 3, Throughput: 0.1})
	advance := func(seconds int, workers ...string) string {
		q.advance(noon.Add(time.Duration(seconds)*time.Second), len(workers), workers)
		return fmt.Sprint(q.busy, q.state.Interrupted)
	}
	for i, step := range []struct{ got, want string }{
		{advance(1, "c", "d"), "[c d] 0"},
		{advance(2, "a", "c", "d"), "[c d a] 0"},    // 2.5 are left
		{advance(4, "a", "b", "c", "d"), "[c d] 0"}, // 1.7
		{advance(5, "a", "b", "d"), "[d a] 1"},      // 1.4
		{advance(7, "d"), "[d] 2"},                  // 1.2
		{advance(60, "d"), "[] 2"},
		{advance(61), "[] 2"},
	} {
		if step.got != step.want {
			t.Errorf("step %d: %s, want %s", i, step.got, step.want)
		}
	}
}

func TestChanceIsTheSeeds(t *testing.T) {
	work := Work{Seed: 7, Start: noon, Backlog: 1000, Throughput: 1, Spread: 0.3}
	workers := []string{"a", "b", "c", "d", "e"}
	one, same := run(work, workers, 0), run(work, workers, 0)
	work.Seed = 8
	if other := run(work, workers, 0); one != same || one.PodSeconds == other.PodSeconds {
		t.Errorf("%+v, %+v and by another seed %+v", one, same, other)
	}
	if math.Abs(one.PodSeconds-1000) > 30 {
		t.Errorf("1000 items of one a second took %g worker seconds", one.PodSeconds)
	}
}

func TestTheOptimumTakesThePodsThatJustDo(t *testing.T) {
	for name, tc := range map[string]struct {
		all  float64
		want float64
		fits bool
	}{
		"one pod all the time":           {all: 90, want: 100, fits: true},
		"a little more takes another":    {all: 91, want: 111, fits: true},
		"as many as there can be":        {all: 360, want: 400, fits: true},
		"more than there can be in time": {all: 361, want: 411},
		"nothing to do costs nothing":    {all: 0, want: 0, fits: true},
	} {
		got, fits := Optimum(&Work{Backlog: tc.all, Throughput: 1}, 100*time.Second, 10*time.Second, 4)
		if got != tc.want || fits != tc.fits {
			t.Errorf("%s: %g, %t, want %g, %t", name, got, fits, tc.want, tc.fits)
		}
	}
}
