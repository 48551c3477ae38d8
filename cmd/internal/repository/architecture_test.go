package repository

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestArchitecture holds the code against the tables of ARCHITECTURE.md.
func TestArchitecture(t *testing.T) {
	packages := map[string]*goPackage{}
	for _, folder := range []string{"autoscaler", "metricsadapter", "sim", "cmd"} {
		maps.Copy(packages, readPackages(t, root+folder))
	}
	for _, violation := range violations(readArchitecture(t), packages) {
		t.Error(violation)
	}
}

// violations lists, in sentences with their reasons, what the packages do that the tables do not allow.
func violations(a *architecture, packages map[string]*goPackage) []string {
	var found []string
	for _, path := range slices.Sorted(maps.Keys(packages)) {
		row, known := a.row(path)
		if !known {
			found = append(found, fmt.Sprintf("%s is not in the table: give it a row that says what it may import", path))
			continue
		}
		if a.packages[row].pure {
			found = append(found, impurities(packages[path])...)
		}
		found = append(found, a.projectImports(path, row, packages[path])...)
		found = append(found, a.libraryImports(path, packages[path])...)
	}
	return append(found, a.goneRows(packages)...)
}

// row finds the row of a package: its own, or that of the nearest folder it is in.
func (a *architecture) row(path string) (nearest string, found bool) {
	for row := range a.packages {
		if within(path, row) && len(row) > len(nearest) {
			nearest, found = row, true
		}
	}
	return nearest, found
}

// projectImports lists the imports of the project's own packages that the row does not allow.
func (a *architecture) projectImports(path, row string, p *goPackage) []string {
	var found []string
	for imported := range p.imported() {
		below, own := strings.CutPrefix(imported, module+"/")
		if !own {
			continue
		}
		if !withinAny(below, a.packages[row].mayImport) {
			found = append(found, fmt.Sprintf("%s imports %s: it may import %q only", path, below, a.packages[row].mayImport))
		}
		if other, known := a.row(below); known && a.packages[row].pure && !a.packages[other].pure {
			found = append(found, fmt.Sprintf("%s is pure and imports %s, which is not", path, below))
		}
	}
	slices.Sort(found)
	return found
}

// libraryImports lists the imports of guarded libraries outside their packages.
func (a *architecture) libraryImports(path string, p *goPackage) []string {
	var found []string
	for imported := range p.imported() {
		for _, library := range a.libraries {
			if within(imported, library.path) && !withinAny(path, library.onlyIn) {
				found = append(found, fmt.Sprintf("%s imports %s: %s", path, imported, library.because))
			}
		}
	}
	slices.Sort(found)
	return found
}

// goneRows lists the rows about packages that do not exist, so that the tables cannot rot.
func (a *architecture) goneRows(packages map[string]*goPackage) []string {
	mentioned := map[string]bool{}
	for row, rule := range a.packages {
		mentioned[row] = true
		for _, path := range rule.mayImport {
			mentioned[path] = true
		}
	}
	for _, library := range a.libraries {
		for _, path := range library.onlyIn {
			mentioned[path] = true
		}
	}
	for path := range packages {
		for row := range mentioned {
			if within(path, row) {
				delete(mentioned, row)
			}
		}
	}
	var found []string
	for _, path := range slices.Sorted(maps.Keys(mentioned)) {
		found = append(found, fmt.Sprintf("the tables speak of %s, which does not exist", path))
	}
	return found
}

// imported is the set of what the package's files import.
func (p *goPackage) imported() map[string]bool {
	set := map[string]bool{}
	for _, file := range p.files {
		for path := range imports(file) {
			set[path] = true
		}
	}
	return set
}
