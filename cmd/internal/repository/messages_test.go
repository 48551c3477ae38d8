package repository

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// ofOthers are messages that the pages quote from the API server, the kernel and Go's TLS.
var ofOthers = []string{"connection refused", "is forbidden", "certificate signed by unknown authority"}

// TestQuotedMessagesExist: a reader searches the pages for the words on the screen, so each quoted message is one that a
// program prints.
func TestQuotedMessagesExist(t *testing.T) {
	printed := stringsOfThePrograms(t)
	for page, header := range map[string]string{
		"troubleshoot.md": "| cause contains | fix |",
		"coexistence.md":  "| message | cause |",
	} {
		document, err := os.ReadFile(docs + page)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := tableRows(string(document), header)
		if err != nil {
			t.Fatalf("%s: %v", page, err)
		}
		for _, row := range rows {
			for _, message := range names(row[0]) {
				if !slices.Contains(ofOthers, message) && !strings.Contains(printed, message) {
					t.Errorf("%s quotes %q, which no program prints", page, message)
				}
			}
		}
	}
}

// stringsOfThePrograms are the string literals of the product's Go files without tests, one after the other.
func stringsOfThePrograms(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	for _, folder := range []string{"autoscaler", "metricsadapter", "cmd"} {
		err := filepath.WalkDir(root+folder, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
					text.WriteString(literal.Value + "\n")
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return text.String()
}
