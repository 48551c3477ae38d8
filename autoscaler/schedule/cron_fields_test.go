package schedule_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/schedule"
)

func TestCompileRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		timing schedule.Timing
		field  string
		says   string
	}{
		"no line":                     {schedule.Timing{}, "start", "has 0 fields, not five"},
		"seconds":                     {schedule.Timing{Start: "0 0 22 * * *"}, "start", "has 6 fields, not five"},
		"a zone that panics":          {schedule.Timing{Start: "TZ=UTC"}, "start", "write it into timeZone"},
		"a zone":                      {schedule.Timing{Start: "CRON_TZ=Europe/Berlin 0 22 * * *"}, "start", "write it into timeZone"},
		"every":                       {schedule.Timing{Start: "@every 1h"}, "start", "has no place on the clock"},
		"a short form":                {schedule.Timing{Start: "@Daily"}, "start", `write "0 0 * * *"`},
		"an unknown short form":       {schedule.Timing{Start: "@reboot"}, "start", "has 1 fields, not five"},
		"minute 60":                   {schedule.Timing{Start: "60 * * * *"}, "start", "minute 60 is out of range: it must be from 0 to 59"},
		"day 0":                       {schedule.Timing{Start: "0 0 0 * *"}, "start", "day of month 0 is out of range"},
		"a word":                      {schedule.Timing{Start: "0 noon * * *"}, "start", `hour "noon" is not a number from 0 to 23`},
		"a name in the wrong place":   {schedule.Timing{Start: "0 0 * mon *"}, "start", `month "mon" is not a number`},
		"part of two names":           {schedule.Timing{Start: "0 0 * anf *"}, "start", `month "anf" is not a number`},
		"Sunday by 7":                 {schedule.Timing{Start: "0 0 * * 7"}, "start", "write 0 for Sunday"},
		"backwards":                   {schedule.Timing{Start: "0 22-2 * * *"}, "start", "write 22-23,0-2 to go round"},
		"a step beyond the range":     {schedule.Timing{Start: "*/90 * * * *"}, "start", "a number from 1 to 59"},
		"a step of 0":                 {schedule.Timing{Start: "*/0 * * * *"}, "start", "a number from 1 to 59"},
		"a sign":                      {schedule.Timing{Start: "+5 * * * *"}, "start", `minute "+5" is not a number`},
		"a star in a range":           {schedule.Timing{Start: "*-5 * * * *"}, "start", `minute "*" is not a number`},
		"an empty item":               {schedule.Timing{Start: "1,2,, * * * *"}, "start", `minute "" is not a number`},
		"two dashes":                  {schedule.Timing{Start: "1-2-3 * * * *"}, "start", `minute "2-3" is not a number`},
		"two slashes":                 {schedule.Timing{Start: "1/2/3 * * * *"}, "start", "the step after /"},
		"a day that never comes":      {schedule.Timing{Start: "0 0 30 2 *"}, "start", "no month of any year has that day"},
		"no duration":                 {schedule.Timing{Start: "0 0 * * *"}, "duration", "must be greater than 0s"},
		"a negative duration":         {schedule.Timing{Start: "0 0 * * *", Duration: -time.Hour}, "duration", "must be greater than 0s"},
		"more than a year":            {schedule.Timing{Start: "0 0 * * *", Duration: 9000 * time.Hour}, "duration", "at most 8784h0m0s"},
		"an unknown zone":             {schedule.Timing{Start: "0 0 * * *", Duration: time.Hour, TimeZone: "Europe/Bonn"}, "timeZone", "is not in the time zone database"},
		"the zone of the machine":     {schedule.Timing{Start: "0 0 * * *", Duration: time.Hour, TimeZone: "Local"}, "timeZone", "wherever the program happens to run"},
		"a zone that is a path":       {schedule.Timing{Start: "0 0 * * *", Duration: time.Hour, TimeZone: "../etc/passwd"}, "timeZone", "is not in the time zone database"},
		"a letter of the Quartz form": {schedule.Timing{Start: "0 0 L * *"}, "start", "list the dates in only"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := schedule.Compile("w", tc.timing)
			fault, ok := errors.AsType[*schedule.Error](err)
			if !ok {
				t.Fatalf("error %v, want one that names %s", err, tc.field)
			}
			if fault.Field != tc.field || !strings.Contains(fault.Problem, tc.says) {
				t.Errorf("error %q, want %s to say %q", fault, tc.field, tc.says)
			}
		})
	}
}

func TestCompileTakes(t *testing.T) {
	for _, line := range []string{
		"* * * * *", "0 22 * * 1-5", "*/15 0-6/2 1,15 jan-mar MON,wed", "5/10 * * * *", "0 0 29 2 *", " 0  0 * * * ", "0 0 1 1 0",
	} {
		if _, err := schedule.Compile("w", schedule.Timing{Start: line, Duration: time.Hour, TimeZone: "Africa/Cairo"}); err != nil {
			t.Errorf("%q: %v", line, err)
		}
	}
}

// FuzzCompile: a line is refused with a sentence, or it has a next occurrence that the line matches. Nothing panics and
// nothing runs for ever.
func FuzzCompile(f *testing.F) {
	for _, line := range append(lines, "TZ=", "CRON_TZ=UTC", "@every -5m", "*/0 * * * *", "1-31/40 * * * *", "? ? ? ? ?", "0 0 31 4,6 *") {
		f.Add(line, "Pacific/Apia")
	}
	now := instantOf(f, "2011-12-29T23:59:00-10:00")
	f.Fuzz(func(t *testing.T, line, zone string) {
		w, err := schedule.Compile("w", schedule.Timing{Start: line, Duration: time.Hour, TimeZone: zone})
		if err != nil {
			if _, ok := errors.AsType[*schedule.Error](err); !ok {
				t.Fatalf("error %v is not a *schedule.Error", err)
			}
			return
		}
		next, found := w.Next(now)
		if !found || !next.Start.After(now) || next.Start.Second() != 0 && w.TimeZone == "UTC" {
			t.Errorf("the next occurrence of %q is %v", line, next)
		}
		if edge := edge(&w, now); !edge.After(now) {
			t.Errorf("the next edge of %q is %s", line, edge)
		}
	})
}
