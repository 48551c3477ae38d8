// Command plot draws what `make up RECORD=file.csv` has recorded, as SVG.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"flyball.dev/flyball/e2e/plot"
	"flyball.dev/flyball/e2e/record"
)

func main() {
	title := flag.String("title", "shop/web", "title of the plot")
	unit := flag.String("unit", "requests/s", "unit of the load")
	flag.Parse()
	if flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "plot: name the CSV to read and the SVG to write: plot run.csv run.svg")
		os.Exit(2)
	}
	if err := draw(flag.Arg(0), flag.Arg(1), *title, *unit); err != nil {
		fmt.Fprintln(os.Stderr, "plot:", err)
		os.Exit(1)
	}
}

func draw(from, to, title, unit string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	r, err := record.ReadCSV(in)
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	r.Name, r.Unit = title, unit
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	return errors.Join(plot.SVG(out, r), out.Close())
}
