package schedule_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/schedule"
)

// window returns a window that is open on 2 March 2026 between two times of day, with a minimum and a maximum; -1 means no bound.
func window(t testing.TB, name, from, to string, least, most int32, change ...func(*schedule.Window)) schedule.Window {
	t.Helper()
	w, err := schedule.Compile(name, schedule.Timing{From: "2026-03-02T" + from, To: "2026-03-02T" + to})
	if err != nil {
		t.Fatal(err)
	}
	w.Min, w.HasMin, w.Max, w.HasMax = least, least >= 0, most, most >= 0
	for _, c := range change {
		c(&w)
	}
	return w
}

func priority(n int32) func(*schedule.Window)     { return func(w *schedule.Window) { w.Priority = n } }
func lead(d time.Duration) func(*schedule.Window) { return func(w *schedule.Window) { w.Lead = d } }
func ramp(d time.Duration) func(*schedule.Window) { return func(w *schedule.Window) { w.Ramp = d } }

// TestMerge compares the bounds in force in the format of describeBounds.
func TestMerge(t *testing.T) {
	own := schedule.Bounds{Min: 2, Max: 60}
	for name, tc := range map[string]struct {
		windows []schedule.Window
		want    map[string]string
	}{
		"none": {nil, map[string]string{"12:00:00": "2 60 [] never"}},
		"exact, to the second": {
			[]schedule.Window{window(t, "a", "12:00", "13:00", 7, 7)},
			map[string]string{"11:59:59": "2 60 [] 12:00:00", "12:00:00": "7a 7a [a] 13:00:00", "12:59:59": "7a 7a [a] 13:00:00", "13:00:00": "2 60 [] never"},
		},
		"a floor to zero": {
			[]schedule.Window{window(t, "a", "12:00", "13:00", 0, -1)},
			map[string]string{"12:30:00": "0a 60 [a] 13:00:00"},
		},
		"the own ceiling stands against a floor": {
			[]schedule.Window{window(t, "a", "12:00", "13:00", 80, -1)},
			map[string]string{"12:30:00": "60 60 [a] 13:00:00"},
		},
		"a ceiling lowers the own floor": {
			[]schedule.Window{window(t, "a", "12:00", "13:00", -1, 1)},
			map[string]string{"12:30:00": "1a 1a [a] 13:00:00"},
		},
		"the highest floor and the lowest ceiling, floor before ceiling": {
			[]schedule.Window{window(t, "a", "12:00", "13:00", 5, 40), window(t, "b", "12:30", "13:30", 10, 30), window(t, "c", "12:45", "13:15", -1, 4)},
			map[string]string{
				"12:00:00": "5a 40a [a] 12:30:00", "12:30:00": "10b 30b [a b] 12:45:00", "12:45:00": "10b 10b [a b c] 13:00:00",
				"13:15:00": "10b 30b [b] 13:30:00",
			},
		},
		"the highest priority alone counts": {
			[]schedule.Window{window(t, "a", "12:00", "13:00", 50, -1), window(t, "b", "12:30", "13:30", -1, 30, priority(1))},
			map[string]string{"12:29:59": "50a 60 [a] 12:30:00", "12:30:00": "2 30b [a b] 13:00:00"},
		},
		"a lead opens the floor, not the ceiling": {
			[]schedule.Window{window(t, "a", "12:00", "13:00", 10, 20, lead(10*time.Minute))},
			map[string]string{"11:49:59": "2 60 [] 11:50:00", "11:50:00": "10a 60 [] 12:00:00", "12:00:00": "10a 20a [a] 13:00:00"},
		},
		"a lead opens nothing that lowers": {
			[]schedule.Window{window(t, "a", "12:00", "13:00", 0, 20, lead(10*time.Minute))},
			map[string]string{"11:45:00": "2 60 [] 12:00:00", "11:55:00": "2 60 [] 12:00:00", "12:00:00": "0a 20a [a] 13:00:00"},
		},
		"a lead above the own ceiling, which the window raises": {
			[]schedule.Window{window(t, "a", "12:00", "13:00", 80, 90, lead(10*time.Minute))},
			map[string]string{"11:55:00": "80a 80a [] 12:00:00", "12:00:00": "80a 90a [a] 13:00:00"},
		},
		"a lead does not end the window before it": {
			[]schedule.Window{window(t, "a", "11:00", "12:00", 20, 30), window(t, "b", "12:00", "13:00", 5, 40, lead(10*time.Minute), priority(1))},
			map[string]string{"11:55:00": "20a 30a [a] 12:00:00", "12:00:00": "5b 40b [b] 13:00:00"},
		},
		"a lead raises the floor of the window before it, and its ceiling": {
			[]schedule.Window{window(t, "a", "11:00", "12:00", -1, 3), window(t, "b", "12:00", "13:00", 50, -1, lead(10*time.Minute))},
			map[string]string{"11:55:00": "50b 50b [a] 12:00:00"},
		},
		"a lead yields to a higher priority": {
			[]schedule.Window{window(t, "a", "11:00", "12:00", -1, 3, priority(1)), window(t, "b", "12:00", "13:00", 50, -1, lead(10*time.Minute))},
			map[string]string{"11:45:00": "2 3a [a] 11:50:00", "11:55:00": "2 3a [a] 12:00:00"},
		},
		"a ramp from each edge on": {
			[]schedule.Window{window(t, "a", "12:00", "13:00", 10, -1, ramp(8*time.Minute))},
			map[string]string{
				"12:00:00": "2a 60 [a] 12:01:00", "12:00:59": "2a 60 [a] 12:01:00", "12:01:00": "3a 60 [a] 12:02:00", "12:04:00": "6a 60 [a] 12:05:00",
				"12:08:00": "10a 60 [a] 13:00:00", "13:00:00": "10a 60 [] 13:01:00", "13:01:00": "9a 60 [] 13:02:00", "13:07:59": "3a 60 [] 13:08:00",
				"13:08:00": "2 60 [] never",
			},
		},
		"a ramp of a ceiling, and of a floor that lowers": {
			[]schedule.Window{window(t, "a", "12:00", "13:00", 0, 30, ramp(time.Minute))},
			map[string]string{
				"12:00:00": "2a 60a [a] 12:00:02", "12:00:30": "1a 45a [a] 12:00:32", "12:01:00": "0a 30a [a] 13:00:00",
				"13:00:30": "1a 45a [] 13:00:32", "13:00:58": "1a 59a [] 13:01:00", "13:01:00": "2 60 [] never",
			},
		},
		"a ramp behind a lead": {
			[]schedule.Window{window(t, "a", "12:00", "13:00", 10, -1, ramp(8*time.Minute), lead(8*time.Minute))},
			map[string]string{"11:52:00": "2a 60 [] 11:53:00", "11:59:00": "9a 60 [] 12:00:00", "12:00:00": "10a 60 [a] 13:00:00"},
		},
		"a ramp longer than the window comes back from where it was": {
			[]schedule.Window{window(t, "a", "12:00", "12:04", 10, -1, ramp(8*time.Minute))},
			map[string]string{"12:03:59": "5a 60 [a] 12:04:00", "12:04:00": "6a 60 [] 12:05:00", "12:05:00": "5a 60 [] 12:06:00", "12:08:00": "2 60 [] never"},
		},
		"a ramp that is over does not hold back the window after it": {
			[]schedule.Window{window(t, "a", "11:00", "12:00", 10, 20, ramp(8*time.Minute), priority(1)), window(t, "b", "12:00", "13:00", 30, 50)},
			map[string]string{"12:01:00": "30b 30b [b] 12:01:12"},
		},
		"a ramp yields to a higher priority": {
			[]schedule.Window{window(t, "a", "11:00", "12:00", 10, 20, ramp(8*time.Minute)), window(t, "b", "12:00", "13:00", 5, 50, priority(2))},
			map[string]string{"12:01:00": "5b 50b [b] 12:01:12"},
		},
		"suspended": {
			[]schedule.Window{window(t, "a", "12:00", "13:00", 10, -1, func(w *schedule.Window) { w.Suspend = true })},
			map[string]string{"12:30:00": "2 60 [] never"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for clock, want := range tc.want {
				if got := describeBounds(tc.windows, own, instantOf(t, "2026-03-02T"+clock+"Z")); got != want {
					t.Errorf("at %s: %s, want %s", clock, got, want)
				}
			}
		})
	}
}

// describeBounds formats the bounds in force at now as "min max [open windows] next". The name of the window that sets a bound follows it.
func describeBounds(windows []schedule.Window, own schedule.Bounds, now time.Time) string {
	in, open := schedule.Merge(windows, own, now, nil)
	name := func(window int) string {
		if window < 0 {
			return ""
		}
		return windows[window].Name
	}
	var names []string
	for _, i := range open {
		names = append(names, windows[i].Name)
	}
	next := "never"
	if !in.Next.IsZero() {
		next = in.Next.UTC().Format(time.TimeOnly)
	}
	return fmt.Sprintf("%d%s %d%s [%s] %s", in.Min, name(in.MinWindow), in.Max, name(in.MaxWindow), strings.Join(names, " "), next)
}

// BenchmarkMerge finds the bounds in force of so many windows, at a time when the clocks have just been set back.
func BenchmarkMerge(b *testing.B) {
	for _, n := range []int{1, 100, 10_000} {
		for form, timing := range map[string]schedule.Timing{
			"duration": {Start: "0 22 * * 1-5", Duration: 8 * time.Hour, TimeZone: "Europe/Berlin"},
			"end":      {Start: "0 22 * * *", End: "0 6 * * 1-5", TimeZone: "Europe/Berlin", Except: []string{"2026-12-24/2026-12-26"}, Ramp: time.Hour, Lead: time.Hour},
		} {
			b.Run(fmt.Sprintf("%s/windows=%d", form, n), func(b *testing.B) {
				w, err := schedule.Compile("w", timing)
				if err != nil {
					b.Fatal(err)
				}
				w.Min, w.HasMin = 10, true
				windows := slices.Repeat([]schedule.Window{w}, n)
				now, open := instantOf(b, "2026-10-25T02:30:00+01:00"), make([]int, 0, n)
				b.ReportAllocs()
				for b.Loop() {
					schedule.Merge(windows, schedule.Bounds{Min: 2, Max: 60}, now, open)
				}
			})
		}
	}
}
