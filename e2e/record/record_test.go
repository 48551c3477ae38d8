package record_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/e2e/record"
)

var start = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// run has a sample a second: load and replicas rise, fall and rise; the load of one second is not known.
func run() *record.Record {
	r := &record.Record{Name: "shop/web", Unit: "requests/s"}
	for i, replicas := range []int32{1, 2, 2, 4, 3, 3, 4, 4} {
		r.Add(record.Sample{Time: start.Add(time.Duration(i) * time.Second), Load: 100 * float64(replicas), LoadKnown: i != 5, Ready: replicas, Desired: replicas})
	}
	return r
}

func TestSummary(t *testing.T) {
	want := record.Summary{
		Duration: 7 * time.Second,
		Load:     record.Range{Min: 100, Mean: 2000.0 / 7, Max: 400},
		Ready:    record.Range{Min: 1, Mean: 23.0 / 8, Max: 4},
		Changes:  4, Reversals: 2,
	}
	near := cmp.Comparer(func(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 })
	if diff := cmp.Diff(want, run().Summarize(), near); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
}

func TestTextShowsBothCurves(t *testing.T) {
	const want = `shop/web over 7s
  load      min 100   mean 286   max 400 requests/s
  replicas  min 1   mean 2.9   max 4
  changes   4, of which 2 turned the direction round

     400 │   █  ██
         │   █▆ ██
         │ ▄▄██ ██
         │▂████ ██
       0 │█████ ██
         └──────── load
       4 │   █  ██
         │   █▆▆██
         │ ▄▄█████
         │▂███████
       0 │████████
         └──────── ready replicas
`
	got := run().Text(8)
	if diff := cmp.Diff(trimmed(want), trimmed(got)); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
}

func TestARecordOfNothingSaysSo(t *testing.T) {
	if got := (&record.Record{Name: "shop/web"}).Text(10); !strings.Contains(got, "too short") {
		t.Errorf("text = %q", got)
	}
}

func TestCSVLeavesTheUnknownEmpty(t *testing.T) {
	r := &record.Record{}
	r.Add(record.Sample{Time: start, Load: 1.5, LoadKnown: true, Ready: 1, Desired: 2})
	r.Add(record.Sample{Time: start.Add(2500 * time.Millisecond), Ready: 2, Desired: 2})
	var out strings.Builder
	if err := r.WriteCSV(&out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("seconds,load,ready,desired\n0.0,1.500,1,2\n2.5,,2,2\n", out.String()); diff != "" {
		t.Errorf("CSV (-want +got):\n%s", diff)
	}
}

func trimmed(text string) []string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return lines
}

func TestACSVReadsBackAsItWasWritten(t *testing.T) {
	var out strings.Builder
	if err := run().WriteCSV(&out); err != nil {
		t.Fatal(err)
	}
	got, err := record.ReadCSV(strings.NewReader(out.String()))
	if err != nil {
		t.Fatal(err)
	}
	want := run().Summarize()
	if diff := cmp.Diff(want, got.Summarize()); diff != "" {
		t.Errorf("summary of what was read (-want +got):\n%s", diff)
	}
	for name, text := range map[string]string{"another file": "timestamp,value\n1,2\n", "not a number": "seconds,load,ready,desired\n0.0,1,many,1\n"} {
		if _, err := record.ReadCSV(strings.NewReader(text)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}
