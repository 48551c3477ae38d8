package repository

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestEachReasonHasItsEntry: docs/conditions.md explains each reason and each event that the API has, and no other. An entry has the
// meaning, and unless nothing is wrong the likely causes, where to look, and the way out.
func TestEachReasonHasItsEntry(t *testing.T) {
	document, err := os.ReadFile(docs + "conditions.md")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, path := range []string{"autoscaler/api/v1alpha1/reasons.go", "autoscaler/engine/reasons.go"} {
		for name, value := range constants(t, path) {
			if strings.HasPrefix(name, "Reason") || strings.HasPrefix(name, "Event") {
				known[value] = true
			}
		}
	}
	for _, step := range ofSteps {
		delete(known, step)
	}
	explained := map[string]bool{}
	for part := range strings.SplitSeq(string(document), "\n## ") {
		for _, header := range []string{"| reason | condition | meaning | likely causes | look | way out |", "| event | type | meaning | look next |"} {
			rows, err := tableRows(part, header)
			if err != nil {
				continue // another part has this table
			}
			for _, row := range rows {
				if slices.Contains(row[2:3], "") || row[len(row)-1] == "" {
					t.Errorf("%s has no meaning or no way out", row[0])
				}
				for _, name := range names(row[0]) {
					if explained[name] = true; !known[name] {
						t.Errorf("%s is no reason and no event", name)
					}
				}
			}
		}
	}
	for name := range known {
		if !explained[name] {
			t.Errorf("docs/conditions.md does not explain %s", name)
		}
	}
}

// ofSteps are reasons of decision steps, which no condition has.
var ofSteps = []string{"MetricUnknown", "MetricPartial", "FirstStart"}

// constants returns the string constants of a file.
func constants(t *testing.T, path string) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), root+path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for i, name := range spec.Names {
			if i < len(spec.Values) {
				if literal, ok := spec.Values[i].(*ast.BasicLit); ok && literal.Kind == token.STRING {
					if value, err := strconv.Unquote(literal.Value); err == nil {
						found[name.Name] = value
					}
				}
			}
		}
		return true
	})
	return found
}
