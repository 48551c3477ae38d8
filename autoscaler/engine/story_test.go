package engine_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"flyball.dev/flyball/sim/scenario"
)

// TestStories runs the files of testdata, whose grammar docs/scenarios.md describes. With -rewrite the outputs become those
// of the engine. As with Go's own files, a name that ends in _amd64 is for that processor only: its numbers
// depend on the processor in upstream.
func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		if strings.HasSuffix(path, "_amd64.txt") && runtime.GOARCH != "amd64" {
			t.Skip("the story is for amd64")
		}
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		blocks, err := scenario.Parse(string(file))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		player := scenario.NewPlayer()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			if len(blocks) == 0 || !strings.HasSuffix(d.Pos, fmt.Sprintf(":%d", blocks[0].Line)) {
				d.Fatalf(t, "package scenario does not see this block: it divides the file in another way")
			}
			b := &blocks[0]
			blocks = blocks[1:]
			return play(player, b)
		})
		if len(blocks) > 0 {
			t.Errorf("package scenario sees a block on line %d, and the test does not", blocks[0].Line)
		}
	})
}

// play runs a block and returns its output.
func play(player *scenario.Player, b *scenario.Block) string {
	result := player.Play(b)
	switch {
	case result == nil:
		return ""
	case b.Tick.ShowValues:
		return scenario.FormatValues(&player.Spec, &result.Decision)
	default:
		return scenario.Format(&player.Spec, &result.Decision)
	}
}
