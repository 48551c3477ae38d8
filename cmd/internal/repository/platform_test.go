package repository

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPlatformPageNamesTests holds docs/platform.md against the code: each row names tests that exist, in their packages.
func TestPlatformPageNamesTests(t *testing.T) {
	page, err := os.ReadFile(docs + "platform.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 5 || strings.HasPrefix(cells[1], " feature") || strings.HasPrefix(cells[1], "-") {
			continue
		}
		rows++
		feature, tests := strings.TrimSpace(cells[1]), strings.TrimSpace(cells[3])
		folder, named := "", 0
		for _, match := range quoted.FindAllStringSubmatch(tests, -1) {
			if !strings.HasPrefix(match[1], "Test") {
				folder = match[1]
				continue
			}
			named++
			if !declaresTest(t, root+folder, match[1]) {
				t.Errorf("%s: no file of %s has a %s", feature, folder, match[1])
			}
		}
		if named == 0 {
			t.Errorf("%s names no test", feature)
		}
	}
	if rows != 13 {
		t.Errorf("the page has %d rows, want 13", rows)
	}
}

// declaresTest reports whether a test file of the folder declares the test.
func declaresTest(t *testing.T, folder, name string) bool {
	t.Helper()
	files, err := filepath.Glob(folder + "/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "\nfunc "+name+"(t *testing.T)") {
			return true
		}
	}
	return false
}
