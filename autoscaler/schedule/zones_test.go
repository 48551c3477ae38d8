package schedule_test

import (
	_ "embed"
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/schedule"
)

// everyChange is for the long form of the tests, `make windows`.
var everyChange = flag.Bool("every-change", false, "try every change of the clocks from 2000 to 2035, and not four in each zone")

// zoneNames are all of the time zone database that Go 1.26 has embedded.
//
//go:embed testdata/zones.txt
var zoneNames string

// change is an instant at which the clocks of a zone are set.
type change struct {
	loc     *time.Location
	instant time.Time
}

// changes are those of a zone from 2000 to 2035.
func changes(t testing.TB, zone string) []change {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	var all []change
	for instant := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC); ; {
		_, end := instant.In(loc).ZoneBounds()
		if end.IsZero() || end.Year() > 2035 {
			return all
		}
		if offset(end.Add(-time.Second), loc) != offset(end, loc) {
			all = append(all, change{loc, end})
		}
		instant = end
	}
}

func offset(t time.Time, loc *time.Location) time.Duration {
	_, seconds := t.In(loc).Zone()
	return time.Duration(seconds) * time.Second
}

// some of the changes: the first, the last, and two between.
func some(all []change) []change {
	if *everyChange || len(all) <= 4 {
		return all
	}
	return []change{all[0], all[len(all)/3], all[2*len(all)/3], all[len(all)-1]}
}

// TestEveryZone: in every zone whose clocks have changed or will from 2000 to 2035, daily windows open exactly once for each
// date, at their wall time, or at the first moment that shows a later one. Elapsed windows last their duration, and wall
// windows end at their wall time.
func TestEveryZone(t *testing.T) {
	zones, tried := 0, 0
	for zone := range strings.FieldsSeq(zoneNames) {
		all := changes(t, zone)
		if len(all) == 0 {
			continue
		}
		zones++
		for _, c := range some(all) {
			tried++
			// What the clocks show when they are set, and an hour around it: skipped, shown twice, or neither.
			shown := c.instant.Add(offset(c.instant.Add(-time.Second), c.loc)).UTC()
			for _, off := range []time.Duration{-time.Hour, -30 * time.Minute, 0, 30 * time.Minute, time.Hour} {
				daily(t, c, shown.Add(off))
			}
		}
	}
	t.Logf("%d zones, %d changes of the clocks", zones, tried)
	if zones < 200 {
		t.Errorf("tried %d zones, want all that change their clocks", zones)
	}
}

// daily tries windows that start at the time of day of wall, around a change.
func daily(t *testing.T, c change, wall time.Time) {
	t.Helper()
	end := wall.Add(100 * time.Minute)
	zone := c.loc.String()
	elapsed, err := schedule.Compile("elapsed", schedule.Timing{Start: lineAt(wall), Duration: 8 * time.Hour, TimeZone: zone})
	if err != nil {
		t.Fatal(err)
	}
	until, err := schedule.Compile("until", schedule.Timing{Start: lineAt(wall), End: lineAt(end), TimeZone: zone})
	if err != nil {
		t.Fatal(err)
	}
	var starts, ends []time.Time
	for day := -2; day <= 2; day++ {
		starts = append(starts, firstShown(wall.AddDate(0, 0, day), c.loc))
		ends = append(ends, firstShown(end.AddDate(0, 0, day), c.loc))
	}
	compare(t, &elapsed, starts, func(i int) time.Time { return starts[i].Add(8 * time.Hour) })
	compare(t, &until, starts, func(i int) time.Time { return ends[i] })
}

// compare holds the occurrences against those for each date. Those that happen at the same moment are one, which ends as
// the last; those that would be empty are none.
func compare(t *testing.T, w *schedule.Window, starts []time.Time, end func(int) time.Time) {
	t.Helper()
	var want, got []string
	for i := range starts {
		if (i+1 < len(starts) && starts[i+1].Equal(starts[i])) || !starts[i].Before(end(i)) {
			continue
		}
		want = append(want, starts[i].UTC().Format(time.RFC3339)+" "+end(i).UTC().Format(time.RFC3339))
	}
	var before time.Time
	for o := range w.Occurrences(starts[0], starts[len(starts)-1].Add(1)) {
		got = append(got, o.Start.UTC().Format(time.RFC3339)+" "+o.End.UTC().Format(time.RFC3339))
		if _, open := w.Open(o.Start.Add(-1)); open && w.Duration == 0 && !before.Equal(o.Start) {
			t.Errorf("%s, start %q, end %q: open before it starts at %s", w.TimeZone, w.Start, w.End, o.Start)
		}
		if _, open := w.Open(o.End.Add(-1)); !open {
			t.Errorf("%s, start %q, end %q: closed before it ends at %s", w.TimeZone, w.Start, w.End, o.End)
		}
		before = o.End
	}
	if fmt.Sprint(want) != fmt.Sprint(got) {
		t.Errorf("%s, start %q, end %q:\n got %v\nwant %v", w.TimeZone, w.Start, w.End, got, want)
	}
}

func lineAt(wall time.Time) string { return fmt.Sprintf("%d %d * * *", wall.Minute(), wall.Hour()) }

// firstShown looks at the clocks every minute, until they show wall or a later time.
func firstShown(wall time.Time, loc *time.Location) time.Time {
	instant := wall.Add(-15 * time.Hour) // in these years no clock is further ahead
	for instant.Add(offset(instant, loc)).Before(wall) {
		instant = instant.Add(time.Minute)
	}
	return instant
}
