package takeover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"flyball.dev/flyball/autoscaler/doctor"
	"flyball.dev/flyball/autoscaler/survey"
	"flyball.dev/flyball/cmd/flyball/internal/cluster"
	"flyball.dev/flyball/cmd/flyball/internal/exit"
	"flyball.dev/flyball/cmd/flyball/internal/output"
)

// options are the flags.
type options struct {
	format                   *output.Format
	undo, force, allowChange bool
	settle, timeout          time.Duration
	// survey reads what flyball doctor examines. errOut takes notes.
	survey func(ctx context.Context) (*doctor.Snapshot, error)
	errOut io.Writer
}

// New returns flyball take-over.
func New() *cobra.Command {
	from := cluster.New()
	o := options{format: output.NewFormat("text", "yaml"), settle: 15 * time.Second, timeout: 5 * time.Minute}
	command := &cobra.Command{
		Use:   "take-over NAME",
		Short: "Make an autoscaler in mode Shadow the only one that scales its target, or undo that",
		Long: `Make a HorizontalAutoscaler in mode Shadow the only one that scales its target: stop the HorizontalPodAutoscaler or ScaledObject of the
same target, and set the mode Enforce. --undo restores the other controller as it was.

Two controllers never scale the target at the same time: the other one is stopped, and a write under way has ended, before the mode is
Enforce; with --undo the autoscaler has the mode Shadow before the other one is restored. The switch changes no count: the autoscaler has
the history of the target, and its decision is the current count before the other controller is stopped. If they differ until --timeout,
the command ends with the reason; --allow-change takes over nevertheless.

Steps:
  Agree     wait until the decision is the current count; not with --allow-change
  Record    keep the other controller in the annotation autoscaling.flyball.dev/taken-over
  Stop      delete the HorizontalPodAutoscaler, or pause the ScaledObject by its annotation
  Settle    wait until a write of the stopped controller that is under way has ended
  Enforce   set spec.mode to Enforce
  Verify    wait for a decision in mode Enforce

Steps with --undo:
  Watch     set spec.mode to Shadow
  Release   wait until the autoscaler writes no more
  Restore   create the HorizontalPodAutoscaler, or resume the ScaledObject, as it was
  Finish    compare it with the original, and remove the annotation

A preflight comes first. It changes nothing and refuses where a condition of the autoscaler is not True. Unless --force is given, it also
refuses where the shadow report does not recommend to take over, less than a stabilization window is compared, a GitOps tool manages the
other controller, or flyball doctor finds an error about the autoscaler as it will be, alone and in mode Enforce.

Each step follows from the state of the cluster. After an interruption at any step, the same command continues, and --undo goes back.

Exit codes:
  0  the autoscaler scales the target; with --undo, the other controller does
  1  the preflight found a reason not to take over, or the decision and the count differed until --timeout; no controller is stopped
  2  a step failed or took too long, the command line is invalid, or the cluster does not answer`,
		Example: `  # Take over from the HPA or ScaledObject of the same target
  flyball take-over web -n shop

  # Go back
  flyball take-over web -n shop --undo

  # Print the changes of manifests instead, for GitOps; the exit code is that of the preflight
  flyball take-over web -n shop -o yaml`,
		Args: cobra.ExactArgs(1),
	}
	o.addFlags(command)
	from.AddFlags(command.Flags())
	from.Complete(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		api, err := from.Scalers()
		if err != nil {
			return err
		}
		o.errOut, o.survey = command.ErrOrStderr(), surveyOf(from)
		return o.run(command.Context(), api, args[0], command.OutOrStdout())
	}
	return command
}

func (o *options) addFlags(command *cobra.Command) {
	flags := command.Flags()
	flags.BoolVar(&o.undo, "undo", false, "Restore the other controller, and set the mode Shadow.")
	flags.BoolVar(&o.force, "force", false, "Take over even if the shadow report recommends otherwise, less than a stabilization window is compared, a GitOps tool manages the other controller, or flyball doctor finds an error.")
	flags.BoolVar(&o.allowChange, "allow-change", false, "Take over even while the decision is not the current count, so that the first decision changes it.")
	flags.DurationVar(&o.settle, "settle", o.settle, "Time without another controller before the mode becomes Enforce: a sync of an HPA that is under way must end within it.")
	flags.DurationVar(&o.timeout, "timeout", o.timeout, "Time after which the command ends. The same command continues.")
	o.format.AddFlag(command)
}

// surveyOf reads the namespace of the flags.
func surveyOf(from *cluster.Cluster) func(ctx context.Context) (*doctor.Snapshot, error) {
	return func(ctx context.Context) (*doctor.Snapshot, error) {
		config, err := from.Config()
		if err != nil {
			return nil, err
		}
		namespace, err := from.Namespace()
		if err != nil {
			return nil, err
		}
		return survey.Read(ctx, config, namespace)
	}
}

func (o *options) run(ctx context.Context, api API, name string, out io.Writer) error {
	if o.settle < 0 || o.timeout <= 0 {
		return errors.New("--settle must be 0s or more, and --timeout more than 0s")
	}
	ctx, cancel := context.WithTimeoutCause(ctx, o.timeout, fmt.Errorf("not done after --timeout %s", o.timeout))
	defer cancel()
	r := &run{api: api, name: name, undo: o.undo, allowChange: o.allowChange, settle: o.settle, poll: time.Second, now: time.Now, report: func(s Step, waited time.Duration) {
		text := s.Text
		if waited > 0 {
			text += fmt.Sprintf(": for %s", waited.Round(time.Second))
		}
		_, _ = fmt.Fprintf(out, "%-9s %s\n", s.Name, text) // the steps go on if the write fails
	}}
	seen, err := r.observe(ctx)
	if err != nil {
		return err
	}
	steps, err := r.plan(seen)
	if err != nil {
		return err
	}
	var refused error
	if !o.undo {
		if refused, err = o.check(ctx, seen, name); err != nil {
			return err
		}
	}
	if o.format.Is("yaml") {
		text, err := manifests(changes(seen, steps, o.undo))
		if err != nil {
			return err
		}
		if _, err = io.WriteString(out, text); err != nil {
			return err
		}
		return refused
	}
	if refused != nil {
		return refused
	}
	if err := r.all(ctx); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, o.result(seen))
	return err
}

// check is the preflight: refused is why a take-over must not begin; nil to begin.
func (o *options) check(ctx context.Context, seen *observed, name string) (refused, err error) {
	blocked, judged := preflight(seen)
	if begins(seen) {
		snapshot, err := o.survey(ctx)
		if err != nil {
			return nil, err
		}
		found, notes := findings(snapshot, seen.autoscaler)
		judged = append(judged, found...)
		for _, note := range notes {
			_, _ = fmt.Fprintln(o.errOut, note) // the preflight goes on without it
		}
	}
	if !o.force {
		blocked = append(blocked, judged...)
	}
	if len(blocked) == 0 {
		return nil, nil
	}
	text := "Nothing is changed: " + strings.Join(blocked, "; ")
	if len(judged) > 0 && !o.force {
		text += "; flyball take-over " + name + " --force takes over nevertheless"
	}
	return exit.NegativeError(text), nil
}

func (o *options) result(seen *observed) string {
	target := seen.autoscaler.Spec.ScaleTargetRef
	if o.undo {
		return fmt.Sprintf("%s scales %s/%s as before", describe(seen.record.recorded()), target.Kind, target.Name)
	}
	return fmt.Sprintf("HorizontalAutoscaler %s scales %s/%s", seen.autoscaler.Name, target.Kind, target.Name)
}
