package doctor

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"flyball.dev/flyball/autoscaler/doctor"
	"flyball.dev/flyball/autoscaler/survey"
	"flyball.dev/flyball/cmd/flyball/internal/cluster"
	"flyball.dev/flyball/cmd/flyball/internal/exit"
	"flyball.dev/flyball/cmd/flyball/internal/input"
	"flyball.dev/flyball/cmd/flyball/internal/output"
	manifests "flyball.dev/flyball/cmd/flyball/internal/survey"
)

// question has the flags of flyball doctor.
type question struct {
	format        *output.Format
	cluster       *cluster.Cluster
	file          input.File
	allNamespaces bool
}

// New returns flyball doctor.
func New() *cobra.Command {
	q := &question{format: output.NewFormat("table", "json", "yaml"), cluster: cluster.New()}
	command := &cobra.Command{
		Use:   "doctor [NAME...]",
		Short: "Find what keeps autoscalers from scaling, and how to fix it",
		Long: `Examine the HorizontalPodAutoscalers, KEDA ScaledObjects and HorizontalAutoscalers of a namespace, or of all, and list what keeps
them from scaling or soon will, the most harmful first, each with its fix. With names, also print why each autoscaler has its
replica count: of a HorizontalPodAutoscaler by the steps of Flyball's engine over the same inputs, without corrections.

The command changes nothing, and works on a cluster without Flyball. It lists about 18 kinds of objects, each in one request, whatever
their number. A kind that cannot be read is named in a note, and the checks that need it find nothing. See docs/doctor.md.

Exit codes:
  0  nothing is found, or only info
  1  the highest severity is warning
  2  the command line is invalid, or the cluster does not answer
  3  the highest severity is error`,
		Example: `  # Examine the autoscalers of all namespaces
  flyball doctor -A

  # Examine one, and print why it has its replica count
  flyball doctor web -n shop

  # Print the commands that fix what is found, to read them before they run
  flyball doctor -A -o json | jq -r '.findings[].fix.command'

  # Examine objects of a file, such as those that a user sent
  kubectl get hpa,deployments,replicasets,pods,pdb,resourcequotas,events -A -o yaml | flyball doctor -f -`,
	}
	flags := command.Flags()
	flags.BoolVarP(&q.allNamespaces, "all-namespaces", "A", false, "Examine the autoscalers of all namespaces.")
	q.file.AddFlag(command, "File of objects to examine instead of the cluster, or - for the standard input. Kinds that it does not have are not examined.")
	q.format.AddFlag(command)
	q.cluster.AddFlags(flags)
	command.RunE = q.run
	return command
}

func (q *question) run(command *cobra.Command, names []string) error {
	snapshot, err := q.read(command)
	if err != nil {
		return err
	}
	report := doctor.Examine(snapshot)
	if missing := report.Keep(names); len(missing) > 0 {
		return fmt.Errorf("no autoscaler %s was read; use -n for another namespace", strings.Join(missing, ", "))
	}
	for _, line := range notes(report) {
		_, _ = fmt.Fprintln(command.ErrOrStderr(), line) // the answer is complete without it
	}
	if err := q.format.Print(command.OutOrStdout(), report, page(report, len(names) > 0)); err != nil {
		return err
	}
	switch report.Worst() {
	case doctor.Error:
		return exit.SevereError(counts(report))
	case doctor.Warning:
		return exit.NegativeError(counts(report))
	default:
		return nil
	}
}

func (q *question) read(command *cobra.Command) (*doctor.Snapshot, error) {
	if q.file != "" {
		if q.allNamespaces {
			return nil, errors.New("--all-namespaces: Forbidden: with -f all objects of the file are examined")
		}
		text, err := q.file.Read(command.InOrStdin())
		if err != nil {
			return nil, err
		}
		snapshot, err := manifests.ReadFile(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", q.file, err)
		}
		return snapshot, nil
	}
	config, err := q.cluster.Config()
	if err != nil {
		return nil, err
	}
	namespace := ""
	if !q.allNamespaces {
		if namespace, err = q.cluster.Namespace(); err != nil {
			return nil, err
		}
	}
	return survey.Read(command.Context(), config, namespace)
}
