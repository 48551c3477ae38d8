package schedule_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/schedule"
)

// FuzzTiming: whatever is written, it is refused with a sentence by its field, or it makes a window whose occurrences are
// in order, and whose next changes are later than now.
func FuzzTiming(f *testing.F) {
	f.Add("0 22 * * *", "0 6 * * *", "", "", "Europe/Berlin", "2026-12-24/2026-12-26,2027-01-01", "", "", "", int64(0), int64(600), int64(900))
	f.Add("30 2 * * 0", "", "", "", "America/New_York", "", "2026-03-08", "", "", int64(3600), int64(0), int64(0))
	f.Add("*/5 * 1,15 jan-mar mon", "", "", "", "", "", "", "2026-01-01", "2026-12-31", int64(90), int64(1), int64(86400))
	f.Add("", "", "2026-12-24T18:00", "2026-12-24T23:00:30", "Pacific/Apia", "", "", "", "", int64(0), int64(0), int64(60))
	f.Add("0 0 29 2 *", "0 0 1 3 *", "", "", "UTC", "", "2028-02-29/2027-01-01", "0000-00-00", "9999-12-31", int64(-1), int64(-1), int64(1<<62))
	now := instantOf(f, "2026-03-08T01:59:59.5-05:00")
	f.Fuzz(func(t *testing.T, start, end, from, to, zone, except, only, notBefore, notAfter string, duration, lead, ramp int64) {
		w, err := schedule.Compile("w", schedule.Timing{
			Start: start, End: end, From: from, To: to, TimeZone: zone, Except: list(except), Only: list(only),
			NotBefore: notBefore, NotAfter: notAfter,
			Duration: time.Duration(duration) * time.Second, Lead: time.Duration(lead) * time.Second, Ramp: time.Duration(ramp) * time.Second,
		})
		if err != nil {
			fault, ok := errors.AsType[*schedule.Error](err)
			if !ok || fault.Field == "" || fault.Problem == "" {
				t.Fatalf("error %#v says neither field nor problem", err)
			}
			return
		}
		w.Min, w.HasMin, w.Max, w.HasMax = 10, true, 40, true
		walk(t, &w, now)
		before := now.Add(-1)
		for o := range w.Occurrences(now, now.AddDate(2, 0, 0)) {
			if !o.Start.After(before) || !o.Start.Before(o.End) {
				t.Fatalf("occurrence %s to %s after one at %s", o.Start, o.End, before)
			}
			if before = o.Start; o.Start.Sub(now) > 7*24*time.Hour {
				break
			}
		}
	})
}

// walk goes from change to change.
func walk(t *testing.T, w *schedule.Window, now time.Time) {
	own := schedule.Bounds{Min: 2, Max: 20}
	for range 20 {
		s := w.At(now, own)
		if s.HasMin && (s.Min < own.Min || s.Min > w.Min) || s.HasMax && (s.Max < own.Max || s.Max > w.Max) {
			t.Fatalf("at %s the bounds are outside of their ways: %+v", now, s)
		}
		if s.Next.IsZero() {
			return
		}
		if !s.Next.After(now) {
			t.Fatalf("the next change after %s is at %s", now, s.Next)
		}
		now = s.Next
	}
}

func list(texts string) []string {
	if texts == "" {
		return nil
	}
	return slices.Collect(strings.SplitSeq(texts, ","))
}
