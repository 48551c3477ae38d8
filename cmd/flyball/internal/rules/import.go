package rules

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/cmd/flyball/internal/cluster"
	"flyball.dev/flyball/cmd/flyball/internal/input"
	"flyball.dev/flyball/metricsadapter/lint"
	"flyball.dev/flyball/metricsadapter/rule"
	"flyball.dev/flyball/metricsadapter/trace"
)

// configuration is where a configuration of prometheus-adapter comes from: a file, or a ConfigMap of the cluster.
type configuration struct {
	file         input.File
	cluster      *cluster.Cluster
	allowPartial bool
}

// NewImport returns flyball import prometheus-adapter.
func NewImport() *cobra.Command {
	from := configuration{cluster: cluster.New()}
	command := &cobra.Command{
		Use:   "prometheus-adapter (CONFIGMAP | -f FILE)",
		Short: "Import the configuration of prometheus-adapter",
		Long: `Import the configuration of prometheus-adapter, from a ConfigMap of the cluster or from a file.

The metrics adapter reads that configuration as it is. The standard output has it as values of Flyball's chart, unchanged; the standard
error names each rule that is not in force, each likely mistake, and each difference from prometheus-adapter, as flyball rules check does.
Nothing is changed: give the output to helm upgrade.

Exit codes:
  0  every rule is in force, or --allow-partial accepts those that are not
  1  a rule is not in force; the standard error names it and the reason
  2  the file, the ConfigMap or the command line is invalid, or the cluster does not answer`,
		Example: `  # Import the ConfigMap of prometheus-adapter
  flyball import prometheus-adapter adapter-config -n monitoring > values.yaml
  helm upgrade flyball charts/flyball --namespace flyball --reuse-values -f values.yaml

  # Import the values of its chart that are in force
  helm get values prometheus-adapter -n monitoring --all -o yaml | flyball import prometheus-adapter -f - > values.yaml`,
		Args: cobra.MaximumNArgs(1),
	}
	from.file.AddFlag(command, "File that contains the configuration, or - for the standard input. Nothing is read from the cluster.")
	command.Flags().BoolVar(&from.allowPartial, "allow-partial", false, "Exit with 0 even if a rule is not in force.")
	from.cluster.AddFlags(command.Flags())
	command.RunE = func(command *cobra.Command, names []string) error {
		text, err := from.read(command.Context(), names, command.InOrStdin())
		if err != nil {
			return err
		}
		return from.print(text, command.OutOrStdout(), command.ErrOrStderr())
	}
	return command
}

// read returns the text of the configuration.
func (c *configuration) read(ctx context.Context, names []string, stdin io.Reader) (string, error) {
	switch {
	case c.file == "" && len(names) == 0:
		return "", fmt.Errorf("import prometheus-adapter: Required value: CONFIGMAP, the name of its ConfigMap, or -f FILE")
	case c.file != "" && len(names) > 0:
		return "", fmt.Errorf("import prometheus-adapter: Forbidden: only one of CONFIGMAP and -f FILE")
	case c.file != "":
		text, err := c.file.Read(stdin)
		return string(text), err
	}
	objects, err := c.cluster.Objects(false)
	if err != nil {
		return "", err
	}
	object, found, err := objects.Get(ctx, schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}, true, names[0])
	if err == nil && !found {
		err = fmt.Errorf("configmaps %q not found in namespace %q; use -n for another namespace", names[0], objects.Namespace())
	}
	if err != nil {
		return "", err
	}
	return textOf(names[0], object["data"])
}

// textOf is the text of a ConfigMap with one key. With several, it is the ConfigMap, of which the metrics adapter finds the keys with rules.
func textOf(name string, data any) (string, error) {
	keys, _ := data.(map[string]any)
	if len(keys) == 1 {
		for _, only := range keys {
			if text, isText := only.(string); isText {
				return text, nil
			}
		}
	}
	text, err := yaml.Marshal(map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": name}, "data": data})
	return string(text), err
}

// print prints a configuration as values of the chart, and the findings about it.
func (c *configuration) print(text string, out, errOut io.Writer) error {
	loaded, problems, err := rule.Load([]byte(text))
	if err != nil {
		return fmt.Errorf("the configuration of prometheus-adapter: %w", err)
	}
	tracer := trace.New(loaded, problems, nil, nil)
	report := lint.Check(loaded, tracer.Set, tracer.Problems, lint.Options{})
	findings := report.Findings
	if !slices.ContainsFunc(report.Metrics, func(m lint.Metric) bool { return m.API == "resource" }) {
		findings = append(findings, rule.Finding{
			Severity: rule.Info, Message: "no rule gives CPU and memory, and the value rules replaces the rules of the chart that do: add the part resources of charts/flyball/files/rules.yaml, unless metrics-server serves metrics.k8s.io",
		})
	}
	for _, line := range findingLines(findings) {
		_, _ = io.WriteString(errOut, line) // the exit code remains if the write fails
	}
	values, err := yaml.Marshal(map[string]string{"rules": text})
	if err != nil {
		return err
	}
	if _, err := out.Write(values); err != nil {
		return err
	}
	if report.Failed() && !c.allowPartial {
		return fmt.Errorf("%w: see the findings", errFindings)
	}
	return nil
}
