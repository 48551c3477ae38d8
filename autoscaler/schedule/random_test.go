package schedule_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/schedule"
)

var (
	howMany = flag.Int("windows", 300, "how many random windows to hold against the twin")
	seed    = flag.Uint64("seed", 1, "the seed of the random windows")
)

// dice make windows near a change of the clocks.
type dice struct {
	*rand.Rand
	change change
}

// cronField is one field of a line as text, and as the values that it matches; nil for a star.
type cronField struct {
	text   string
	values []int
}

func (d dice) chance(percent int) bool { return d.IntN(100) < percent }

// field makes a star, a value, a list, a range or a step, between low and high.
func (d dice) field(low, high, stars int) cronField {
	value := func() int { return low + d.IntN(high-low+1) }
	switch kind := d.IntN(100); {
	case kind < stars:
		return cronField{text: "*"}
	case kind < stars+(100-stars)/2:
		v := value()
		return cronField{fmt.Sprint(v), []int{v}}
	case kind < stars+(100-stars)*7/10:
		a, b := value(), value()
		return cronField{fmt.Sprintf("%d,%d", a, b), []int{a, b}}
	default:
		a, b := value(), value()
		if a > b {
			a, b = b, a
		}
		step := 1 + d.IntN(high-low)
		f := cronField{text: fmt.Sprintf("%d-%d/%d", a, b, step)}
		for v := a; v <= b; v += step {
			f.values = append(f.values, v)
		}
		return f
	}
}

type cronLine [5]cronField

func (d dice) line() cronLine {
	l := cronLine{d.field(0, 59, 0), d.field(0, 23, 10), d.field(1, 31, 85), d.field(1, 12, 95), d.field(0, 6, 60)}
	if d.chance(60) { // near the time at which the clocks are set
		wall := d.nearby()
		l[0] = cronField{fmt.Sprint(wall.Minute()), []int{wall.Minute()}}
		l[1] = cronField{fmt.Sprint(wall.Hour()), []int{wall.Hour()}}
	}
	return l
}

// nearby is a wall time around the change, at a round minute.
func (d dice) nearby() time.Time {
	shown := d.change.instant.Add(offset(d.change.instant.Add(-time.Second), d.change.loc)).UTC()
	return shown.Add(time.Duration(d.IntN(25)-12) * 15 * time.Minute)
}

func (l cronLine) String() string {
	return strings.Join([]string{l[0].text, l[1].text, l[2].text, l[3].text, l[4].text}, " ")
}

func (f cronField) contains(v int) bool { return f.values == nil || slices.Contains(f.values, v) }

func (l *cronLine) matchesDay(date time.Time) bool {
	if !l[3].contains(int(date.Month())) {
		return false
	}
	if l[2].values != nil && l[4].values != nil {
		return l[2].contains(date.Day()) || l[4].contains(int(date.Weekday()))
	}
	return l[2].contains(date.Day()) && l[4].contains(int(date.Weekday()))
}

// randomWindow is a random window: timing as a user writes it, and the same values in the form that the twin reads.
type randomWindow struct {
	timing     schedule.Timing
	start, end cronLine
	from, to   time.Time
	own        schedule.Bounds
	min, max   int32 // -1 for none
	dated      func(date string) bool
}

func (d dice) window() randomWindow {
	r := randomWindow{own: schedule.Bounds{Min: d.Int32N(6), Max: 6 + d.Int32N(20)}, min: -1, max: -1, dated: func(string) bool { return true }}
	r.timing.TimeZone = d.change.loc.String()
	switch d.IntN(10) {
	case 0:
		r.from, r.to = d.nearby(), d.nearby().Add(time.Duration(d.IntN(3000))*time.Minute)
		r.timing.From, r.timing.To = r.from.Format("2006-01-02T15:04"), r.to.Format("2006-01-02T15:04:05")
	case 1, 2, 3, 4:
		r.start = d.line()
		r.timing.Start, r.timing.Duration = r.start.String(), d.minutes(24*60)
	default:
		r.start, r.end = d.line(), d.line()
		r.end[3] = cronField{text: "*"} // otherwise the twin must look back for a year
		r.timing.Start, r.timing.End = r.start.String(), r.end.String()
	}
	if d.chance(30) {
		r.timing.Lead = d.minutes(180)
	}
	if d.chance(40) {
		r.timing.Ramp = d.minutes(120)
	}
	if d.chance(80) {
		r.min = d.Int32N(30)
	}
	if r.min < 0 || d.chance(40) {
		r.max = max(r.min, 0) + d.Int32N(30)
	}
	if d.chance(25) {
		d.date(&r)
	}
	return r
}

func (d dice) minutes(most int) time.Duration { return time.Duration(1+d.IntN(most)) * time.Minute }

// date leaves some dates out, or all but some.
func (d dice) date(r *randomWindow) {
	day := func() time.Time { return d.change.instant.AddDate(0, 0, d.IntN(9)-5) }
	first, single := day(), day().Format(time.DateOnly)
	from, to := first.Format(time.DateOnly), first.AddDate(0, 0, d.IntN(4)).Format(time.DateOnly)
	listed := []string{from + "/" + to, single}
	in := func(date string) bool { return date == single || from <= date && date <= to }
	switch d.IntN(4) {
	case 0:
		r.timing.Except, r.dated = listed, func(date string) bool { return !in(date) }
	case 1:
		r.timing.Only, r.dated = listed, in
	case 2:
		r.timing.NotBefore, r.dated = from, func(date string) bool { return date >= from }
	default:
		r.timing.NotAfter, r.timing.Except = to, listed[1:]
		r.dated = func(date string) bool { return date <= to && date != single }
	}
}

// TestRandomWindowsAgainstTheTwin holds random windows, near changes of the clocks in all zones, against a twin that
// steps through time by the minute.
func TestRandomWindowsAgainstTheTwin(t *testing.T) {
	var all []change
	for zone := range strings.FieldsSeq(zoneNames) {
		all = append(all, some(changes(t, zone))...)
	}
	random := rand.New(rand.NewPCG(*seed, 2))
	tried, never, met, edges := 0, 0, 0, 0
	for tried < *howMany && !t.Failed() {
		d := dice{random, all[random.IntN(len(all))]}
		r := d.window()
		w, err := schedule.Compile("w", r.timing)
		if fault, ok := errors.AsType[*schedule.Error](err); ok {
			if fault.Never {
				never++
				if found := dumb(&r, d.change); len(found) > 0 && r.timing.NotBefore == "" {
					t.Errorf("%+v: refused with %q, and the twin finds %v", r.timing, fault, found[0])
				}
			}
			continue
		}
		w.Min, w.HasMin, w.Max, w.HasMax = r.min, r.min >= 0, r.max, r.max >= 0
		tried++
		occurrences := dumb(&r, d.change)
		met += len(occurrences)
		edges += hold(t, &w, &r, d.change, occurrences)
	}
	t.Logf("%d windows with %d occurrences and %d edges agree with the twin, and %d that never open", tried, met, edges, never)
	if tried > 0 && met < tried {
		t.Errorf("%d windows opened %d times: too little was compared", tried, met)
	}
}
