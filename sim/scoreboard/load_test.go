package scoreboard

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/sim/load"
)

// TestRecorded: existing traces are read, counts as rates and coarse traces twice; missing traces are listed.
func TestRecorded(t *testing.T) {
	const minutes = "timestamp,value\n2026-01-01T00:00:00Z,60\n2026-01-01T00:01:00Z,120\n"
	const hours = "timestamp,value\n2026-01-01T00:00:00Z,3600\n2026-01-01T01:00:00Z,7200\n"
	loads, absent, err := Recorded(fstest.MapFS{
		"crane_peaky_1m.csv": {Data: []byte(minutes)}, "nasa_http_1m.csv": {Data: []byte(minutes)}, "wikipedia_60m.csv": {Data: []byte(hours)},
	})
	if err != nil {
		t.Fatal(err)
	}
	high := map[string]float64{}
	for _, l := range loads {
		high[l.Name] = l.High
	}
	want := map[string]float64{"crane_peaky_1m": 120, "nasa_http_1m": 2, "wikipedia_60m": 2, "wikipedia_60m interpolated": 2}
	if diff := cmp.Diff(want, high); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(absent) != len(records)-3 || absent[0] != "crane_diurnal_1m" {
		t.Errorf("absent are %v", absent)
	}
	if rate, _ := loads[3].New(1).At(time.Hour); rate != 1.5 {
		t.Errorf("between 1 and 2 a second there is %g", rate)
	}
	if _, _, err := Recorded(fstest.MapFS{"nasa_http_1m.csv": {Data: []byte("x")}}); err == nil || !strings.HasPrefix(err.Error(), "trace nasa_http_1m: line 1:") {
		t.Errorf("the error is %v", err)
	}
}

// TestEmptyLoad: a load of zero cannot be scaled.
func TestEmptyLoad(t *testing.T) {
	nothing := load.NewTrace([]load.Point{{At: time.Unix(0, 0)}, {At: time.Unix(60, 0)}})
	if _, err := Trace("night", nothing, load.Play{}); err == nil || !strings.Contains(err.Error(), "trace night: the 99.9th percentile is 0") {
		t.Errorf("the error is %v", err)
	}
}
