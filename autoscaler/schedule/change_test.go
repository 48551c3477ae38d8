package schedule_test

import (
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/schedule"
)

func TestTheNextChange(t *testing.T) {
	for name, tc := range map[string]struct {
		timing  schedule.Timing
		now     string
		instant string
		opens   bool
	}{
		"before":              {schedule.Timing{Start: "0 22 * * *", Duration: time.Hour}, "2026-03-01T21:00:00Z", "2026-03-01T22:00:00Z", true},
		"at its start":        {schedule.Timing{Start: "0 22 * * *", Duration: time.Hour}, "2026-03-01T22:00:00Z", "2026-03-01T23:00:00Z", false},
		"inside":              {schedule.Timing{Start: "0 22 * * *", Duration: time.Hour}, "2026-03-01T22:30:00Z", "2026-03-01T23:00:00Z", false},
		"at its end":          {schedule.Timing{Start: "0 22 * * *", Duration: time.Hour}, "2026-03-01T23:00:00Z", "2026-03-02T22:00:00Z", true},
		"three that overlap":  {schedule.Timing{Start: "0 20-22 * * *", Duration: 90 * time.Minute}, "2026-03-01T20:10:00Z", "2026-03-01T23:30:00Z", false},
		"three that touch":    {schedule.Timing{Start: "0 20-22 * * *", Duration: time.Hour}, "2026-03-01T20:10:00Z", "2026-03-01T23:00:00Z", false},
		"without a break":     {schedule.Timing{Start: "0 * * * *", Duration: time.Hour}, "2026-03-01T20:10:00Z", "", false},
		"a single one before": {schedule.Timing{From: "2026-03-01T20:00", To: "2026-03-01T21:00"}, "2026-03-01T19:00:00Z", "2026-03-01T20:00:00Z", true},
		"a single one in":     {schedule.Timing{From: "2026-03-01T20:00", To: "2026-03-01T21:00"}, "2026-03-01T20:00:00Z", "2026-03-01T21:00:00Z", false},
		"a single one after":  {schedule.Timing{From: "2026-03-01T20:00", To: "2026-03-01T21:00"}, "2026-03-01T21:00:00Z", "", true},
		"a night of 23 hours": {schedule.Timing{Start: "0 22 * * *", End: "0 6 * * *", TimeZone: "Europe/Berlin"}, "2026-03-28T22:00:00Z", "2026-03-29T04:00:00Z", false},
	} {
		t.Run(name, func(t *testing.T) {
			w, err := schedule.Compile("w", tc.timing)
			if err != nil {
				t.Fatal(err)
			}
			now, err := time.Parse(time.RFC3339, tc.now)
			if err != nil {
				t.Fatal(err)
			}
			instant, opens := w.Change(now)
			got := ""
			if !instant.IsZero() {
				got = instant.UTC().Format(time.RFC3339)
			}
			if got != tc.instant || opens != tc.opens {
				t.Errorf("the next change is at %q, opens: %t; want %q, opens: %t", got, opens, tc.instant, tc.opens)
			}
		})
	}
}

func TestWhenItOpened(t *testing.T) {
	for name, tc := range map[string]struct {
		timing    schedule.Timing
		now, want string
	}{
		"never":              {schedule.Timing{From: "2026-03-01T20:00", To: "2026-03-01T21:00"}, "2026-03-01T19:59:59Z", ""},
		"not before":         {schedule.Timing{Start: "0 22 * * *", Duration: time.Hour, NotBefore: "2026-04-01"}, "2026-03-01T19:59:59Z", ""},
		"a single one":       {schedule.Timing{From: "2026-03-01T20:00", To: "2026-03-01T21:00"}, "2026-03-09T00:00:00Z", "2026-03-01T20:00:00Z"},
		"the last of many":   {schedule.Timing{Start: "0 22 * * *", Duration: time.Hour}, "2026-03-02T12:00:00Z", "2026-03-01T22:00:00Z"},
		"at its start":       {schedule.Timing{Start: "0 22 * * *", Duration: time.Hour}, "2026-03-01T22:00:00Z", "2026-03-01T22:00:00Z"},
		"three that overlap": {schedule.Timing{Start: "0 20-22 * * *", Duration: 90 * time.Minute}, "2026-03-01T22:10:00Z", "2026-03-01T20:00:00Z"},
		"three that touch":   {schedule.Timing{Start: "0 20-22 * * *", Duration: time.Hour}, "2026-03-01T23:10:00Z", "2026-03-01T20:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			w, err := schedule.Compile("w", tc.timing)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if opened := w.OpenedAt(instantOf(t, tc.now)); !opened.IsZero() {
				got = opened.UTC().Format(time.RFC3339)
			}
			if got != tc.want {
				t.Errorf("at %s it opened at %q, want %q", tc.now, got, tc.want)
			}
		})
	}
}

func TestTheLastOccurrenceMayHaveEnded(t *testing.T) {
	w, err := schedule.Compile("w", schedule.Timing{From: "2026-03-01T20:00", To: "2026-03-01T21:00"})
	if err != nil {
		t.Fatal(err)
	}
	if o, found := w.Last(time.Date(2026, 3, 1, 19, 59, 59, 0, time.UTC)); found {
		t.Errorf("before its start there is %v", o)
	}
	if o, found := w.Last(time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC)); !found || o.End.Hour() != 21 {
		t.Errorf("after its end there is %v, %t", o, found)
	}
}
