// Command flyball answers questions about autoscalers. Installed as kubectl-flyball it is a plugin of kubectl.
package main

import (
	"os"
	_ "time/tzdata" // a bundle replays anywhere, whatever time zones the machine knows
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
