package repository

import (
	"os"
	"regexp"
	"testing"
)

// TestDockerfileHasTheVersionOfGo compares the image that the Dockerfile builds in with go.mod.
func TestDockerfileHasTheVersionOfGo(t *testing.T) {
	module := firstMatch(t, root+"go.mod", `(?m)^go (.+)$`)
	dockerfile := firstMatch(t, root+"Dockerfile", `golang:(\S+)`)
	if dockerfile != module {
		t.Errorf("Dockerfile builds with Go %s, go.mod has %s", dockerfile, module)
	}
}

// firstMatch returns the first group of a pattern in a file.
func firstMatch(t *testing.T, file, pattern string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	match := regexp.MustCompile(pattern).FindSubmatch(text)
	if match == nil {
		t.Fatalf("%s: no match for %s", file, pattern)
	}
	return string(match[1])
}
