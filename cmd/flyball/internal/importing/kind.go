package importing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	kjson "sigs.k8s.io/json"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/importer"
	"flyball.dev/flyball/cmd/flyball/internal/cluster"
	"flyball.dev/flyball/cmd/flyball/internal/exit"
	"flyball.dev/flyball/cmd/flyball/internal/input"
)

const (
	errLeftOut = exit.NegativeError("not everything was imported")
	errNothing = exit.NegativeError("nothing was imported")
)

// kind is the import of one kind of object.
type kind struct {
	source importer.Source
	file   input.File
	// all says that all objects of the namespace are imported, and allNamespaces those of all namespaces.
	all, allNamespaces bool
	cluster            *cluster.Cluster
	// zone is the IANA time zone of schedules that name none.
	zone                 string
	mode                 string
	inline, allowPartial bool
}

// importAll imports the objects of the file or of the cluster.
func (k *kind) importAll(ctx context.Context, names []string, in io.Reader, out, errOut io.Writer) error {
	if k.file == "" {
		live, err := k.reader()
		if err != nil {
			return err
		}
		objects, beside, err := live.read(ctx, names)
		if err != nil {
			return err
		}
		return k.convert(objects, beside, time.Now(), out, errOut)
	}
	text, err := k.file.Read(in)
	if err != nil {
		return err
	}
	if err := k.run(text, time.Now(), out, errOut); errors.Is(err, errLeftOut) || errors.Is(err, errNothing) {
		return err
	} else if err != nil {
		return fmt.Errorf("%s: %w", k.file, err)
	}
	return nil
}

func (k *kind) reader() (*reader, error) {
	objects, err := k.cluster.Objects(k.allNamespaces)
	return &reader{source: k.source, objects: objects}, err
}

// complete completes the names of objects.
func (k *kind) complete(command *cobra.Command, _ []string, begin string) ([]string, cobra.ShellCompDirective) {
	live, err := k.reader()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return live.complete(command.Context(), begin), cobra.ShellCompDirectiveNoFileComp
}

// run imports the objects of a text.
func (k *kind) run(text []byte, now time.Time, out, errOut io.Writer) error {
	objects, err := decodeObjects(text)
	if err != nil {
		return err
	}
	return k.convert(objects, nil, now, out, errOut)
}

// convert imports objects, and prints the report and the result.
func (k *kind) convert(objects, beside []map[string]any, now time.Time, out, errOut io.Writer) error {
	result, err := importer.Import(k.source, objects, importer.Options{Now: now, TimeZone: k.zone, Mode: v1alpha1.Mode(k.mode), Beside: beside})
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
