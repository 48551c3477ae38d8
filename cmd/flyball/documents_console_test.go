package main

import (
	"bytes"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/cmd/flyball/internal/exit"
)

var update = flag.Bool("update", false, "write the output of the commands to the documents")

var console = regexp.MustCompile("(?s)```console\n(\\$ flyball .*?)```")

// TestDocumentedCommands runs the commands of the console blocks in docs and README.md, from the root of the repository, and
// compares their output with the pages. -update writes it to the pages.
func TestDocumentedCommands(t *testing.T) {
	t.Chdir("../..")
	pages := []string{"README.md"}
	err := filepath.WalkDir("docs", func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".md") {
			pages = append(pages, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		got := console.ReplaceAllStringFunc(string(text), func(block string) string {
			commands := console.FindStringSubmatch(block)[1]
			var out strings.Builder
			for part := range strings.SplitSeq(strings.TrimPrefix(commands, "$ flyball "), "\n$ flyball ") {
				line, before, _ := strings.Cut(strings.TrimSuffix(part, "\n"), "\n")
				if !strings.Contains(line, "docs/examples/") {
					if before != "" {
						before += "\n"
					}
					out.WriteString("$ flyball " + line + "\n" + before)
					continue
				}
				ran++
				var output bytes.Buffer
				if code := run(strings.Fields(line), strings.NewReader(""), &output, &output); code != exit.OK && !strings.HasPrefix(line, "doctor ") {
					t.Errorf("%s: flyball %s: exit code %d", page, line, code)
				}
				if before == "" {
					output.Reset() // the page shows no output, or shows it elsewhere
				}
				out.WriteString("$ flyball " + line + "\n" + output.String())
			}
			return "```console\n" + out.String() + "```"
		})
		if diff := cmp.Diff(string(text), got); diff != "" && !*update {
			t.Errorf("%s (-page +output); go test ./cmd/flyball -run Documented -update writes it:\n%s", page, diff)
		} else if diff != "" {
			if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	if ran < 7 {
		t.Errorf("ran %d commands, want those of 6 pages", ran)
	}
}
