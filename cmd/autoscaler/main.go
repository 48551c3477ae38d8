// Command autoscaler runs the autoscaling loop over HorizontalAutoscaler objects.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // windows may have any time zone, and the image has no database of them

	"k8s.io/component-base/cli"
)

func main() {
	// A signal ends the loop and releases the lease, so that a standby does not wait until it expires.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	command := newCommand()
	command.SetContext(ctx)
	code := cli.Run(command)
	stop()
	os.Exit(code)
}
