package load_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/sim/load"
)

var start = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// gappy has a step of a minute, a gap of two minutes after the third point, and an unknown value after the fourth.
const gappy = `timestamp,value
2026-03-02T12:00:00Z,60
2026-03-02T12:01:00Z,120
2026-03-02T12:02:00Z,180
2026-03-02T13:05:00+01:00,240
2026-03-02T12:06:00Z,
2026-03-02T12:07:00Z,0
2026-03-02T12:08:00Z,600
`

func TestPlay(t *testing.T) {
	trace, err := load.ParseTrace(gappy)
	if err != nil {
		t.Fatal(err)
	}
	type sample struct {
		rate  float64
		known bool
	}
	second := time.Second
	for name, tc := range map[string]struct {
		play load.Play
		want map[time.Duration]sample
	}{
		"held": {load.Play{}, map[time.Duration]sample{
			0: {60, true}, 59 * second: {60, true}, 60 * second: {120, true}, 179 * second: {180, true},
			180 * second: {180, false}, 299 * second: {180, false}, // a gap
			300 * second: {240, true}, 360 * second: {240, false}, 419 * second: {240, false}, // an unknown value
			420 * second: {0, true}, 480 * second: {600, true}, 539 * second: {600, true},
			540 * second: {600, false}, time.Hour: {600, false}, // after the end
		}},
		"counts": {load.Play{Counts: true}, map[time.Duration]sample{
			0: {1, true}, 60 * second: {2, true}, 200 * second: {3, false}, 480 * second: {10, true},
		}},
		"interpolated": {load.Play{Interpolate: true}, map[time.Duration]sample{
			0: {60, true}, 30 * second: {90, true}, 60 * second: {120, true}, 150 * second: {180, true},
			200 * second: {180, false}, 330 * second: {240, true}, 450 * second: {300, true}, 500 * second: {600, true},
		}},
		"counts, interpolated": {load.Play{Counts: true, Interpolate: true}, map[time.Duration]sample{
			0: {1, true}, 30 * second: {1, true}, 60 * second: {1.5, true}, 90 * second: {2, true}, 170 * second: {3, true},
			480 * second: {5, true}, 510 * second: {10, true}, 535 * second: {10, true}, 540 * second: {10, false},
		}},
		"twice as fast": {load.Play{Speed: 2}, map[time.Duration]sample{
			29 * second: {60, true}, 30 * second: {120, true}, 100 * second: {180, false}, 240 * second: {600, true},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			replay := trace.Load(tc.play)
			for elapsed, want := range tc.want { // in any order
				if rate, known := replay.At(elapsed); math.Abs(rate-want.rate) > 1e-9 || known != want.known {
					t.Errorf("at %s: %g, known %t, want %g, %t", elapsed, rate, known, want.rate, want.known)
				}
			}
		})
	}
	if count, together := trace.Gaps(); count != 2 || together != 3*time.Minute {
		t.Errorf("%d gaps, %s together", count, together)
	}
	if trace.Step != time.Minute || trace.Length() != 9*time.Minute || !trace.Start().Equal(start) {
		t.Errorf("step %s, length %s, start %s", trace.Step, trace.Length(), trace.Start())
	}
	for share, want := range map[float64]float64{0: 0, 0.1: 0, 0.5: 120, 0.51: 180, 0.999: 600, 1: 600} {
		if got := trace.Quantile(share); got != want {
			t.Errorf("the quantile %g is %g, want %g", share, got, want)
		}
	}
	if _, known := trace.Load(load.Play{}).At(-1); known {
		t.Error("something is known before the trace")
	}
}

// refused are traces that are wrong, and what is said of them.
var refused = map[string]struct{ trace, want string }{
	"empty":                   {"", "line 1: the trace is empty: start with the header timestamp,value"},
	"another head":            {"\ntime,rate\n", `line 2: "time,rate" is not the header of a trace: start with the header timestamp,value`},
	"no values":               {"timestamp,value\n", "line 1: the trace has 0 values: it needs at least two"},
	"one value":               {"timestamp,value\n2026-03-02T12:00:00Z,1\n2026-03-02T12:01:00Z,\n", "line 1: the trace has 1 values: it needs at least two"},
	"a wall time":             {"timestamp,value\n2026-03-02 12:00:00,1\n", `line 2: "2026-03-02 12:00:00" is not a timestamp: use RFC 3339, such as 2026-03-02T12:00:00Z`},
	"three fields":            {"timestamp,value\n2026-03-02T12:00:00Z,1,2\n", "line 2: the line has 3 fields: write a timestamp and a value"},
	"a decimal comma":         {"timestamp,value\n2026-03-02T12:00:00Z,1\n2026-03-02T12:01:00Z,\"1,5\"\n", `line 3: "1,5" is not a value: use a number from 0 to 1e+12, or an empty value if it is unknown`},
	"not a number":            {"timestamp,value\n2026-03-02T12:00:00Z,NaN\n", `line 2: "NaN" is not a value: use a number from 0 to 1e+12, or an empty value if it is unknown`},
	"infinite":                {"timestamp,value\n2026-03-02T12:00:00Z,1e999\n", `line 2: "1e999" is not a value: use a number from 0 to 1e+12, or an empty value if it is unknown`},
	"negative":                {"timestamp,value\n2026-03-02T12:00:00Z,-1\n", `line 2: "-1" is not a value: use a number from 0 to 1e+12, or an empty value if it is unknown`},
	"backwards":               {"timestamp,value\n2026-03-02T12:01:00Z,1\n# no comments\n", "line 3: the line has 1 fields: write a timestamp and a value"},
	"twice":                   {"timestamp,value\n2026-03-02T12:01:00Z,1\n\n2026-03-02T13:01:00+01:00,1\n", "line 4: 2026-03-02T13:01:00+01:00 is not after the previous time 2026-03-02T12:01:00Z: sort the lines by time and remove duplicates"},
	"twice in the first year": {"timestamp,value\n0001-01-01T00:00:00Z,1\n0001-01-01T00:00:00Z,1\n", "line 3: 0001-01-01T00:00:00Z is not after the previous time 0001-01-01T00:00:00Z: sort the lines by time and remove duplicates"},
	"an open quotation":       {"timestamp,value\n\"2026-03-02T12:01:00Z,1\n", "line 2: the line is not CSV: extraneous or missing \" in quoted-field"},
	"centuries":               {"timestamp,value\n1926-01-01T00:00:00Z,1\n2026-03-02T12:00:00Z,1\n", "line 3: 2026-03-02T12:00:00Z is more than 100 years after the first line: check the year"},
}

func TestRefusedTraces(t *testing.T) {
	for name, tc := range refused {
		t.Run(name, func(t *testing.T) {
			_, err := load.ParseTrace(tc.trace)
			if _, ok := errors.AsType[*load.TraceError](err); !ok {
				t.Fatalf("the error is %v", err)
			}
			if diff := cmp.Diff(tc.want, err.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestSpreadsheets: what programs make of a trace is still one.
func TestSpreadsheets(t *testing.T) {
	for name, text := range map[string]string{
		"line ends of Windows": strings.ReplaceAll(gappy, "\n", "\r\n"),
		"a byte order mark":    "\ufeff" + gappy,
		"quotation marks":      strings.ReplaceAll(gappy, "2026-03-02T12:00:00Z,60", `"2026-03-02T12:00:00Z","60"`),
		"spaces":               strings.ReplaceAll(gappy, ",", " , "),
	} {
		t.Run(name, func(t *testing.T) {
			trace, err := load.ParseTrace(text)
			if err != nil {
				t.Fatal(err)
			}
			if len(trace.Points) != 6 || trace.Points[0].Value != 60 {
				t.Errorf("the points are %v", trace.Points)
			}
		})
	}
}

// TestRecordedTraces reads what was recorded in the world, where it is at hand: in the folder that FLYBALL_TRACES names, or
// in shared/traces beside this repository.
func TestRecordedTraces(t *testing.T) {
	dir := os.Getenv("FLYBALL_TRACES")
	if dir == "" {
		dir = "../../../shared/traces"
	}
	paths, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil || len(paths) == 0 {
		t.Skipf("no traces in %s: FLYBALL_TRACES can name the folder where they are", dir)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			trace, err := load.ParseTrace(string(text))
			if err != nil {
				t.Fatal(err)
			}
			gaps, together := trace.Gaps()
			t.Logf("%d points, a step of %s, %s long, %d gaps of %s together", len(trace.Points), trace.Step, trace.Length(), gaps, together)
			name, _, _ := strings.Cut(filepath.Base(path[strings.LastIndex(path, "_")+1:]), ".")
			if step, err := time.ParseDuration(name); err != nil || trace.Step != step {
				t.Errorf("the step is %s, and the file's name ends in %s", trace.Step, name)
			}
		})
	}
}

// FuzzParseTrace: no text makes the parser panic; what it refuses it refuses on a line of the text; what it takes is a load
// that is finite and not negative at all times.
func FuzzParseTrace(f *testing.F) {
	f.Add(gappy)
	for _, tc := range refused {
		f.Add(tc.trace)
	}
	f.Fuzz(func(t *testing.T, text string) {
		trace, err := load.ParseTrace(text)
		if err != nil {
			var wrong *load.TraceError
			if !errors.As(err, &wrong) || wrong.Line < 1 || wrong.Line > strings.Count(text, "\n")+strings.Count(text, "\r")+2 {
				t.Fatalf("%v names no line of the text", err)
			}
			return
		}
		if trace.Step <= 0 || trace.Length() < trace.Step {
			t.Fatalf("a step of %s and a length of %s", trace.Step, trace.Length())
		}
		for _, play := range []load.Play{{}, {Counts: true}, {Interpolate: true}, {Counts: true, Interpolate: true}} {
			replay := trace.Load(play)
			for i := range time.Duration(20) {
				if rate, _ := replay.At(trace.Length() / 16 * i); !(rate >= 0) || math.IsInf(rate, 0) {
					t.Fatalf("%+v: at %d/16 of its length the rate is %g", play, i, rate)
				}
			}
		}
	})
}
