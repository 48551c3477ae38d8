// Command autoscaler runs the autoscaling loop over HorizontalAutoscaler objects.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // windows may have any time zone, and the image has no database of them

	"k8s.io/component-base/cli"
)

// gcPercent trades CPU for memory, as Prometheus does by its default: with thousands of autoscalers the heap is nearly all live, and
// the default of 100 doubles it. The environment variable GOGC overrides it.
const gcPercent = 75

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	// A signal ends the loop and releases the lease, so that a standby does not wait until it expires.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	command := newCommand()
	command.SetContext(ctx)
	code := cli.Run(command)
	stop()
	os.Exit(code)
}
