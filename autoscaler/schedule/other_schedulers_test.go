package schedule_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/autoscaler/schedule"
)

// TestWhereOthersFail are the windows that other schedulers of Kubernetes open or close at the wrong time, and what is
// right. The occurrences are those that start in the days from first to last.
func TestWhereOthersFail(t *testing.T) {
	for name, tc := range map[string]struct {
		timing      schedule.Timing
		first, last string
		want        []string
	}{
		"KEDA: the spring change keeps Saturday's window open for 26.5 h": {
			schedule.Timing{Start: "30 2 * * *", End: "0 6 * * *", TimeZone: "America/New_York"},
			"2026-03-07", "2026-03-09",
			[]string{
				"2026-03-07T02:30:00-05:00 2026-03-07T06:00:00-05:00", "2026-03-08T03:00:00-04:00 2026-03-08T06:00:00-04:00",
				"2026-03-09T02:30:00-04:00 2026-03-09T06:00:00-04:00",
			},
		},
		"KEDA: the spring change keeps Saturday night's window from opening": {
			schedule.Timing{Start: "0 22 * * *", End: "30 2 * * *", TimeZone: "America/New_York"},
			"2026-03-06", "2026-03-08",
			[]string{
				"2026-03-06T22:00:00-05:00 2026-03-07T02:30:00-05:00", "2026-03-07T22:00:00-05:00 2026-03-08T03:00:00-04:00",
				"2026-03-08T22:00:00-04:00 2026-03-09T02:30:00-04:00",
			},
		},
		"KEDA: the autumn change opens at the second 01:30 only": {
			schedule.Timing{Start: "30 1 * * *", End: "0 2 * * *", TimeZone: "America/New_York"},
			"2026-11-01", "2026-11-02",
			[]string{"2026-11-01T01:30:00-04:00 2026-11-01T02:00:00-05:00", "2026-11-02T01:30:00-05:00 2026-11-02T02:00:00-05:00"},
		},
		"KEDA: nights before a day without an end never open": {
			schedule.Timing{Start: "0 22 * * *", End: "0 6 * * 1-5"},
			"2026-03-05", "2026-03-09",
			[]string{
				"2026-03-05T22:00:00Z 2026-03-06T06:00:00Z", "2026-03-06T22:00:00Z 2026-03-09T06:00:00Z", "2026-03-07T22:00:00Z 2026-03-09T06:00:00Z",
				"2026-03-08T22:00:00Z 2026-03-09T06:00:00Z", "2026-03-09T22:00:00Z 2026-03-10T06:00:00Z",
			},
		},
		"two days on end, which KEDA does open": {
			schedule.Timing{Start: "0 0 * * 1", End: "0 0 * * 3"},
			"2026-03-01", "2026-03-10",
			[]string{"2026-03-02T00:00:00Z 2026-03-04T00:00:00Z", "2026-03-09T00:00:00Z 2026-03-11T00:00:00Z"},
		},
		"KEDA #4677: weekdays with a daily end stay on over the weekend": {
			schedule.Timing{Start: "30 6 * * 1-5", End: "10 22 * * *"},
			"2026-03-06", "2026-03-09",
			[]string{"2026-03-06T06:30:00Z 2026-03-06T22:10:00Z", "2026-03-09T06:30:00Z 2026-03-09T22:10:00Z"},
		},
		"KEDA: Fridays with a daily end are on nearly always": {
			schedule.Timing{Start: "0 22 * * 5", End: "0 6 * * *"},
			"2026-03-06", "2026-03-16",
			[]string{"2026-03-06T22:00:00Z 2026-03-07T06:00:00Z", "2026-03-13T22:00:00Z 2026-03-14T06:00:00Z"},
		},
		"Zalando: a window over midnight is cut there": {
			schedule.Timing{Start: "30 22 * * 5", Duration: 4 * time.Hour, TimeZone: "Europe/Berlin"},
			"2026-03-06", "2026-03-07",
			[]string{"2026-03-06T22:30:00+01:00 2026-03-07T02:30:00+01:00"},
		},
		"the library: a gap at midnight loses a start that exists, for a week": {
			schedule.Timing{Start: "0 9 * * 5", Duration: time.Hour, TimeZone: "Africa/Cairo"},
			"2026-04-24", "2026-04-25",
			[]string{"2026-04-24T09:00:00+03:00 2026-04-24T10:00:00+03:00"},
		},
		"the library: a gap at midnight loses the day that begins after it": {
			schedule.Timing{Start: "0 0 * * *", End: "0 8 * * *", TimeZone: "Africa/Cairo"},
			"2026-04-24", "2026-04-24",
			[]string{"2026-04-24T01:00:00+03:00 2026-04-24T08:00:00+03:00"},
		},
		"the library: half an hour of summer time loses starts on both days": {
			schedule.Timing{Start: "0 5 * * *", Duration: time.Hour, TimeZone: "Australia/Lord_Howe"},
			"2026-04-04", "2026-04-05",
			[]string{"2026-04-04T05:00:00+11:00 2026-04-04T06:00:00+11:00", "2026-04-05T05:00:00+10:30 2026-04-05T06:00:00+10:30"},
		},
		"the library: Havana's midnight that comes twice opens twice": {
			schedule.Timing{Start: "0 0 * * *", Duration: time.Hour, TimeZone: "America/Havana"},
			"2026-11-01", "2026-11-01",
			[]string{"2026-11-01T00:00:00-04:00 2026-11-01T00:00:00-05:00"},
		},
		"CronJob: the repeated hour runs twice": {
			schedule.Timing{Start: "30 2 * * *", Duration: 10 * time.Minute, TimeZone: "Europe/Berlin"},
			"2026-10-25", "2026-10-25",
			[]string{"2026-10-25T02:30:00+02:00 2026-10-25T02:40:00+02:00"},
		},
		"the library: a day that never was is searched for ever": {
			schedule.Timing{Start: "0 9 * * *", End: "0 17 * * *", TimeZone: "Pacific/Apia"},
			"2011-12-29", "2011-12-31",
			[]string{"2011-12-29T09:00:00-10:00 2011-12-29T17:00:00-10:00", "2011-12-31T09:00:00+14:00 2011-12-31T17:00:00+14:00"},
		},
		"a window that the clocks skip as a whole does not last until tomorrow": {
			schedule.Timing{Start: "15 2 * * *", End: "45 2 * * *", TimeZone: "America/New_York"},
			"2026-03-07", "2026-03-09",
			[]string{"2026-03-07T02:15:00-05:00 2026-03-07T02:45:00-05:00", "2026-03-09T02:15:00-04:00 2026-03-09T02:45:00-04:00"},
		},
		"cronhpa: excluding a date drops that date, and no other": {
			schedule.Timing{Start: "0 0 * * *", Duration: time.Hour, Except: []string{"2020-11-15"}, TimeZone: "Asia/Shanghai"},
			"2020-11-13", "2020-11-17",
			[]string{
				"2020-11-13T00:00:00+08:00 2020-11-13T01:00:00+08:00", "2020-11-14T00:00:00+08:00 2020-11-14T01:00:00+08:00",
				"2020-11-16T00:00:00+08:00 2020-11-16T01:00:00+08:00", "2020-11-17T00:00:00+08:00 2020-11-17T01:00:00+08:00",
			},
		},
		"holidays over the end of the year": {
			schedule.Timing{Start: "0 22 * * *", End: "0 6 * * *", Except: []string{"2026-12-24/2026-12-26", "2026-12-30/2027-01-02"}},
			"2026-12-23", "2027-01-03",
			[]string{
				"2026-12-23T22:00:00Z 2026-12-24T06:00:00Z", "2026-12-27T22:00:00Z 2026-12-28T06:00:00Z", "2026-12-28T22:00:00Z 2026-12-29T06:00:00Z",
				"2026-12-29T22:00:00Z 2026-12-30T06:00:00Z", "2027-01-03T22:00:00Z 2027-01-04T06:00:00Z",
			},
		},
		"a night begins on the date of its evening": {
			schedule.Timing{Start: "0 22 * * *", Duration: 8 * time.Hour, Only: []string{"2026-12-24"}, TimeZone: "Pacific/Auckland"},
			"2026-12-23", "2026-12-26",
			[]string{"2026-12-24T22:00:00+13:00 2026-12-25T06:00:00+13:00"},
		},
		"the first and the last date count": {
			schedule.Timing{Start: "0 22 * * *", Duration: 8 * time.Hour, NotBefore: "2026-03-03", NotAfter: "2026-03-04"},
			"2026-03-01", "2026-03-10",
			[]string{"2026-03-03T22:00:00Z 2026-03-04T06:00:00Z", "2026-03-04T22:00:00Z 2026-03-05T06:00:00Z"},
		},
		"once, in local time": {
			schedule.Timing{From: "2026-12-24T18:00", To: "2026-12-24T23:00:30", TimeZone: "Europe/Berlin"},
			"2026-01-01", "2027-12-31",
			[]string{"2026-12-24T18:00:00+01:00 2026-12-24T23:00:30+01:00"},
		},
		"once, from an hour that is skipped to one that comes twice": {
			schedule.Timing{From: "2026-03-08T02:30", To: "2026-11-01T01:30", TimeZone: "America/New_York"},
			"2026-01-01", "2026-12-31",
			[]string{"2026-03-08T03:00:00-04:00 2026-11-01T01:30:00-04:00"},
		},
		"the 13th, and each Friday": {
			schedule.Timing{Start: "0 0 13 * 5", Duration: time.Hour},
			"2026-05-08", "2026-05-15",
			[]string{"2026-05-08T00:00:00Z 2026-05-08T01:00:00Z", "2026-05-13T00:00:00Z 2026-05-13T01:00:00Z", "2026-05-15T00:00:00Z 2026-05-15T01:00:00Z"},
		},
		"steps over the spring change: those that are skipped are one": {
			schedule.Timing{Start: "*/30 1-3 * * *", Duration: 5 * time.Minute, TimeZone: "America/New_York"},
			"2026-03-08", "2026-03-08",
			[]string{
				"2026-03-08T01:00:00-05:00 2026-03-08T01:05:00-05:00", "2026-03-08T01:30:00-05:00 2026-03-08T01:35:00-05:00",
				"2026-03-08T03:00:00-04:00 2026-03-08T03:05:00-04:00", "2026-03-08T03:30:00-04:00 2026-03-08T03:35:00-04:00",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, err := schedule.Compile("w", tc.timing)
			if err != nil {
				t.Fatal(err)
			}
			loc, err := time.LoadLocation(tc.timing.TimeZone)
			if err != nil {
				t.Fatal(err)
			}
			from, to := midnight(t, tc.first, loc), midnight(t, dayAfter(t, tc.last), loc)
			var got []string
			for o := range w.Occurrences(from, to) {
				got = append(got, o.Start.Format(time.RFC3339)+" "+o.End.Format(time.RFC3339))
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("occurrences (-want +got):\n%s", diff)
			}
		})
	}
}

func dayAfter(t *testing.T, date string) string {
	t.Helper()
	return midnight(t, date, time.UTC).AddDate(0, 0, 1).Format(time.DateOnly)
}

func midnight(t *testing.T, date string, loc *time.Location) time.Time {
	t.Helper()
	instant, err := time.ParseInLocation(time.DateOnly, date, loc)
	if err != nil {
		t.Fatal(err)
	}
	return instant
}

// TestOpenAfterDowntime: a window that starts while the controller is down is open when the controller evaluates it again.
func TestOpenAfterDowntime(t *testing.T) {
	w := compile(t, "0 22 * * *", 8*time.Hour, "Europe/Berlin")
	if _, open := w.Open(instantOf(t, "2026-03-02T20:00:00+01:00")); open {
		t.Error("open before its start")
	}
	if o, open := w.Open(instantOf(t, "2026-03-03T05:00:00+01:00")); !open || !o.Start.Equal(instantOf(t, "2026-03-02T22:00:00+01:00")) {
		t.Errorf("it opened during the downtime, and is not open after it: %v", o)
	}
}

// TestRejectsTimings: the error of an invalid timing names the field and the fix.
func TestRejectsTimings(t *testing.T) {
	daily := func(change func(*schedule.Timing)) schedule.Timing {
		timing := schedule.Timing{Start: "0 22 * * *", Duration: time.Hour}
		change(&timing)
		return timing
	}
	for name, tc := range map[string]struct {
		timing schedule.Timing
		field  string
		says   string
		never  bool
	}{
		"KEDA #2031: the same start and end":   {schedule.Timing{Start: "0 8 * * *", End: "0 8 * * *"}, "end", "it would never close", false},
		"the same, written otherwise":          {schedule.Timing{Start: "0 8 * * *", End: "0 8 * * sun-sat"}, "end", "it would never close", false},
		"KEDA #932: an unknown zone":           {daily(func(t *schedule.Timing) { t.TimeZone = "Asia/Tokio" }), "timeZone", "write an IANA name", false},
		"Zalando: an unknown zone":             {daily(func(t *schedule.Timing) { t.TimeZone = "CET+1" }), "timeZone", "write an IANA name", false},
		"months without the day":               {daily(func(t *schedule.Timing) { t.Start = "0 0 31 2 *" }), "start", "never comes: no month of any year has that day", true},
		"months without the day, in the end":   {schedule.Timing{Start: "0 0 * * *", End: "0 0 31 4,6,9,11 *"}, "end", "never comes", true},
		"an end and a duration":                {daily(func(t *schedule.Timing) { t.End = "0 6 * * *" }), "end", "leave one of them out", false},
		"once and again":                       {daily(func(t *schedule.Timing) { t.From, t.To = "2026-12-24T18:00", "2026-12-24T19:00" }), "at", "leave start", false},
		"once, backwards":                      {schedule.Timing{From: "2026-12-24T18:00", To: "2026-12-24T18:00"}, "at.to", "is not after at.from", false},
		"once, with a zone":                    {schedule.Timing{From: "2026-12-24T18:00Z", To: "2026-12-24T18:00"}, "at.from", "with the zone in timeZone", false},
		"once, on no day":                      {schedule.Timing{From: "2026-02-30T18:00", To: "2026-12-24T18:00"}, "at.from", "write it like 2026-12-24T18:00", false},
		"once, without an end":                 {schedule.Timing{From: "2026-02-03T18:00"}, "at.to", "write it like 2026-12-24T18:00", false},
		"once, in a gap":                       {schedule.Timing{From: "2026-03-08T02:10", To: "2026-03-08T02:50", TimeZone: "America/New_York"}, "at.from", "skip the whole of it", true},
		"once, on a date that is left out":     {schedule.Timing{From: "2026-12-24T18:00", To: "2026-12-24T23:00", Except: []string{"2026-12-24"}}, "at.from", "never comes", true},
		"no such date":                         {daily(func(t *schedule.Timing) { t.Except = []string{"2026-12-25", "2027-02-29"} }), "except[1]", "is not a date: write year, month and day like 2026-12-25", false},
		"a date in other words":                {daily(func(t *schedule.Timing) { t.Only = []string{"25.12.2026"} }), "only[0]", "is not a date", false},
		"a range backwards":                    {daily(func(t *schedule.Timing) { t.Only = []string{"2027-01-02/2026-12-31"} }), "only[0]", "write the earlier date first", false},
		"both kinds of dates":                  {daily(func(t *schedule.Timing) { t.Only, t.Except = []string{"2027-01-02"}, []string{"2027-01-03"} }), "only", "not both", false},
		"not before it is over":                {daily(func(t *schedule.Timing) { t.NotBefore, t.NotAfter = "2027-01-02", "2027-01-01" }), "notAfter", "is before notBefore", false},
		"no date":                              {daily(func(t *schedule.Timing) { t.NotBefore = "soon" }), "notBefore", "is not a date", false},
		"no date either":                       {daily(func(t *schedule.Timing) { t.NotAfter = "2026-1-1" }), "notAfter", "is not a date", false},
		"only dates on which it does not come": {schedule.Timing{Start: "0 9 * * 1", Duration: time.Hour, Only: []string{"2026-12-25"}}, "only", "leaves out every date", true},
		"only dates that are over by then":     {daily(func(t *schedule.Timing) { t.Only, t.NotBefore = []string{"2026-12-25"}, "2027-01-01" }), "only", "no date is left", true},
		"all dates but none":                   {schedule.Timing{Start: "0 0 25 12 *", Duration: time.Hour, NotBefore: "2026-01-01", NotAfter: "2026-12-31", Except: []string{"2026-12-20/2026-12-31"}}, "except", "leaves out every date", true},
		"a year without the day":               {schedule.Timing{Start: "0 0 29 2 *", Duration: time.Hour, NotBefore: "2026-01-01", NotAfter: "2026-12-31"}, "notAfter", "leaves out every date", true},
		"a negative lead":                      {daily(func(t *schedule.Timing) { t.Lead = -time.Second }), "lead", "must not be negative and at most 24h0m0s", false},
		"a ramp of days":                       {daily(func(t *schedule.Timing) { t.Ramp = 25 * time.Hour }), "ramp", "at most 24h0m0s", false},
		"a question mark":                      {daily(func(t *schedule.Timing) { t.Start = "0 0 ? * 1" }), "start", `day of month "?" is not of this form of cron: write *`, false},
		"the last Friday":                      {daily(func(t *schedule.Timing) { t.Start = "0 0 * * 5L" }), "start", "list the dates in only", false},
		"the second Tuesday":                   {daily(func(t *schedule.Timing) { t.Start = "0 0 * * 2#2" }), "start", "list the dates in only", false},
		"a star with a step beside a weekday":  {daily(func(t *schedule.Timing) { t.Start = "0 0 */2 * 5" }), "start", "such as 1-31/2 for */2", false},
		"a year":                               {daily(func(t *schedule.Timing) { t.Start = "0 0 1 1 * 2027" }), "start", "a field of seconds or of years is left out", false},
		"a zone in small letters":              {daily(func(t *schedule.Timing) { t.Start = "cron_tz=UTC 0 0 1 1 *" }), "start", "write it into timeZone", false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := schedule.Compile("w", tc.timing)
			fault, ok := errors.AsType[*schedule.Error](err)
			if !ok {
				t.Fatalf("error %v, want one that names %s", err, tc.field)
			}
			if fault.Field != tc.field || !strings.Contains(fault.Problem, tc.says) || fault.Never != tc.never {
				t.Errorf("error %q (never: %t), want %s to say %q", fault, fault.Never, tc.field, tc.says)
			}
		})
	}
}
