package scoreboard

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Options say what [Write] runs, reads and writes.
type Options struct {
	// Traces is the directory of recorded loads. Missing files are left out.
	Traces string
	// Docs is the directory of scoreboard.md. Plots are written to its subdirectory images.
	Docs string
	// Store is the file of finished rows. A stored row counts only while the policy and the plant still give the same scores.
	Store string
	// Part limits the run to one part, and then no page is written; empty for all parts.
	Part string
	// OnlyFinished runs nothing and writes the page from the stored rows.
	OnlyFinished bool
}

// Write runs every policy over every load and writes docs/scoreboard.md with its plot. It prints its progress. A run that was
// interrupted continues from the store.
func Write(o *Options, progress io.Writer, now func() time.Time) error {
	recorded, absent, err := Recorded(os.DirFS(o.Traces))
	if err != nil {
		return err
	}
	for _, name := range absent {
		_, _ = fmt.Fprintf(progress, "%s.csv is not in %s: left out\n", name, o.Traces)
	}
	b := &board{loads: firstWeeks(append(Shapes(), recorded...)), absent: absent}
	if o.OnlyFinished {
		stored, err := readStore(o.Store)
		if err != nil {
			return err
		}
		if err := b.load(stored); err != nil {
			return err
		}
		return b.write(o.Docs)
	}
	stored, err := openStore(o.Store)
	if err != nil {
		return err
	}
	defer stored.close()
	if err := b.run(stored, o.Part, progress, now); err != nil || o.Part != "" {
		return err
	}
	return b.write(o.Docs)
}

// write writes the page and its plot.
func (b *board) write(docs string) error {
	frontier, err := b.frontier().SVG()
	if err != nil {
		return err
	}
	images := filepath.Join(docs, "images")
	if err := os.MkdirAll(images, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(images, "frontier.svg"), []byte(frontier), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(docs, "scoreboard.md"), []byte(b.page()), 0o644)
}
