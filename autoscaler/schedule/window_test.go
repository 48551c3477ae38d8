package schedule_test

import (
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/schedule"
)

func compile(t testing.TB, start string, duration time.Duration, zone string) schedule.Window {
	t.Helper()
	w, err := schedule.Compile("w", schedule.Timing{Start: start, Duration: duration, TimeZone: zone})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// edge is the next instant at which the window opens or closes.
func edge(w *schedule.Window, now time.Time) time.Time { return w.At(now, schedule.Bounds{}).Next }

func instantOf(t testing.TB, text string) time.Time {
	t.Helper()
	instant, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return instant
}

func TestOpenAndNext(t *testing.T) {
	for name, tc := range map[string]struct {
		start     string
		duration  time.Duration
		zone, now string
		open      string // start of the occurrence; empty for closed
		edge      string
	}{
		"before":                         {"0 22 * * 1-5", 8 * time.Hour, "Europe/Berlin", "2026-03-02T21:59:59.999999999+01:00", "", "2026-03-02T22:00:00+01:00"},
		"at its second":                  {"0 22 * * 1-5", 8 * time.Hour, "Europe/Berlin", "2026-03-02T22:00:00+01:00", "2026-03-02T22:00:00+01:00", "2026-03-03T06:00:00+01:00"},
		"over midnight":                  {"0 22 * * 1-5", 8 * time.Hour, "Europe/Berlin", "2026-03-03T05:59:59.5+01:00", "2026-03-02T22:00:00+01:00", "2026-03-03T06:00:00+01:00"},
		"the end is outside":             {"0 22 * * 1-5", 8 * time.Hour, "Europe/Berlin", "2026-03-03T06:00:00+01:00", "", "2026-03-03T22:00:00+01:00"},
		"over the weekend":               {"0 22 * * 1-5", 8 * time.Hour, "Europe/Berlin", "2026-03-07T06:00:00+01:00", "", "2026-03-09T22:00:00+01:00"},
		"elapsed time in spring":         {"0 22 * * *", 8 * time.Hour, "Europe/Berlin", "2026-03-29T06:59:59+02:00", "2026-03-28T22:00:00+01:00", "2026-03-29T07:00:00+02:00"},
		"elapsed time in autumn":         {"0 22 * * *", 8 * time.Hour, "Europe/Berlin", "2026-10-25T04:59:59+01:00", "2026-10-24T22:00:00+02:00", "2026-10-25T05:00:00+01:00"},
		"a start in the gap is after it": {"30 2 * * *", time.Hour, "America/New_York", "2026-03-08T03:00:00-04:00", "2026-03-08T03:00:00-04:00", "2026-03-08T04:00:00-04:00"},
		"not in both repeated hours":     {"30 1 * * *", 10 * time.Minute, "America/New_York", "2026-11-01T01:30:00-05:00", "", "2026-11-02T01:30:00-05:00"},
		"the first repeated hour":        {"30 1 * * *", 10 * time.Minute, "America/New_York", "2026-11-01T01:35:00-04:00", "2026-11-01T01:30:00-04:00", "2026-11-01T01:40:00-04:00"},
		"a day that never was":           {"0 9 30 12 *", time.Hour, "Pacific/Apia", "2011-12-31T00:00:00+14:00", "2011-12-31T00:00:00+14:00", "2011-12-31T01:00:00+14:00"},
		"overlapping occurrences":        {"0 * * * *", 90 * time.Minute, "", "2026-03-02T12:10:00Z", "2026-03-02T12:00:00Z", "2026-03-02T13:00:00Z"},
		"the next start comes first":     {"0 * * * *", 90 * time.Minute, "", "2026-03-02T12:40:00Z", "2026-03-02T12:00:00Z", "2026-03-02T13:00:00Z"},
		"a leap day":                     {"0 0 29 2 *", 24 * time.Hour, "", "2026-03-01T00:00:00Z", "", "2028-02-29T00:00:00Z"},
		"2100 is no leap year":           {"0 0 29 2 *", 24 * time.Hour, "", "2096-03-01T00:00:00Z", "", "2104-02-29T00:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			w := compile(t, tc.start, tc.duration, tc.zone)
			now := instantOf(t, tc.now)
			o, open := w.Open(now)
			if open != (tc.open != "") {
				t.Fatalf("open is %t at %s: %v", open, tc.now, o)
			}
			if open && (!o.Start.Equal(instantOf(t, tc.open)) || o.End.Sub(o.Start) != tc.duration) {
				t.Errorf("occurrence %s to %s, want its start at %s", o.Start, o.End, tc.open)
			}
			if edge := edge(&w, now); !edge.Equal(instantOf(t, tc.edge)) {
				t.Errorf("next edge %s, want %s", edge, tc.edge)
			}
		})
	}
}

func TestClosedForGood(t *testing.T) {
	suspended := compile(t, "* * * * *", time.Hour, "")
	suspended.Suspend = true
	for name, w := range map[string]schedule.Window{"suspended": suspended, "zero": {}} {
		now := instantOf(t, "2026-03-02T12:00:00Z")
		if o, open := w.Open(now); open {
			t.Errorf("%s: open: %v", name, o)
		}
		if edge := edge(&w, now); !edge.IsZero() {
			t.Errorf("%s: next edge %s", name, edge)
		}
		if o, found := w.Next(now); found {
			t.Errorf("%s: next %v", name, o)
		}
		for o := range w.Occurrences(now, now.AddDate(1, 0, 0)) {
			t.Errorf("%s: occurrence %v", name, o)
			break
		}
	}
}

// TestEdgesLoseNothing walks from edge to edge, as the loop does, and must meet every occurrence of the year.
func TestEdgesLoseNothing(t *testing.T) {
	for _, zone := range zones {
		w := compile(t, "30 2 * * *", 3*time.Hour, zone.name)
		now := time.Date(zone.year, 1, 1, 0, 0, 0, 0, time.UTC)
		end := now.AddDate(1, 0, 0)
		var want, got int
		for o := range w.Occurrences(now, end) {
			if o.Start.After(now) {
				want++
			}
		}
		for now = edge(&w, now); now.Before(end); now = edge(&w, now) {
			o, found := w.Next(now.Add(-1))
			if _, open := w.Open(now); found && open && o.Start.Equal(now) {
				got++
			}
		}
		if got != want || want < 360 {
			t.Errorf("%s: met %d of %d starts", zone.name, got, want)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	for _, line := range []string{"0 22 * * 1-5", "0 0 29 2 *", "*/5 * * * *"} {
		b.Run(line, func(b *testing.B) {
			w := compile(b, line, time.Hour, "Europe/Berlin")
			now := instantOf(b, "2026-10-25T02:30:00+01:00")
			b.ReportAllocs()
			for b.Loop() {
				w.Open(now)
				edge(&w, now)
			}
		})
	}
}
