package repository

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestEveryPackageHasAComment in doc.go, or in main.go for a command.
func TestEveryPackageHasAComment(t *testing.T) {
	packages := readPackages(t, root)
	if len(packages) < 10 {
		t.Fatalf("found %d packages, so the search went wrong", len(packages))
	}
	for _, path := range slices.Sorted(maps.Keys(packages)) {
		if within(path, "autoscaler/client") {
			continue // generated
		}
		if complaint := undocumented(packages[path]); complaint != "" {
			t.Error(complaint)
		}
	}
}

// undocumented says what is missing, or nothing.
func undocumented(p *goPackage) string {
	for name, file := range p.files {
		where, opening := "doc.go", "Package "+file.Name.Name+" "
		if file.Name.Name == "main" {
			where, opening = name, "Command "
		}
		if name == where && strings.HasPrefix(file.Doc.Text(), opening) {
			return ""
		}
	}
	return fmt.Sprintf("%s has no package comment: write one in doc.go that begins with Package and the name, or, "+
		"for a command, in main.go that begins with Command", p.path)
}

func TestUndocumentedPackagesAreFound(t *testing.T) {
	for name, test := range map[string]struct {
		file, source string
		complaint    bool
	}{
		"in doc.go":            {"doc.go", "// Package engine decides.\npackage engine", false},
		"elsewhere":            {"decide.go", "// Package engine decides.\npackage engine", true},
		"nowhere":              {"doc.go", "package engine", true},
		"about something else": {"doc.go", "// Decides.\npackage engine", true},
		"a command":            {"main.go", "// Command autoscaler runs the loop.\npackage main", false},
		"a command without":    {"main.go", "package main", true},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPackage("engine")
			p.add(t, test.file, []byte(test.source))
			if complaint := undocumented(p); (complaint != "") != test.complaint {
				t.Errorf("the complaint is %q", complaint)
			}
		})
	}
}
