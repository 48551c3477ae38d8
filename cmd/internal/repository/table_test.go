package repository

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// architecture is what the two tables of ARCHITECTURE.md say.
type architecture struct {
	packages  map[string]rule
	libraries []library
}

// rule is a row of the first table.
type rule struct {
	pure      bool
	mayImport []string
}

// library is a row of the second table.
type library struct {
	path    string
	onlyIn  []string
	because string
}

var quoted = regexp.MustCompile("`([^`]+)`")

// names gives what stands in backquotes in a cell.
func names(cell string) []string {
	var found []string
	for _, match := range quoted.FindAllStringSubmatch(cell, -1) {
		found = append(found, match[1])
	}
	return found
}

// tableRows gives the cells of the table with the given header. A document without it, or with an empty one, is an error,
// so that a reworded header cannot turn a test off.
func tableRows(document, header string) ([][]string, error) {
	_, after, found := strings.Cut(document, header+"\n")
	if !found {
		return nil, fmt.Errorf("there is no table with the header %q", header)
	}
	var rows [][]string
	for line := range strings.Lines(after) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			break
		}
		if strings.HasPrefix(line, "|--") {
			continue
		}
		var cells []string
		for cell := range strings.SplitSeq(strings.Trim(line, "|"), "|") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		if columns := strings.Count(header, "|") - 1; len(cells) != columns {
			return nil, fmt.Errorf("the row %q has %d cells, want %d", line, len(cells), columns)
		}
		rows = append(rows, cells)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("the table with the header %q is empty", header)
	}
	return rows, nil
}

func parseArchitecture(document string) (*architecture, error) {
	a := &architecture{packages: map[string]rule{}}
	rows, err := tableRows(document, "| package | pure | may import |")
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		name := names(row[0])
		if len(name) != 1 || (row[1] != "" && row[1] != "pure") {
			return nil, fmt.Errorf("the row %q is not a package, pure or nothing, and packages", row)
		}
		a.packages[name[0]] = rule{pure: row[1] == "pure", mayImport: names(row[2])}
	}
	if rows, err = tableRows(document, "| library | only in | because |"); err != nil {
		return nil, err
	}
	for _, row := range rows {
		name := names(row[0])
		if len(name) != 1 || row[2] == "" {
			return nil, fmt.Errorf("the row %q is not a library, packages and a reason", row)
		}
		a.libraries = append(a.libraries, library{path: name[0], onlyIn: names(row[1]), because: row[2]})
	}
	return a, nil
}

func readArchitecture(t *testing.T) *architecture {
	t.Helper()
	document, err := os.ReadFile(root + "ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	a, err := parseArchitecture(string(document))
	if err != nil {
		t.Fatalf("ARCHITECTURE.md: %v", err)
	}
	return a
}
