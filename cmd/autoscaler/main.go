// Command autoscaler runs the autoscaling loop over HorizontalAutoscaler objects.
package main

import (
	"os"
	_ "time/tzdata" // windows need every time zone, whatever the image holds

	"k8s.io/component-base/cli"
)

func main() {
	os.Exit(cli.Run(newCommand()))
}
