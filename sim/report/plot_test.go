package report

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestEnvelopeKeepsPeaks: of a million points few are left, and the one that stands out is among them.
func TestEnvelopeKeepsPeaks(t *testing.T) {
	e := NewEnvelope(1000)
	for i := range 1_000_000 {
		y := 5.0
		switch i {
		case 123_456:
			y = 99
		case 654_321:
			y = 1
		}
		e.Add(float64(i), y)
	}
	most, least := Point{}, Point{Y: 10}
	for _, p := range e.Points() {
		if p.Y > most.Y {
			most = p
		}
		if p.Y < least.Y {
			least = p
		}
	}
	if n := len(e.Points()); n > 2000 || n < 1000 || most != (Point{123_456, 99}) || least != (Point{654_321, 1}) {
		t.Errorf("there are %d points from %v to %v", n, least, most)
	}
}

// TestEnvelopeIsInOrder: a fall and a rise within an interval stay what they were, and a gap stays one.
func TestEnvelopeIsInOrder(t *testing.T) {
	e := NewEnvelope(10)
	for _, p := range []Point{{0, 5}, {3, 9}, {6, 1}, {10, 2}, {12, 8}, {20, 4}, {25, math.NaN()}, {31, 3}} {
		e.Add(p.X, p.Y)
	}
	want := []Point{{3, 9}, {6, 1}, {10, 2}, {12, 8}, {20, 4}, {25, math.NaN()}, {31, 3}}
	if diff := cmp.Diff(want, e.Points(), cmp.Comparer(func(a, b float64) bool { return a == b || (a != a && b != b) })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestTimeline: the SVG is XML with the lines, the bands and the times, has a style for a dark color scheme, and is the same every time.
func TestTimeline(t *testing.T) {
	line := Line{Name: "capacity", Color: PolicyColor(0), Steps: true}
	gap := Line{Name: "load", Color: LoadColor, Points: []Point{{0, 1}, {3600, 2}, {7200, math.NaN()}, {9000, 3}}}
	for i := range 24 {
		line.Points = append(line.Points, Point{float64(3600 * i), float64(10 + i%7)})
	}
	timeline := Timeline{
		Begin: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), Length: 24 * time.Hour,
		Panels: []Panel{{Y: "load", Lines: []Line{gap, line}}, {Y: "replicas", Lines: []Line{line}}},
		Bands:  []Band{{3600, 7200}, {80_000, 100_000}}, BandName: "window",
	}
	svg := drawn(t, timeline.SVG)
	for _, part := range []string{"2 Mar 06:00", ">capacity<", ">load<", ">window<", "stroke:#1F6FB5", "fill:#C9A227", "prefers-color-scheme: dark"} {
		if !strings.Contains(svg, part) {
			t.Errorf("there is no %s in it", part)
		}
	}
	if again := drawn(t, timeline.SVG); again != svg {
		t.Error("once more it is another")
	}
	if len(gap.pieces()) != 2 {
		t.Errorf("a gap makes %d pieces", len(gap.pieces()))
	}
}

// TestTicks: a timeline of any length has 2 to 14 ticks.
func TestTicks(t *testing.T) {
	for _, length := range []time.Duration{3 * time.Minute, time.Hour, 5 * time.Hour, 24 * time.Hour, 14 * 24 * time.Hour, 62 * 24 * time.Hour, 365 * 24 * time.Hour} {
		timeline := Timeline{Begin: time.Date(2026, 3, 2, 1, 2, 3, 0, time.UTC), Length: length}
		if n := len(timeline.Ticks(0, length.Seconds())); n < 2 || n > 14 {
			t.Errorf("%s has %d ticks", length, n)
		}
	}
}

func TestCloud(t *testing.T) {
	svg := drawn(t, (&Scatter{X: "pod-hours", Y: "late", Sets: []Set{
		{Name: "tuned", Color: LoadColor, Points: []Point{{1, 3}, {2, 1}}, Joined: true},
		{Name: "ours", Color: PolicyColor(0), Points: []Point{{1, 1}}, Labels: []string{"Balanced"}},
	}}).SVG)
	for _, part := range []string{">Balanced<", ">tuned<", ">pod-hours<"} {
		if !strings.Contains(svg, part) {
			t.Errorf("there is no %s in it", part)
		}
	}
}

// drawn returns an SVG and checks that it is XML. If FLYBALL_CHARTS names a folder, it also writes the SVG there.
func drawn(t *testing.T, draw func() (string, error)) string {
	t.Helper()
	svg, err := draw()
	if err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if folder := os.Getenv("FLYBALL_CHARTS"); folder != "" {
		if err := os.WriteFile(folder+"/"+t.Name()+".svg", []byte(svg), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return svg
}
