package repository

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/autoscaler/engine"
)

// TestEachCorrectionHasItsRow: the table of hpa-compatibility.md is the list that the autoscaler's flag takes.
func TestEachCorrectionHasItsRow(t *testing.T) {
	page, err := os.ReadFile(docs + "hpa-compatibility.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, match := range regexp.MustCompile("(?m)^\\| `([A-Za-z]+)` \\|").FindAllStringSubmatch(string(page), -1) {
		rows = append(rows, match[1])
	}
	want := engine.CorrectionNames()
	slices.Sort(rows)
	slices.Sort(want)
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("corrections without a row (-) and rows without a correction (+):\n%s", diff)
	}
}

// TestEachTestThatIsNamedExists: a row without its test is a claim.
func TestEachTestThatIsNamedExists(t *testing.T) {
	page, err := os.ReadFile(docs + "hpa-compatibility.md")
	if err != nil {
		t.Fatal(err)
	}
	tests, stories := testsOfTheTree(t)
	named := regexp.MustCompile("`((?:Test|Fuzz|Benchmark)[A-Za-z]+)`").FindAllStringSubmatch(string(page), -1)
	if len(named) < 10 {
		t.Fatalf("found only %d tests in the page", len(named))
	}
	for _, match := range named {
		if !tests[match[1]] {
			t.Errorf("there is no %s", match[1])
		}
	}
	for _, match := range regexp.MustCompile("story `([a-z0-9-]+)`").FindAllStringSubmatch(string(page), -1) {
		if !stories[match[1]] {
			t.Errorf("there is no story %s", match[1])
		}
	}
}

// testsOfTheTree are the names of all tests of both modules, and of the engine's story files.
func testsOfTheTree(t *testing.T) (tests, stories map[string]bool) {
	t.Helper()
	tests, stories = map[string]bool{}, map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)[A-Za-z0-9_]+)\(`)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && entry.Name() != "..":
			return fs.SkipDir
		case strings.Contains(path, "engine/testdata/") && strings.HasSuffix(path, ".txt"):
			stories[strings.TrimSuffix(entry.Name(), ".txt")] = true
		case strings.HasSuffix(path, "_test.go"):
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, match := range declared.FindAllStringSubmatch(string(text), -1) {
				tests[match[1]] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tests, stories
}
