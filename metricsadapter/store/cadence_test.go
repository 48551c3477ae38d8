package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"flyball.dev/flyball/metricsadapter/plan"
)

// scrapes are the targets of one query: each row of its result has the time of its oldest target.
type scrapes struct {
	rows [][]target
	lag  time.Duration // from a scrape to its visibility
}

// target is one scraped target: the times of its scrapes.
type target []time.Time

// newScrapes returns rows of targets that are scraped in the interval for a time.
func newScrapes(random *rand.Rand, start time.Time, length, interval, jitter, lag time.Duration, missed float64, rows, targets int, onePhase bool) scrapes {
	s := scrapes{lag: lag}
	shared := time.Duration(random.Int64N(int64(interval)))
	for range rows {
		var row []target
		for range targets {
			phase := shared
			if !onePhase {
				phase = time.Duration(random.Int64N(int64(interval)))
			}
			var times target
			for after := phase - 2*interval; after < length; after += interval {
				if random.Float64() >= missed {
					late := time.Duration(random.Int64N(int64(jitter) + 1))
					times = append(times, start.Add(after+late).Truncate(time.Millisecond))
				}
			}
			row = append(row, times)
		}
		s.rows = append(s.rows, row)
	}
	return s
}

// latest returns the index of the last scrape that is visible at a time.
func (s *scrapes) latest(t target, now time.Time) int {
	i, found := slices.BinarySearchFunc(t, now.Add(-s.lag), time.Time.Compare)
	if !found {
		i--
	}
	return i
}

// times returns the time of each row at an evaluation.
func (s *scrapes) times(now time.Time) []time.Time {
	times := make([]time.Time, len(s.rows))
	for i, row := range s.rows {
		for _, t := range row {
			if last := s.latest(t, now); last >= 0 && (times[i].IsZero() || t[last].Before(times[i])) {
				times[i] = t[last]
			}
		}
	}
	return times
}

func advanceOf(before, now []time.Time) plan.Advance {
	var a plan.Advance
	for i, t := range now {
		if t.After(a.Newest) {
			a.Newest = t
		}
		if i >= len(before) || !t.After(before[i]) {
			continue
		}
		if d := t.Sub(before[i]); a.Rows == 0 || d < a.Least {
			a.Least = d
		}
		if a.Rows++; a.Oldest.IsZero() || t.Before(a.Oldest) {
			a.Oldest = t
		}
	}
	return a
}

// follow returns the times of the refreshes from start to end.
func (s *scrapes) follow(c *cadence, period time.Duration, start, end time.Time) (refreshes []time.Time) {
	var before []time.Time
	for instant := start; instant.Before(end); {
		refreshes = append(refreshes, instant)
		now := s.times(instant)
		following, next, ok := c.next(period, refreshed{evaluated: instant, took: 5 * time.Millisecond, advance: advanceOf(before, now)})
		if !ok {
			next = instant.Add(period)
		}
		*c, instant, before = following, next, now
	}
	return refreshes
}

// staleness returns how long visible scrapes after a time waited for the next refresh, sorted.
func (s *scrapes) staleness(refreshes []time.Time, after time.Time) (waits []time.Duration) {
	for _, row := range s.rows {
		for _, t := range row {
			for _, scraped := range t {
				visible := scraped.Add(s.lag)
				i, _ := slices.BinarySearchFunc(refreshes, visible, time.Time.Compare)
				if visible.After(after) && i < len(refreshes) {
					waits = append(waits, refreshes[i].Sub(visible))
				}
			}
		}
	}
	slices.Sort(waits)
	return waits
}

var begin = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func TestRefreshFollowsScrapes(t *testing.T) {
	const length = 2 * time.Hour
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 1))
		interval := time.Second + time.Duration(random.Int64N(int64(59*time.Second)))
		period := []time.Duration{15 * time.Second, time.Minute, 5 * time.Minute, 10 * time.Minute}[random.IntN(4)]
		if random.IntN(2) == 0 {
			interval = []time.Duration{time.Second, 5 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute}[random.IntN(5)]
		}
		jitter := time.Duration(random.Int64N(int64(interval / 50)))
		lag := time.Duration(random.Int64N(int64(min(interval/4, time.Second))))
		missed := []float64{0, 0, 0.01, 0.05}[random.IntN(4)]
		rows, targets := 1+random.IntN(4), 1
		onePhase := random.IntN(2) == 0
		if random.IntN(3) == 0 {
			rows, targets, missed = 1, 2+random.IntN(20), 0 // the oldest of many targets shows each missed scrape
		}
		name := fmt.Sprintf("seed %d: scrape %s ± %s visible after %s, missed %.2f, period %s, %d rows of %d targets, one phase %t",
			seed, interval, jitter, lag, missed, period, rows, targets, onePhase)
		s := newScrapes(random, begin, length, interval, jitter, lag, missed, rows, targets, onePhase)
		c := cadence{floor: 250 * time.Millisecond}
		refreshes := s.follow(&c, period, begin.Add(time.Duration(random.Int64N(int64(period)))), begin.Add(length))

		for i := 1; i < len(refreshes); i++ {
			if wait := refreshes[i].Sub(refreshes[i-1]); wait < minInterval || wait > period {
				t.Fatalf("%s: a refresh after %s", name, wait)
			}
		}
		best := min(interval, period)
		allowed := float64(length) / float64(best)
		allowed += allowed/probeCost + maxCredit/probeCost
		if missed > 0 || targets > 1 {
			allowed *= 1.25
		}
		if n := float64(len(refreshes)); n > allowed+2 {
			t.Errorf("%s: %g refreshes, want at most %.0f; %+v", name, n, allowed, c)
		}
		waits := s.staleness(refreshes, begin.Add(12*period))
		if len(waits) == 0 {
			continue
		}
		p95, most := waits[len(waits)*95/100], waits[len(waits)-1]
		bound := best + best/4 + time.Second
		if missed == 0 && most > min(2*bound, period) || p95 > min(bound, period) {
			t.Errorf("%s: seen after %s, 95 %% after %s; %+v", name, most, p95, c)
		}
		p90 := waits[len(waits)*90/100]
		if onePhase && missed == 0 && interval <= period*3/4 && p90 > max(1500*time.Millisecond, best/4) {
			t.Errorf("%s: 90 %% of the scrapes of one phase are seen after %s; %+v", name, p90, c)
		}
	}
}

func TestCadenceFollowsChangeOfScrapeInterval(t *testing.T) {
	for _, test := range []struct{ before, after time.Duration }{{5 * time.Second, 30 * time.Second}, {30 * time.Second, 5 * time.Second}, {time.Minute, time.Second}} {
		random := rand.New(rand.NewPCG(1, 1))
		s := newScrapes(random, begin, time.Hour, test.before, 0, 50*time.Millisecond, 0, 1, 1, true)
		later := newScrapes(random, begin.Add(time.Hour), 2*time.Hour, test.after, 0, 50*time.Millisecond, 0, 1, 1, true)
		s.rows[0][0] = append(s.rows[0][0], later.rows[0][0][3:]...)
		c := cadence{floor: 250 * time.Millisecond}
		refreshes := s.follow(&c, time.Minute, begin, begin.Add(2*time.Hour))
		if (c.interval - test.after).Abs() > test.after/20 {
			t.Errorf("from %s to %s: the interval is %s", test.before, test.after, c.interval)
		}
		if waits := s.staleness(refreshes, begin.Add(80*time.Minute)); waits[len(waits)*9/10] > time.Second {
			t.Errorf("from %s to %s: 90 %% of the scrapes are seen after %s", test.before, test.after, waits[len(waits)*9/10])
		}
	}
}

func TestSlowServerGetsNoMoreQueries(t *testing.T) {
	c, now := cadence{floor: 250 * time.Millisecond}, begin
	for i := range 100 {
		scraped := begin.Add(time.Duration(i) * time.Second)
		var next time.Time
		c, next, _ = c.next(15*time.Second, refreshed{evaluated: now, took: 1500 * time.Millisecond, advance: plan.Advance{
			Newest: scraped, Oldest: scraped, Rows: 1, Least: time.Second,
		}})
		if wait := next.Sub(now); wait < 15*time.Second {
			t.Fatalf("refresh %d of 1.5s is followed by the next after %s", i, wait)
		}
		now = next
	}
}

func TestHeavyQueryStaysWithPeriod(t *testing.T) {
	c := cadence{floor: 250 * time.Millisecond}.failed()
	for i := range minPenalty {
		var ok bool
		if c, _, ok = c.next(time.Minute, refreshed{evaluated: begin, advance: plan.Advance{Newest: begin}}); ok {
			t.Fatalf("refresh %d after the failure follows the scrapes", i)
		}
	}
	if again := c.failed(); again.hold != 2*minPenalty {
		t.Errorf("the second penalty is %d refreshes", again.hold)
	}
}

func TestCadenceFindsScrapeIntervalSoon(t *testing.T) {
	for _, interval := range []time.Duration{time.Second, 5 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute} {
		s := newScrapes(rand.New(rand.NewPCG(2, 2)), begin, time.Hour, interval, 0, 50*time.Millisecond, 0, 3, 1, false)
		c := cadence{floor: 250 * time.Millisecond}
		end := begin.Add(6 * interval)
		refreshes := s.follow(&c, 10*time.Minute, begin, end)
		if (c.interval-interval).Abs() > interval/20 || len(refreshes) > 6+maxCredit/probeCost {
			t.Errorf("after 6 scrapes, one every %s, and %d refreshes the interval is %s", interval, len(refreshes), c.interval)
		}
	}
}
