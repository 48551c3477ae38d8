package importing

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/importer"
	"flyball.dev/flyball/cmd/flyball/internal/cluster"
)

const exitCodes = `Exit codes:
  0  everything is imported, or --allow-partial accepts what is left out
  1  something that changes replica counts is left out, or nothing is imported; the standard error names each field, its value and what to do
  2  the file or the command line is invalid, the file has no object of the kind, or the cluster does not answer`

// products are names under which users look for an import.
var products = map[importer.Source][]string{
	importer.HPA:             {"horizontalpodautoscaler"},
	importer.ScaledObject:    {"keda"},
	importer.CronHPA:         {"cronhorizontalpodautoscaler", "kubernetes-cronhpa-controller"},
	importer.ScalingSchedule: {"zalando", "kube-metrics-adapter", "clusterscalingschedule"},
}

func newKind(source importer.Source, what, zone string) *cobra.Command {
	k := kind{source: source, zone: zone, cluster: cluster.New()}
	command := &cobra.Command{
		Use:   string(source) + " (NAME... | --all | -f FILE)",
		Short: "Import " + what,
		Long: `Import ` + what + `, from the cluster or from a file.

The file contains YAML or JSON documents and lists. The standard output has HorizontalAutoscalers and ScaleWindows; the
standard error names every field that is not converted, with its value and the reason, and every object of another kind.
Nothing is changed: pipe the output to kubectl apply.

` + exitCodes,
		Example:    examples(source),
		SuggestFor: products[source],
	}
	k.file.AddFlag(command, "File that contains the objects, or - for the standard input. Nothing is read from the cluster.")
	flags := command.Flags()
	flags.BoolVar(&k.all, "all", false, "Import all objects of the kind in the namespace.")
	flags.BoolVarP(&k.allNamespaces, "all-namespaces", "A", false, "Import all objects of the kind in all namespaces.")
	if hasMode(source) {
		flags.StringVar(&k.mode, "mode", "", "spec.mode of the HorizontalAutoscalers: Enforce, Shadow or Paused. Defaults to Enforce, or Paused where the imported object is paused.")
	}
	flags.BoolVar(&k.allowPartial, "allow-partial", false, "Exit with 0 even if something that changes replica counts is left out.")
	if source != importer.HPA {
		flags.StringVar(&k.zone, "time-zone", k.zone, "Time zone of schedules that name none, which is that of the other autoscaler's process.")
		flags.BoolVar(&k.inline, "inline", false, "Print only the windows, in the form of spec.windows of a HorizontalAutoscaler.")
	}
	k.cluster.AddFlags(flags)
	command.ValidArgsFunction = k.complete
	command.RunE = func(command *cobra.Command, names []string) error {
		if err := k.validate(names); err != nil {
			return err
		}
		return k.importAll(command.Context(), names, command.InOrStdin(), command.OutOrStdout(), command.ErrOrStderr())
	}
	return command
}

// hasMode reports whether the import gives HorizontalAutoscalers, and not only ScaleWindows of HorizontalPodAutoscalers.
func hasMode(source importer.Source) bool {
	return source == importer.HPA || source == importer.ScaledObject
}

func examples(source importer.Source) string {
	run := "  flyball import " + string(source)
	live := "  # Convert an object of the cluster\n" + run + " web -n shop > ours.yaml"
	if hasMode(source) {
		live = "  # Convert an object of the cluster, to decide beside the other autoscaler and write nothing\n" + run + " web -n shop --mode Shadow | kubectl apply -f -"
	}
	text := live + "\n\n  # Convert all objects of the namespace\n" + run + " --all -n shop\n\n  # Convert the objects of a file\n" + run + " -f theirs.yaml > ours.yaml"
	if source != importer.HPA {
		text += "\n\n  # List when the imported windows are open\n" + run + " -f theirs.yaml | flyball windows -f -"
	}
	return text
}

// validate checks the flags and names.
func (k *kind) validate(names []string) error {
	if _, err := time.LoadLocation(k.zone); err != nil || k.zone == "" {
		return fmt.Errorf("--time-zone: Invalid value: %q: must be a name of the IANA time zone database, such as Europe/Berlin", k.zone)
	}
	switch v1alpha1.Mode(k.mode) {
	case "", v1alpha1.ModeEnforce, v1alpha1.ModeShadow, v1alpha1.ModePaused:
	default:
		return fmt.Errorf("--mode: Unsupported value: %q: must be Enforce, Shadow or Paused", k.mode)
	}
	given := 0
	for _, set := range []bool{k.file != "", k.all || k.allNamespaces, len(names) > 0} {
		if set {
			given++
		}
	}
	switch given {
	case 0:
		return fmt.Errorf("import %s: Required value: NAME of an object in the cluster, --all, or -f FILE", k.source)
	case 1:
		return nil
	default:
		return fmt.Errorf("import %s: Forbidden: only one of NAME, --all and -f FILE", k.source)
	}
}
