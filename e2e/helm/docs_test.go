package helm

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// section is the text of a page below a heading, up to the next one.
func section(t *testing.T, page, heading string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/" + page)
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(text), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("docs/%s has no section %q", page, heading)
	}
	before, _, _ := strings.Cut(after, "\n## ")
	return before
}

// blocks are the code blocks of a language in a section of a page.
func blocks(t *testing.T, page, heading, language string) []string {
	t.Helper()
	var found []string
	for _, block := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(section(t, page, heading), -1) {
		found = append(found, block[1])
	}
	if len(found) == 0 {
		t.Fatalf("docs/%s shows no %s in %q", page, language, heading)
	}
	return found
}
