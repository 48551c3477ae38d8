package scale

import (
	"fmt"
	"os"
	"strings"
)

// The markers of a page between which a run writes its figures.
const (
	beginMarker = "<!-- bench-scale: begin -->"
	endMarker   = "<!-- bench-scale: end -->"
)

// UpdatePage replaces what is between the markers of a page by the reports.
func UpdatePage(path string, reports []*Report) error {
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	texts := make([]string, len(reports))
	for i, r := range reports {
		texts[i] = r.Markdown()
	}
	updated, err := between(string(page), strings.Join(texts, "\n"))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, []byte(updated), 0o644)
}

// between replaces what is between the markers.
func between(page, text string) (string, error) {
	head, rest, begins := strings.Cut(page, beginMarker)
	_, tail, ends := strings.Cut(rest, endMarker)
	if !begins || !ends {
		return "", fmt.Errorf("lines missing: %q and %q", beginMarker, endMarker)
	}
	return head + beginMarker + "\n" + strings.TrimRight(text, "\n") + "\n" + endMarker + tail, nil
}
