package main

import (
	"fmt"
	"os"

	"flyball.dev/flyball/e2e/realnode/enclosure"
)

// inside is the second argument of the process within the namespaces.
const inside = "inside"

func main() {
	if len(os.Args) < 2 || len(os.Args) > 3 {
		fmt.Fprintln(os.Stderr, "usage: enclosure SPEC, where SPEC is a file of package enclosure")
		os.Exit(2)
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "enclosure:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 1 {
		return enclosure.Outer([]string{"/proc/self/exe", args[0], inside})
	}
	spec, err := enclosure.Read(args[0])
	if err != nil {
		return err
	}
	return enclosure.Inner(spec)
}
