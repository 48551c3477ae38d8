// Command flyball answers questions about autoscalers. Installed as kubectl-flyball it is a plugin of kubectl.
package main

import (
	"os"
	_ "time/tzdata" // so that a bundle replays on a machine without a time zone database
)

func main() {
	os.Exit(runAs(os.Args[0], os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
