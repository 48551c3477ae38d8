package importing

import (
	"github.com/spf13/cobra"

	"flyball.dev/flyball/autoscaler/importer"
	"flyball.dev/flyball/cmd/flyball/internal/rules"
	"flyball.dev/flyball/cmd/flyball/internal/subcommand"
)

// New returns flyball import.
func New() *cobra.Command {
	command := subcommand.Require(&cobra.Command{
		Use:   "import",
		Short: "Convert objects of other autoscalers",
		Long: `Convert the objects of another autoscaler to HorizontalAutoscalers and ScaleWindows, and the configuration of prometheus-adapter to
values of Flyball's chart.

The result goes to the standard output. The standard error names every field that is not converted, and the reason. Nothing
is changed. See docs/importing.md.`,
	})
	command.AddCommand(
		newKind(importer.HPA, "HorizontalPodAutoscalers", "UTC"),
		newKind(importer.ScaledObject, "KEDA's ScaledObjects", "UTC"),
		newKind(importer.CronHPA, "the CronHorizontalPodAutoscalers of kubernetes-cronhpa-controller, and the HorizontalPodAutoscalers that they target", "UTC"),
		newKind(importer.ScalingSchedule, "the ScalingSchedules and ClusterScalingSchedules of Zalando's kube-metrics-adapter, and the HorizontalPodAutoscalers that use them",
			"Europe/Berlin"),
		rules.NewImport(),
	)
	return command
}
