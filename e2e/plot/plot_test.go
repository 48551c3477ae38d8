package plot_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/e2e/plot"
	"flyball.dev/flyball/e2e/record"
)

// run has a sample a second: load and replicas rise and fall; the load of one second is not known.
func run() *record.Record {
	start := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	r := &record.Record{Name: "shop/web", Unit: "requests/s"}
	for i, replicas := range []int32{1, 2, 2, 4, 3, 3} {
		r.Add(record.Sample{Time: start.Add(time.Duration(i) * time.Second), Load: 100 * float64(replicas), LoadKnown: i != 3, Ready: replicas, Desired: replicas})
	}
	return r
}

func TestThePlotIsAPictureOfBothCurves(t *testing.T) {
	var out strings.Builder
	if err := plot.SVG(&out, run()); err != nil {
		t.Fatal(err)
	}
	paths := 0
	for decoder := xml.NewDecoder(strings.NewReader(out.String())); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if element, ok := token.(xml.StartElement); ok && element.Name.Local == "path" {
			paths++
		}
	}
	for _, words := range []string{"shop/web", "load, requests/s", "replicas", "asked for", "ready"} {
		if !strings.Contains(out.String(), words) {
			t.Errorf("the plot does not say %q", words)
		}
	}
	// The load has a gap, so it is two lines; asked for and ready are one each; axes and ticks come on top.
	if paths < 4 {
		t.Errorf("%d paths in the plot, want the curves among them", paths)
	}
}

func TestARecordOfNothingHasNoPlot(t *testing.T) {
	if err := plot.SVG(io.Discard, &record.Record{Name: "shop/web"}); err == nil || !strings.Contains(err.Error(), "shop/web") {
		t.Errorf("error = %v, want one that names the record", err)
	}
}
