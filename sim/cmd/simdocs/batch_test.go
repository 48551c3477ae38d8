package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	simbatch "flyball.dev/flyball/sim/batch"
)

// TestPage writes the page of a few nights, with a small night instead of the grid's.
func TestPage(t *testing.T) {
	c := simbatch.Config{Opens: 300, Closes: 3900, Ends: 5000, StartUp: 10, Items: []simbatch.Item{{At: -10, Takes: 100}, {At: 500, Takes: 60}}}
	b := batchBoard{first: 5000, nights: 4, sums: compare(5000, 4), grid: gridRows([]simbatch.Config{c})}
	docs := t.TempDir()
	if err := b.write(docs); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(docs, "batch.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"seeds 5000 to 5003", "| batch window | 0 of ", "| cron count | ", "| batch window | 0 of 1 | 0 | ", "do not edit it"} {
		if !strings.Contains(string(page), part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	for _, picture := range []string{"batch-nights.svg", "batch-night.svg"} {
		if svg, err := os.ReadFile(filepath.Join(docs, "images", picture)); err != nil || !strings.Contains(string(svg), "<svg") {
			t.Errorf("%s is not an SVG: %v", picture, err)
		}
	}
	sums := 0
	for _, s := range b.sums {
		sums += s.Nights + s.Hopeless
	}
	if want := 4 * len(simbatch.Policies()); sums != want {
		t.Errorf("%d nights, want %d", sums, want)
	}
}
