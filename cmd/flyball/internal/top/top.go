package top

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/duration"

	"flyball.dev/flyball/autoscaler/summary"
	"flyball.dev/flyball/cmd/flyball/internal/cluster"
	"flyball.dev/flyball/cmd/flyball/internal/output"
)

// watchPeriod is the time between two answers with --watch.
const watchPeriod = 5 * time.Second

// question has the flags of flyball top.
type question struct {
	format        *output.Format
	cluster       *cluster.Cluster
	order         order
	filter        filter
	allNamespaces bool
	watch         bool

	// read, now and the outputs are those of a test, or of the command.
	read        func(ctx context.Context) (*cluster.Summary, error)
	now         func() time.Time
	out, errOut io.Writer
	// noted is the last note, which is not repeated.
	noted string
}

// New returns flyball top.
func New() *cobra.Command {
	q := question{format: output.NewFormat("table", "json", "yaml", "name"), cluster: cluster.New(), now: time.Now}
	command := &cobra.Command{
		Use:   "top",
		Short: "List autoscalers with their current replicas, metrics and limits",
		Long: `List the HorizontalAutoscalers of a namespace, or of all, with the figures of the last decision about each.

Columns:
  REFERENCE          the target
  TARGETS            each metric as current/target; <unknown> for one without a value
  MINPODS, MAXPODS   the bounds in force, with those of open windows
  REPLICAS, DESIRED  the replicas of the target, and those decided
  LIMIT              the reason of the condition that keeps the replicas from the recommendation, or that prevents a decision
  SAMPLE AGE         the age of the oldest sample that the decision counts
  LAST SCALE         the time since the autoscaler last scaled the target

The figures come from the memory of the autoscaler, in one request to its leader, and one to each replica with sharding. That
requires the rights to list horizontalautoscalers and, in the autoscaler's namespace, to get leases and create pods/portforward,
or --autoscaler-url instead of these two; with sharding also to list leases. Without them they come from the statuses of the
objects, in which values can be hours old and bounds are missing, and a note has the reason.

Exit codes:
  0  the autoscalers are listed
  2  the command line is invalid, or the cluster does not answer`,
		Example: `  # List the autoscalers of a namespace
  flyball top -n shop

  # List those of all namespaces, the highest replica count first
  flyball top -A --sort-by=replicas

  # List those of a team that a limit holds
  flyball top -A -l team=shop --field-selector limit!=

  # Watch for changes of replicas, bounds and limits
  flyball top -A --watch

  # Print each autoscaler that has a limit
  flyball top -A -o json | jq -r '.items[] | select(.limit) | [.namespace, .name, .limit] | @tsv'`,
		Args: cobra.NoArgs,
	}
	q.addFlags(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		q.out, q.errOut = command.OutOrStdout(), command.ErrOrStderr()
		if err := q.filter.check(); err != nil {
			return err
		}
		q.read = q.readCluster
		if q.watch {
			return q.follow(command.Context())
		}
		return q.once(command.Context())
	}
	return command
}

func (q *question) addFlags(command *cobra.Command) {
	flags := command.Flags()
	flags.BoolVarP(&q.allNamespaces, "all-namespaces", "A", false, "List the autoscalers of all namespaces.")
	flags.BoolVarP(&q.watch, "watch", "w", false,
		"After listing, print each autoscaler again whose replicas, bounds or limit change, until interrupted. The list is read every 5s.")
	flags.StringVarP(&q.filter.labels, "selector", "l", "", "Label selector of the autoscalers, such as -l team=shop,tier!=batch. If empty, all are listed.")
	flags.StringVar(&q.filter.fields, "field-selector", "",
		"Field selector of the autoscalers, such as --field-selector spec.mode=Shadow,limit!=. Fields: "+strings.Join(selectable, ", ")+".")
	flags.Var(&q.order, "sort-by", "Sort the list by a column: "+orderNames()+". If empty, by namespace and name.")
	q.format.AddFlag(command)
	q.cluster.AddFlags(flags)
	q.cluster.AddAutoscalerFlags(flags)
}

// readCluster reads the rows that the selectors match.
func (q *question) readCluster(ctx context.Context) (*cluster.Summary, error) {
	found, err := q.cluster.Summary(ctx, q.allNamespaces, q.filter.labels)
	if err == nil {
		err = q.filter.apply(found)
	}
	return found, err
}

func (q *question) once(ctx context.Context) error {
	found, err := q.read(ctx)
	if err != nil {
		return err
	}
	q.note(found)
	if len(found.Rows) == 0 && (q.format.Is("table") || q.format.Is("name")) {
		return q.none()
	}
	return q.print(found, found.Rows, true)
}

// note prints a line about rows that are old or missing.
func (q *question) note(found *cluster.Summary) {
	var text string
	switch missing := found.Total - len(found.Rows); {
	case found.Cause != nil:
		text = fmt.Sprintf("Note: the figures are those of the statuses, up to %s old: %v", oldest(found.Rows, q.now()), found.Cause)
	case missing > 0:
		text = fmt.Sprintf("Note: %d of %d autoscalers are missing: no replica of the autoscaler has decided about them yet", missing, found.Total)
	}
	// The age grows in each answer of a watch.
	cause := fmt.Sprint(found.Cause, found.Total-len(found.Rows))
	if text != "" && cause != q.noted {
		_, _ = fmt.Fprintln(q.errOut, text) // the answer is complete without it
	}
	q.noted = cause
}

// oldest is the age of the oldest decision.
func oldest(rows []summary.Row, now time.Time) string {
	var age time.Duration
	for i := range rows {
		if rows[i].Time != nil {
			age = max(age, now.Sub(*rows[i].Time))
		}
	}
	return duration.HumanDuration(age)
}

// none says, as kubectl does, that the list is empty.
func (q *question) none() error {
	text := "No resources found"
	if !q.allNamespaces {
		namespace, err := q.cluster.Namespace()
		if err != nil {
			return err
		}
		text += " in " + namespace + " namespace."
	}
	_, _ = fmt.Fprintln(q.errOut, text) // the exit code remains if the write fails
	return nil
}
