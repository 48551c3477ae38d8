// Command scoreboard runs every policy over every load that it finds, and writes docs/scoreboard.md with its pictures. It tells
// how far it is, and when it is started again goes on where it was stopped. What it has kept of a policy counts only as long as
// the policy, and the plant, still do the same.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"flyball.dev/flyball/sim/experiment"
)

func main() {
	var o options
	flag.StringVar(&o.traces, "traces", "../shared/traces", "The folder of the recorded loads; those that are not there are left out.")
	flag.StringVar(&o.docs, "docs", "docs", "The folder that scoreboard.md goes to, and its pictures to images below it.")
	flag.StringVar(&o.done, "done", ".bin/scoreboard.jsonl", "The file in which it keeps what is done.")
	flag.StringVar(&o.part, "part", "", "Run only this part, and write nothing: main, sweep, ablation, harsh, late or lie.")
	flag.BoolVar(&o.onlyDone, "only-done", false, "Run nothing: write what is done so far, without policies of which something is left.")
	flag.Parse()
	if err := o.run(os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "scoreboard:", err)
		os.Exit(1)
	}
}

// options are what the flags say.
type options struct {
	traces, docs, done, part string
	onlyDone                 bool
}

func (o *options) run(tell io.Writer) error {
	recorded, absent, err := experiment.Recorded(os.DirFS(o.traces))
	if err != nil {
		return err
	}
	for _, name := range absent {
		_, _ = fmt.Fprintf(tell, "%s.csv is not in %s, and is left out\n", name, o.traces)
	}
	b := &board{loads: append(experiment.Shapes(), recorded...), absent: absent}
	if o.onlyDone {
		kept, err := readStore(o.done)
		if err != nil {
			return err
		}
		if err := b.take(kept); err != nil {
			return err
		}
		return b.write(o.docs)
	}
	kept, err := openStore(o.done)
	if err != nil {
		return err
	}
	defer kept.close()
	if err := b.play(kept, o.part, tell, time.Now); err != nil || o.part != "" {
		return err
	}
	return b.write(o.docs)
}

// write makes the page and its pictures.
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
