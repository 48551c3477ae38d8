package importing

import (
	"fmt"
	"io"

	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/importer"
)

func (k *kind) print(result *importer.Result, out, errOut io.Writer) error {
	if k.inline {
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

// printInline prints windows as spec.windows, below a comment with their target.
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

// printObject prints the YAML of an importer's object. The printers of cli-runtime print API objects, which have an empty status
// that these leave out.
func printObject(object any, header string, out io.Writer) error {
	text, err := yaml.Marshal(object)
	if err != nil {
		return fmt.Errorf("encoding an imported object: %w", err)
	}
	_, err = io.WriteString(out, header+string(text))
	return err
}
