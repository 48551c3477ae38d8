// Command check fails if a program links a module whose license the project does not accept, or that has none.
package main

import (
	"context"
	"fmt"
	"os"

	"flyball.dev/flyball/tools/release/licenses"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: check FOLDER PACKAGE...")
		os.Exit(2)
	}
	modules, err := licenses.Linked(context.Background(), os.Args[1], os.Args[2:]...)
	if err == nil {
		err = licenses.Check(modules)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("licenses: %d modules have an accepted license\n", len(modules))
}
