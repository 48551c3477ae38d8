package schedule_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the zones must not depend on the machine

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/autoscaler/schedule"
)

// zones are those whose clocks have done odd things, each with a year in which they did: an hour at two in the morning,
// half an hour, a gap or an overlap at midnight, a day that never was.
var zones = []struct {
	name string
	year int
}{
	{"America/New_York", 2026},
	{"Europe/Berlin", 2026},
	{"Australia/Lord_Howe", 2026},
	{"Africa/Cairo", 2026},
	{"Asia/Beirut", 2026},
	{"America/Havana", 2026},
	{"Pacific/Apia", 2011},
	{"America/Santiago", 2026},
	{"Africa/Casablanca", 2026},
	{"Atlantic/Azores", 2026},
	{"Asia/Kathmandu", 2026},
	{"UTC", 2024},
}

var lines = []string{
	"0 0 * * *", "30 2 * * *", "30 1 * * *", "0 9 * * 5", "0 9 * * 0", "0 5 * * *", "*/30 1-3 * * *", "15 0 1 * *",
	"0 22 * * 1-5", "59 23 28-31 * *", "0 0 29 2 *", "0 12 13 * 5",
}

// TestAgainstTheTwin holds every start of a year, in every zone, against a twin that is too dumb to be wrong: it looks at
// the clock at every minute of the year.
func TestAgainstTheTwin(t *testing.T) {
	for _, zone := range zones {
		t.Run(zone.name, func(t *testing.T) {
			t.Parallel()
			loc, err := time.LoadLocation(zone.name)
			if err != nil {
				t.Fatal(err)
			}
			from := time.Date(zone.year, 1, 1, 0, 0, 0, 0, time.UTC)
			to := from.AddDate(1, 0, 0)
			want := twin(loc, from, to)
			for i, line := range lines {
				got := starts(t, line, zone.name, from, to)
				if diff := cmp.Diff(want[i], got); diff != "" {
					t.Errorf("starts of %q (-twin +got):\n%s", line, diff)
				}
				if zone.name != "Pacific/Apia" && len(got) == 0 && line != "0 0 29 2 *" {
					t.Errorf("%q never starts: nothing was compared", line)
				}
			}
		})
	}
}

// twin gives the starts of each line. It walks real time by the minute. A wall time that the clocks show for the first
// time is a start where the line matches it; wall times that they skipped happen at the moment they skip them.
func twin(loc *time.Location, from, to time.Time) [][]time.Time {
	found := make([][]time.Time, len(lines))
	fields := make([][5]field, len(lines))
	for i, line := range lines {
		fields[i] = parse(line)
	}
	reached := wall(from.Add(-48*time.Hour), loc) // the latest wall time that was ever shown
	for instant := from.Add(-48 * time.Hour); instant.Before(to); instant = instant.Add(time.Minute) {
		for now := wall(instant, loc); reached.Before(now); {
			reached = reached.Add(time.Minute)
			for i := range lines {
				if !instant.Before(from) && matches(fields[i], reached) && (len(found[i]) == 0 || !found[i][len(found[i])-1].Equal(instant)) {
					found[i] = append(found[i], instant)
				}
			}
		}
	}
	return found
}

func wall(t time.Time, loc *time.Location) time.Time {
	local := t.In(loc)
	year, month, day := local.Date()
	return time.Date(year, month, day, local.Hour(), local.Minute(), 0, 0, time.UTC)
}

// field is the set of the values that a line's field matches, a bit each; 0 for a star.
type field uint64

func (f field) contains(value int) bool { return f == 0 || f>>value&1 == 1 }

// parse spells out each field of a line.
func parse(line string) (fields [5]field) {
	for i, text := range strings.Fields(line) {
		span, stepText, stepped := strings.Cut(text, "/")
		if span == "*" && !stepped {
			continue
		}
		low, high, step := 0, 59, 1
		if from, to, ranged := strings.Cut(span, "-"); ranged {
			low, high = atoi(from), atoi(to)
		} else if span != "*" {
			low, high = atoi(span), atoi(span)
		}
		if stepped {
			step = atoi(stepText)
		}
		for n := low; n <= high; n += step {
			fields[i] |= 1 << n
		}
	}
	return fields
}

func atoi(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return n
}

func matches(fields [5]field, t time.Time) bool {
	if !fields[0].contains(t.Minute()) || !fields[1].contains(t.Hour()) || !fields[3].contains(int(t.Month())) {
		return false
	}
	day, weekday := fields[2].contains(t.Day()), fields[4].contains(int(t.Weekday()))
	if fields[2] != 0 && fields[4] != 0 {
		return day || weekday
	}
	return day && weekday
}

func starts(t *testing.T, line, zone string, from, to time.Time) []time.Time {
	t.Helper()
	w, err := schedule.Compile("w", schedule.Timing{Start: line, Duration: time.Nanosecond, TimeZone: zone})
	if err != nil {
		t.Fatal(err)
	}
	var all []time.Time
	for o := range w.Occurrences(from, to) {
		all = append(all, o.Start.UTC())
	}
	if !slices.IsSortedFunc(all, time.Time.Compare) {
		t.Errorf("the starts of %q are out of order", line)
	}
	return all
}
