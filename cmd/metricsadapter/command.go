package main

import (
	"github.com/spf13/cobra"
	genericapiserver "k8s.io/apiserver/pkg/server"

	"flyball.dev/flyball/cmd/internal/version"
	"flyball.dev/flyball/metricsadapter/server"
)

func newCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "metricsadapter",
		Short: "Serves the metrics APIs of Kubernetes from Prometheus",
		Long: "The metrics adapter answers custom.metrics.k8s.io, external.metrics.k8s.io and metrics.k8s.io from memory. It asks\n" +
			"Prometheus once per period for each metric that a client reads. A value that is missing or stale is an error, never 0.",
		Version:      version.String(),
		Args:         cobra.NoArgs,
		SilenceUsage: true,
	}
	options := server.NewOptions(command.Flags())
	command.RunE = func(*cobra.Command, []string) error {
		return options.Run(genericapiserver.SetupSignalContext())
	}
	return command
}
