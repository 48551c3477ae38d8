package importing

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	kjson "sigs.k8s.io/json"

	"flyball.dev/flyball/autoscaler/importer"
	"flyball.dev/flyball/cmd/flyball/internal/exit"
	"flyball.dev/flyball/cmd/flyball/internal/input"
)

const exitCodes = `Exit codes:
  0  everything is imported, or --allow-partial accepts what is left out
  1  something that changes replica counts is left out, or nothing is imported; the standard error names each field, its value and what to do
  2  the file or the command line is invalid, or the file has no object of the kind`

const (
	errLeftOut = exit.NegativeError("not everything was imported")
	errNothing = exit.NegativeError("nothing was imported")
)

// kind is the import of one kind of object.
type kind struct {
	source importer.Source
	file   input.File
	// zone is the IANA time zone of schedules that name none.
	zone                 string
	inline, allowPartial bool
}

// products are names under which users look for an import.
var products = map[importer.Source][]string{
	importer.HPA:             {"horizontalpodautoscaler"},
	importer.ScaledObject:    {"keda"},
	importer.CronHPA:         {"cronhorizontalpodautoscaler", "kubernetes-cronhpa-controller"},
	importer.ScalingSchedule: {"zalando", "kube-metrics-adapter", "clusterscalingschedule"},
}

func newKind(source importer.Source, what, zone string) *cobra.Command {
	k := kind{source: source, zone: zone}
	command := &cobra.Command{
		Use:   string(source) + " -f FILE",
		Short: "Import " + what,
		Long: `Import ` + what + `.

The file contains YAML or JSON documents and lists. The standard output has HorizontalAutoscalers and ScaleWindows; the
standard error names every field that is not converted, with its value and the reason, and every object of another kind.

` + exitCodes,
		Example: `  # Convert the objects of a file
  flyball import ` + string(source) + ` -f theirs.yaml > ours.yaml

  # List when the imported windows are open
  flyball import ` + string(source) + ` -f theirs.yaml | flyball windows -f -`,
		Args:       cobra.NoArgs,
		SuggestFor: products[source],
	}
	k.file.AddRequiredFlag(command, "File that contains the objects, or - for the standard input.")
	flags := command.Flags()
	flags.BoolVar(&k.allowPartial, "allow-partial", false, "Exit with 0 even if something that changes replica counts is left out.")
	if source != importer.HPA {
		flags.StringVar(&k.zone, "time-zone", k.zone, "Time zone of schedules that name none, which is that of the other autoscaler's process.")
		flags.BoolVar(&k.inline, "inline", false, "Print only the windows, in the form of spec.windows of a HorizontalAutoscaler.")
	}
	command.RunE = func(command *cobra.Command, _ []string) error {
		if _, err := time.LoadLocation(k.zone); err != nil || k.zone == "" {
			return fmt.Errorf("--time-zone: Invalid value: %q: must be a name of the IANA time zone database, such as Europe/Berlin", k.zone)
		}
		text, err := k.file.Read(command.InOrStdin())
		if err != nil {
			return err
		}
		if err := k.run(text, time.Now(), command.OutOrStdout(), command.ErrOrStderr()); errors.Is(err, errLeftOut) || errors.Is(err, errNothing) {
			return err
		} else if err != nil {
			return fmt.Errorf("%s: %w", k.file, err)
		}
		return nil
	}
	return command
}

// run imports the objects of a text.
func (k *kind) run(text []byte, now time.Time, out, errOut io.Writer) error {
	objects, err := decodeObjects(text)
	if err != nil {
		return err
	}
	result, err := importer.Import(k.source, objects, importer.Options{Now: now, TimeZone: k.zone})
	if err != nil {
		return err
	}
	for _, entry := range result.Report {
		_, _ = fmt.Fprintln(errOut, entry) // the exit code remains if the write fails
	}
	if result.Found == 0 {
		return fmt.Errorf("no object that import %s reads", k.source)
	}
	if err := k.print(result, out, errOut); err != nil {
		return err
	}
	switch {
	case result.Empty(), k.inline && len(result.Windows) == 0:
		return errNothing
	case !result.Complete() && !k.allowPartial:
		return errLeftOut
	default:
		return nil
	}
}

// decodeObjects decodes the documents of a text.
func decodeObjects(text []byte) ([]map[string]any, error) {
	var objects []map[string]any
	err := input.EachDocument(text, func(document []byte) error {
		var object map[string]any
		if err := kjson.UnmarshalCaseSensitivePreserveInts(document, &object); err != nil || object == nil {
			return errors.New("not a Kubernetes object: apiVersion, kind, metadata and spec are required")
		}
		objects = append(objects, object)
		return nil
	})
	return objects, err
}
