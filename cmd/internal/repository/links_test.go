package repository

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	dropped = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
)

// TestLinksResolve: every relative link of a page names a file of the repository and, after #, a heading of it.
func TestLinksResolve(t *testing.T) {
	checked := 0
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range link.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(match[1], "://") || strings.HasPrefix(match[1], "mailto:") {
				continue
			}
			checked++
			path, anchor, _ := strings.Cut(match[1], "#")
			target := page
			if path != "" {
				target = filepath.Join(filepath.Dir(page), path)
			}
			if !hasAnchor(t, target, anchor) {
				t.Errorf("%s: the link %s leads nowhere", page, match[1])
			}
		}
	}
	if checked < 100 {
		t.Errorf("checked %d links, want those of all pages", checked)
	}
}

// hasAnchor is whether the file exists and has a heading of this anchor, as GitHub makes anchors; the empty anchor is the file.
func hasAnchor(t *testing.T, path, anchor string) bool {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	if anchor == "" || info.IsDir() {
		return anchor == ""
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, match := range heading.FindAllStringSubmatch(string(text), -1) {
		title := dropped.ReplaceAllString(strings.ToLower(match[1]), "")
		if strings.ReplaceAll(title, " ", "-") == anchor {
			return true
		}
	}
	return false
}
