package importing

import (
	"errors"

	"github.com/spf13/cobra"

	"flyball.dev/flyball/autoscaler/importer"
	"flyball.dev/flyball/cmd/flyball/internal/subcommand"
)

// New returns flyball import.
func New() *cobra.Command {
	command := subcommand.Require(&cobra.Command{
		Use:   "import",
		Short: "Convert objects of other autoscalers",
		Long: `Convert the objects of another autoscaler to HorizontalAutoscalers and ScaleWindows.

The objects go to the standard output. The standard error names every field that is not converted, and the reason. Nothing
is changed. See docs/importing.md.`,
	})
	command.AddCommand(
		newKind(importer.HPA, "HorizontalPodAutoscalers of autoscaling/v2", "UTC"),
		newKind(importer.ScaledObject, "KEDA's ScaledObjects", "UTC"),
		newKind(importer.CronHPA, "the CronHorizontalPodAutoscalers of kubernetes-cronhpa-controller, and the HorizontalPodAutoscalers that they target", "UTC"),
		newKind(importer.ScalingSchedule, "the ScalingSchedules and ClusterScalingSchedules of Zalando's kube-metrics-adapter, and the HorizontalPodAutoscalers that use them",
			"Europe/Berlin"),
		newPrometheusAdapter(),
	)
	return command
}

// newPrometheusAdapter returns a command that says that no import is needed.
func newPrometheusAdapter() *cobra.Command {
	return &cobra.Command{
		Use:   "prometheus-adapter",
		Short: "Show how to use a configuration of prometheus-adapter, which needs no import",
		Long: `The metrics adapter reads the configuration of prometheus-adapter as it is. Run flyball rules check -f FILE to list the
differences. See docs/prometheus-adapter.md.`,
		DisableFlagParsing: true,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("import prometheus-adapter: no import is needed: the metrics adapter reads the configuration of prometheus-adapter as it is; " +
				"run flyball rules check -f FILE to list the differences (docs/prometheus-adapter.md)")
		},
	}
}
