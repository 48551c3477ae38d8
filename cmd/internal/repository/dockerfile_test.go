package repository

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDockerfileCopiesWhatTheProgramsImport compares the directories that the Dockerfile copies, and those that .dockerignore admits,
// with the directories whose packages its programs import. docker build cannot run in every test.
func TestDockerfileCopiesWhatTheProgramsImport(t *testing.T) {
	dockerfile, ignored := readFile(t, "Dockerfile"), readFile(t, ".dockerignore")
	var built []string
	for _, match := range regexp.MustCompile(`\./(cmd/\w+)`).FindAllStringSubmatch(dockerfile, -1) {
		built = append(built, match[1])
	}
	if len(built) < 2 {
		t.Fatalf("the Dockerfile builds %q, so the search went wrong", built)
	}
	needed := directoriesOf(readPackages(t, root), built)
	if !slices.Contains(needed, "autoscaler") || !slices.Contains(needed, "cmd") {
		t.Fatalf("%q import packages below %q only, so the search went wrong", built, needed)
	}
	for _, directory := range needed {
		if !hasLine(dockerfile, "COPY "+directory+" "+directory) {
			t.Errorf("the Dockerfile does not copy %s, of which its programs import packages", directory)
		}
		if !hasLine(ignored, "!"+directory) {
			t.Errorf(".dockerignore leaves out %s, of which the programs of the Dockerfile import packages", directory)
		}
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func hasLine(text, line string) bool { return slices.Contains(strings.Split(text, "\n"), line) }

// directoriesOf returns the first directories of the packages that packages import, themselves included, in order.
func directoriesOf(all map[string]*goPackage, from []string) []string {
	seen, directories := map[string]bool{}, map[string]bool{}
	for left := slices.Clone(from); len(left) > 0; {
		path := left[0]
		left = left[1:]
		if seen[path] || all[path] == nil {
			continue
		}
		seen[path] = true
		directory, _, _ := strings.Cut(path, "/")
		directories[directory] = true
		for _, file := range all[path].files {
			for imported := range imports(file) {
				if own, found := strings.CutPrefix(imported, module+"/"); found {
					left = append(left, own)
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(directories))
}

func TestDirectoriesOfImports(t *testing.T) {
	all := map[string]*goPackage{}
	for path, imported := range map[string]string{"cmd/a": "x/y", "x/y": "z", "z": "", "unused": "x/y"} {
		all[path] = newPackage(path)
		source := "package p"
		if imported != "" {
			source += "\nimport _ \"" + module + "/" + imported + "\"\nimport _ \"fmt\""
		}
		all[path].add(t, "p.go", []byte(source))
	}
	if got := directoriesOf(all, []string{"cmd/a"}); !slices.Equal(got, []string{"cmd", "x", "z"}) {
		t.Errorf("the directories are %q", got)
	}
}
