package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/importer"
)

const importExitCodes = `Exit codes:
  0  everything was imported, or --allow-partial accepts what was left out
  1  something that changes replica counts was left out, or nothing was imported; the standard error names each field, its value and what to do
  2  the file or the command line cannot be understood, or the file holds no object of the kind`

var (
	// errLeftOut is for an import that is not complete; it is answered by exit code 1.
	errLeftOut = errors.New("not everything was imported")
	// errNothing is for an import that gives nothing; it is answered by exit code 1.
	errNothing = errors.New("nothing was imported")
)

func newImport() *cobra.Command {
	command := group(&cobra.Command{
		Use:   "import",
		Short: "Turn objects of other autoscalers into HorizontalAutoscalers and windows",
		Long: "Import reads the objects of another autoscaler, prints HorizontalAutoscalers and ScaleWindows that mean the same, and reports on\n" +
			"the standard error what becomes of every other field. It asks no cluster and changes nothing. See docs/importing.md.",
	})
	command.AddCommand(
		newImportOf(importer.HPA, "HorizontalPodAutoscalers of autoscaling/v2", "UTC"),
		newImportOf(importer.ScaledObject, "KEDA's ScaledObjects", "UTC"),
		newImportOf(importer.CronHPA, "the CronHorizontalPodAutoscalers of kubernetes-cronhpa-controller, and the HorizontalPodAutoscalers that they target", "UTC"),
		newImportOf(importer.ScalingSchedule, "the ScalingSchedules and ClusterScalingSchedules of Zalando's kube-metrics-adapter, and the HorizontalPodAutoscalers that use them",
			"Europe/Berlin"),
		newImportOfPrometheusAdapter(),
	)
	return command
}

// newImportOfPrometheusAdapter says that there is nothing to import.
func newImportOfPrometheusAdapter() *cobra.Command {
	return &cobra.Command{
		Use:                "prometheus-adapter",
		Short:              "Say how to use a configuration of prometheus-adapter, which needs no import",
		Long:               "The metrics adapter reads the configuration of prometheus-adapter as it is. See docs/prometheus-adapter.md.",
		DisableFlagParsing: true,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("import prometheus-adapter: nothing to import: the metrics adapter reads the configuration of prometheus-adapter as it is; " +
				"run flyball rules check -f FILE to see what differs (docs/prometheus-adapter.md)")
		},
	}
}

// importing is a run of flyball import.
type importing struct {
	source                importer.Source
	input                 file
	zone                  string
	inline, allowsPartial bool
}

func newImportOf(source importer.Source, what, zone string) *cobra.Command {
	im := importing{source: source, zone: zone}
	command := &cobra.Command{
		Use:   string(source) + " -f FILE",
		Short: "Import " + what,
		Long: "Import " + string(source) + " reads " + what + ",\n" +
			"from a file of YAML or JSON documents and lists, and prints HorizontalAutoscaler and ScaleWindow objects. The standard error names\n" +
			"every field that is not carried over, with its value and what becomes of it, and every object of another kind.\n\n" + importExitCodes,
		Example: "  # When would the windows be open?\n  flyball import " + string(source) + " -f theirs.yaml | flyball windows -f -",
		Args:    cobra.NoArgs,
	}
	flags := command.Flags()
	flags.StringVarP((*string)(&im.input), "filename", "f", "", "The file that holds the objects, or - for the standard input.")
	flags.BoolVar(&im.allowsPartial, "allow-partial", false, "Exit with 0 also if something that changes replica counts was left out.")
	if source != importer.HPA {
		flags.StringVar(&im.zone, "time-zone", im.zone, "Time zone of schedules that name none: that of the other autoscaler's process.")
		flags.BoolVar(&im.inline, "inline", false, "Print only the windows, as they stand in spec.windows of a HorizontalAutoscaler.")
	}
	im.input.isNeeded(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		text, err := im.input.read(command.InOrStdin())
		if err != nil {
			return err
		}
		if err := im.run(text, time.Now(), command.OutOrStdout(), command.ErrOrStderr()); errors.Is(err, errLeftOut) || errors.Is(err, errNothing) {
			return err
		} else if err != nil {
			return fmt.Errorf("%s: %w", im.input, err)
		}
		return nil
	}
	return command
}

// run imports the objects of a file.
func (im *importing) run(text []byte, now time.Time, out, errOut io.Writer) error {
	if _, err := time.LoadLocation(im.zone); err != nil || im.zone == "" {
		return fmt.Errorf("--time-zone: Invalid value: %q: must be a name of the IANA time zone database, such as Europe/Berlin", im.zone)
	}
	objects, err := decodeObjects(text)
	if err != nil {
		return err
	}
	result, err := importer.Import(im.source, objects, importer.Options{Now: now, TimeZone: im.zone})
	if err != nil {
		return err
	}
	for _, entry := range result.Report {
		_, _ = fmt.Fprintln(errOut, entry) // nothing is left to report to if it fails
	}
	if result.Found == 0 {
		return fmt.Errorf("there is no object in it that import %s reads", im.source)
	}
	if err := im.print(result, out, errOut); err != nil {
		return err
	}
	switch {
	case result.Empty(), im.inline && len(result.Windows) == 0:
		return errNothing
	case !result.Complete() && !im.allowsPartial:
		return errLeftOut
	default:
		return nil
	}
}

// decodeObjects decodes the documents of a file.
func decodeObjects(text []byte) ([]map[string]any, error) {
	var objects []map[string]any
	err := eachDocument(text, func(document []byte) error {
		var object map[string]any
		if err := kjson.UnmarshalCaseSensitivePreserveInts(document, &object); err != nil || object == nil {
			return errors.New("it is no object of Kubernetes: write apiVersion, kind, metadata and spec")
		}
		objects = append(objects, object)
		return nil
	})
	return objects, err
}

func (im *importing) print(result *importer.Result, out, errOut io.Writer) error {
	if im.inline {
		for i := range result.Autoscalers {
			_, _ = fmt.Fprintf(errOut, "Note: HorizontalAutoscaler %s: --inline prints only its windows; run without it for minReplicas, maxReplicas and metrics\n", result.Autoscalers[i].Metadata.Name)
		}
		return printInline(result.Windows, out)
	}
	for i := range result.Autoscalers {
		if err := printObject(&result.Autoscalers[i], "---\n", out); err != nil {
			return err
		}
	}
	for i := range result.Windows {
		if err := printObject(&result.Windows[i], "---\n", out); err != nil {
			return err
		}
	}
	return nil
}

func printInline(windows []importer.Window, out io.Writer) error {
	before := ""
	for i := range windows {
		w := &windows[i]
		header := ""
		if target := w.Spec.Targets[0].Kind + "/" + w.Spec.Targets[0].Name; target != before {
			before = target
			header = "# of " + before + "\nwindows:\n"
		}
		if err := printObject([]v1alpha1.InlineWindow{{Name: w.Metadata.Name, Window: w.Spec.Window}}, header, out); err != nil {
			return err
		}
	}
	return nil
}

func printObject(object any, header string, out io.Writer) error {
	text, err := yaml.Marshal(object)
	if err != nil {
		return fmt.Errorf("printing an imported object: %w", err)
	}
	_, err = io.WriteString(out, header+string(text))
	return err
}
