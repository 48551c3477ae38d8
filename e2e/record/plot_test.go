package record_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"flyball.dev/flyball/e2e/record"
)

func TestThePlotIsAPictureOfBothCurves(t *testing.T) {
	var out strings.Builder
	if err := run().WriteSVG(&out); err != nil {
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
	if err := (&record.Record{Name: "shop/web"}).WriteSVG(io.Discard); err == nil || !strings.Contains(err.Error(), "shop/web") {
		t.Errorf("error = %v, want one that names the record", err)
	}
}
