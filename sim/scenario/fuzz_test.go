package scenario_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"flyball.dev/flyball/sim/scenario"
)

// FuzzParse: no text makes the parser panic; what it refuses it refuses on a line of the text; what it takes can be played.
func FuzzParse(f *testing.F) {
	for _, file := range stories(f) {
		if len(file) < 1500 { // the others would only slow it down
			f.Add(file)
		}
	}
	for _, wrong := range refused {
		f.Add(wrong.story)
	}
	f.Fuzz(func(t *testing.T, file string) {
		blocks, err := scenario.Parse(file)
		if err != nil {
			var wrong *scenario.Error
			if !errors.As(err, &wrong) || wrong.Line < 1 || wrong.Line > strings.Count(file, "\n")+1 || wrong.Problem == "" {
				t.Fatalf("%v names no line of the text", err)
			}
			return
		}
		player := scenario.NewPlayer()
		for i := range blocks {
			if evaluation := player.Play(&blocks[i]); evaluation != nil && scenario.FormatValues(&player.Spec, &evaluation.Decision) == "" {
				t.Errorf("line %d: the decision has no words", blocks[i].Line)
			}
		}
	})
}

// stories gives the engine's, by path.
func stories(t testing.TB) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("../../autoscaler/engine/testdata/*.txt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("found no stories: %v", err)
	}
	found := map[string]string{}
	for _, path := range paths {
		file, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		found[path] = string(file)
	}
	return found
}
