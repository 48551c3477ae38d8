// Command autoscaler runs the autoscaling loop over HorizontalAutoscaler objects.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // windows need every time zone, whatever the image holds

	"k8s.io/component-base/cli"
)

func main() {
	// A stop ends the loop and gives the lease back, so that a standby need not wait until it runs out.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	command := newCommand()
	command.SetContext(ctx)
	code := cli.Run(command)
	stop()
	os.Exit(code)
}
