package scenario_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/scenario"
)

const page = "../../docs/scenarios.md"

// TestScenariosPage: the output of the example in docs/scenarios.md is current.
func TestScenariosPage(t *testing.T) {
	_, after, found := strings.Cut(read(t, page), "\n```\n")
	example, _, closed := strings.Cut(after, "\n```\n")
	if !found || !closed {
		t.Fatalf("%s has no example", page)
	}
	blocks, err := scenario.Parse(example)
	if err != nil {
		t.Fatal(err)
	}
	player := scenario.NewPlayer()
	datadriven.RunTestFromString(t, example, func(*testing.T, *datadriven.TestData) string {
		evaluation := player.Play(&blocks[0])
		blocks = blocks[1:]
		if evaluation == nil {
			return ""
		}
		return scenario.Format(&player.Spec, &evaluation.Decision)
	})
	if len(blocks) > 0 {
		t.Errorf("%d blocks of the example were not played", len(blocks))
	}
}

// TestScenariosPageLinks: each linked story exists and disables the corrections that the page lists for it, and each
// correction of the engine has a story.
func TestScenariosPageLinks(t *testing.T) {
	links := regexp.MustCompile(`\]\(([^)]+\.txt)\)`)
	named := regexp.MustCompile("`(\\w+)`")
	covered := map[string]bool{}
	for row := range strings.Lines(read(t, page)) {
		if !strings.HasPrefix(row, "| [") {
			continue
		}
		cells := strings.Split(row, "|")
		for _, link := range links.FindAllStringSubmatch(cells[1], -1) {
			story := read(t, filepath.Join("../../docs", link[1]))
			for _, name := range named.FindAllStringSubmatch(cells[3], -1) {
				if covered[name[1]] = true; !regexp.MustCompile(`(?m)^without .*\b` + name[1]).MatchString(story) {
					t.Errorf("%s does not disable %s", link[1], name[1])
				}
			}
		}
	}
	// The pods of the target and their effective requests are read before the engine decides.
	covered["OwnPods"], covered["ActuatedRequests"] = true, true
	for _, name := range engine.CorrectionNames() {
		if !covered[name] {
			t.Errorf("no story covers the correction %s", name)
		}
	}
}

func read(t testing.TB, path string) string {
	t.Helper()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(file)
}
