package load_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/e2e/load"
	simload "flyball.dev/flyball/sim/load"
)

func pods(ready, unready int) []load.Pod {
	var out []load.Pod
	for i := range ready + unready {
		out = append(out, load.Pod{Name: fmt.Sprintf("web-%02d", i), Capacity: 0.5, Ready: i < ready})
	}
	return out
}

func totals(app *load.App) (cpu, requests float64) {
	for _, usage := range app.Pods() {
		cpu += usage.CPUSeconds
		requests += usage.Requests
	}
	return cpu, requests
}

func equal(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-6*max(1, math.Abs(want)) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func TestReadyPodsShareTheLoad(t *testing.T) {
	app := &load.App{Demand: load.Demand{Requests: 300, Cores: 0.3}}
	app.SetPods(pods(3, 1))
	app.Advance(10 * time.Second)
	for i, usage := range app.Pods() {
		wantRequests, wantCPU := 1000.0, 2.0 // a third of 10 s of 300/s at 1 ms each, and of 0.3 cores
		if i == 3 {
			wantRequests, wantCPU = 0, 0
		}
		equal(t, usage.Pod.Name+" requests", usage.Requests, wantRequests)
		equal(t, usage.Pod.Name+" CPU", usage.CPUSeconds, wantCPU)
	}
	equal(t, "queue", app.Queued, 0)
}

func TestWhatIsTooMuchQueuesAndIsWorkedOff(t *testing.T) {
	app := &load.App{Demand: load.Demand{Requests: 1200}}
	app.SetPods(pods(2, 0)) // each serves 500 a second
	app.Advance(5 * time.Second)
	equal(t, "queue after 5 s short by 200/s", app.Queued, 1000)
	cpu, requests := totals(app)
	equal(t, "CPU, saturated", cpu, 5)
	equal(t, "served", requests, 5000)

	app.SetPods(pods(4, 0)) // 2000 a second: 800 more than come in
	app.Advance(2 * time.Second)
	equal(t, "queue worked off", app.Queued, 0)
	_, requests = totals(app)
	equal(t, "served in the end", requests, 7*1200)
}

func TestClientsGiveUp(t *testing.T) {
	app := &load.App{Demand: load.Demand{Requests: 100}}
	app.SetPods(nil)
	app.Advance(time.Minute)
	equal(t, "queue, nobody serving", app.Queued, 3000)
	equal(t, "abandoned", app.Abandoned, 3000)
}

func TestAPodKeepsItsTotalsAndANewOneStartsAtZero(t *testing.T) {
	app := &load.App{Demand: load.Demand{Requests: 10}}
	app.SetPods(pods(1, 0))
	app.Advance(time.Second)
	app.SetPods(pods(2, 0))
	got := app.Pods()
	equal(t, "old pod", got[0].Requests, 10)
	equal(t, "new pod", got[1].Requests, 0)
	app.SetPods(nil)
	app.SetPods(pods(1, 0))
	equal(t, "pod that came again", app.Pods()[0].Requests, 0)
}

func TestCurves(t *testing.T) {
	for _, test := range []struct {
		curve string
		after time.Duration
		want  float64
	}{
		{"constant 100", time.Hour, 100},
		{"step 1 3 2m", 119 * time.Second, 1},
		{"step 1 3 2m", 2 * time.Minute, 3},
		{"ramp 100 300 2m 4m", time.Minute, 100},
		{"ramp 100 300 2m 4m", 3 * time.Minute, 200},
		{"ramp 300 100 2m 4m", time.Hour, 100},
		{"sine 100 300 8m", 0, 200},
		{"sine 100 300 8m", 2 * time.Minute, 300},
		{"sine 100 300 8m", 6 * time.Minute, 100},
	} {
		curve, err := load.ParseCurve(test.curve)
		if err != nil {
			t.Errorf("%s: %v", test.curve, err)
			continue
		}
		got, known := curve(test.after)
		if !known {
			t.Errorf("%s at %s is not known", test.curve, test.after)
		}
		equal(t, fmt.Sprintf("%s at %s", test.curve, test.after), got, test.want)
	}
}

func TestRefusedCurvesNameWhatIsWrong(t *testing.T) {
	for curve, want := range map[string]string{
		"":                  "empty",
		"square 1 2":        "square",
		"constant":          "one load",
		"constant -1":       `"-1"`,
		"constant NaN":      `"NaN"`,
		"step 1 2 soon":     `"soon"`,
		"sine 1 2 0s":       `"0s"`,
		"ramp 1 2 5m 2m":    "after the first",
		"constant 1 trails": "one load",
	} {
		if _, err := load.ParseCurve(curve); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseCurve(%q) = %v, want an error with %q", curve, err, want)
		}
	}
}

func TestTraceReplaysAtSpeedAndRepeats(t *testing.T) {
	trace, err := simload.ParseTrace("timestamp,value\n2026-01-01T00:00:00Z,10\n2026-01-01T00:01:00Z,20\n2026-01-01T00:03:00Z,40\n2026-01-01T00:04:00Z,50\n")
	if err != nil {
		t.Fatal(err)
	}
	curve := load.Replay(trace, 0, 60, 2)
	for second, want := range []float64{20, 40, -1, 80, 100, 20} { // a minute of the trace per second; it repeats after 5
		got, known := curve(time.Duration(second) * time.Second)
		if known != (want >= 0) {
			t.Errorf("second %d: known = %t", second, known)
		} else if known {
			equal(t, fmt.Sprintf("second %d", second), got, want)
		}
	}
	if got, _ := load.Replay(trace, time.Minute, 1, 1)(59 * time.Second); got != 20 {
		t.Errorf("a trace started at its second minute = %v, want 20", got)
	}
}

func FuzzParseCurve(f *testing.F) {
	f.Add("ramp 100 300 2m 5m")
	f.Fuzz(func(t *testing.T, text string) {
		curve, err := load.ParseCurve(text)
		if err != nil {
			return
		}
		if value, known := curve(time.Minute); !known || value < 0 || math.IsNaN(value) {
			t.Errorf("%q after a minute = %v, %t", text, value, known)
		}
	})
}

func BenchmarkAdvance(b *testing.B) {
	for _, n := range []int{1, 100, 10000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			app := &load.App{Demand: load.Demand{Requests: 100}}
			app.SetPods(pods(n, 0))
			b.ReportAllocs()
			for b.Loop() {
				app.Advance(time.Second)
			}
		})
	}
}
