package sim_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/scenario"
)

// TestStories plays the files of testdata, whose grammar docs/scenarios.md describes. With -rewrite the outputs become what
// the simulator says now. As with Go's own files, a name that ends in _amd64 is for that processor only: other processors may
// round a product and a sum at once.
func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		if strings.HasSuffix(path, "_amd64.txt") && runtime.GOARCH != "amd64" {
			t.Skip("the story is for amd64")
		}
		blocks, play := player(t, path)
		datadriven.RunTest(t, path, play)
		if len(*blocks) > 0 {
			t.Errorf("package scenario sees a block on line %d, and the test does not", (*blocks)[0].Line)
		}
	})
}

// TestEngineStories: the simulator reads the engine's stories, and its loop decides in them as they say. It never rewrites
// them.
func TestEngineStories(t *testing.T) {
	paths, err := filepath.Glob("../autoscaler/engine/testdata/*.txt")
	if err != nil || len(paths) < 40 {
		t.Fatalf("found %d stories: %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			if strings.HasSuffix(path, "_amd64.txt") && runtime.GOARCH != "amd64" {
				t.Skip("the story is for amd64")
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			blocks, play := player(t, path)
			datadriven.RunTestFromString(t, string(text), play)
			if len(*blocks) > 0 {
				t.Errorf("line %d was not played", (*blocks)[0].Line)
			}
		})
	}
}

// TestScenariosPage: the output of the simulator example in docs/scenarios.md is current.
func TestScenariosPage(t *testing.T) {
	page, err := os.ReadFile("../docs/scenarios.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(page), "## Stories of the simulator\n")
	_, after, opened := strings.Cut(after, "\n```\n")
	example, _, closed := strings.Cut(after, "\n```\n")
	if !found || !opened || !closed {
		t.Fatal("the page has no example of the simulator")
	}
	path := filepath.Join(t.TempDir(), "example.txt")
	if err := os.WriteFile(path, []byte(example), 0o600); err != nil {
		t.Fatal(err)
	}
	blocks, play := player(t, path)
	datadriven.RunTestFromString(t, example, play)
	if len(*blocks) > 0 {
		t.Errorf("line %d of the example was not played", (*blocks)[0].Line)
	}
}

// player gives the blocks of a file, and a function that plays the next of them.
func player(t *testing.T, path string) (blocks *[]scenario.Block, play func(*testing.T, *datadriven.TestData) string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := scenario.ParseSimulator(string(text))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	p := sim.NewPlayer()
	return &parsed, func(t *testing.T, d *datadriven.TestData) string {
		if len(parsed) == 0 || !strings.HasSuffix(d.Pos, fmt.Sprintf(":%d", parsed[0].Line)) {
			d.Fatalf(t, "package scenario does not see this block: it divides the file in another way")
		}
		output, err := p.Play(&parsed[0])
		if err != nil {
			d.Fatalf(t, "%v", err)
		}
		parsed = parsed[1:]
		return output
	}
}
