package repository

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"testing"
)

// TestDependenciesAreListed holds docs/dependencies.md against what the modules require directly.
func TestDependenciesAreListed(t *testing.T) {
	document, err := os.ReadFile(docs + "dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []struct{ header, file string }{
		{"| module | purpose |", root + "go.mod"},
		{"| module of e2e | purpose |", root + "e2e/go.mod"},
		{"| module of e2e/certmanager | purpose |", root + "e2e/certmanager/go.mod"},
		{"| module of e2e/kyverno | purpose |", root + "e2e/kyverno/go.mod"},
		{"| tool | purpose |", root + ".tools/go.mod"},
		{"| module of release | purpose |", root + ".tools/release/go.mod"},
	} {
		rows, err := tableRows(string(document), table.header)
		if err != nil {
			t.Fatalf("dependencies.md: %v", err)
		}
		var listed []string
		for _, row := range rows {
			listed = append(listed, names(row[0])...)
		}
		required := directly(t, table.file)
		for _, path := range required {
			if !slices.Contains(listed, path) {
				t.Errorf("%s requires %s, and dependencies.md does not list it", table.file, path)
			}
		}
		for _, path := range listed {
			if !slices.Contains(required, path) {
				t.Errorf("dependencies.md lists %s, which %s does not require", path, table.file)
			}
		}
	}
}

// directly gives what a module requires directly, and the tools that it names.
func directly(t *testing.T, file string) []string {
	t.Helper()
	text, err := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json", file).Output()
	if err != nil {
		t.Fatalf("go mod edit -json %s: %v", file, err)
	}
	var parsed struct {
		Require []struct {
			Path     string
			Indirect bool
		}
		Tool []struct{ Path string }
	}
	if err := json.Unmarshal(text, &parsed); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, require := range parsed.Require {
		if !require.Indirect {
			paths = append(paths, require.Path)
		}
	}
	for _, tool := range parsed.Tool {
		paths = append(paths, tool.Path)
	}
	if len(paths) == 0 {
		t.Fatalf("%s requires nothing directly, so it was not read right: run go mod tidy", file)
	}
	return paths
}
