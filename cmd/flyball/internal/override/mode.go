package override

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/cmd/flyball/internal/cluster"
	"flyball.dev/flyball/cmd/flyball/internal/output"
)

// NewPause returns flyball pause.
func NewPause() *cobra.Command {
	return newMode(&cobra.Command{
		Use:   "pause NAME",
		Short: "Stop an autoscaler, and leave the replicas as they are",
		Long: `Set spec.mode of a HorizontalAutoscaler to Paused: it neither decides nor scales, and its windows do not apply. flyball resume ends it.

kubectl patch and manifests can set the field, too.

Exit codes:
  0  the autoscaler is paused, or was before
  2  the mode is not Enforce, the command line is invalid, or the cluster does not answer`,
		Example: `  # Stop web
  flyball pause web -n shop

  # The same with kubectl
  kubectl -n shop patch ha web --type merge -p '{"spec":{"mode":"Paused"}}'`,
	}, v1alpha1.ModeEnforce, v1alpha1.ModePaused, "paused")
}

// NewResume returns flyball resume.
func NewResume() *cobra.Command {
	return newMode(&cobra.Command{
		Use:   "resume NAME",
		Short: "Let a paused autoscaler scale again",
		Long: `Set spec.mode of a paused HorizontalAutoscaler to Enforce. It does not scale in before a stabilization window has passed.

Exit codes:
  0  the autoscaler scales, or did before
  2  the mode is Shadow, the command line is invalid, or the cluster does not answer`,
		Example: `  # Let web scale again
  flyball resume web -n shop

  # The same with kubectl
  kubectl -n shop patch ha web --type merge -p '{"spec":{"mode":"Enforce"}}'`,
	}, v1alpha1.ModePaused, v1alpha1.ModeEnforce, "resumed")
}

// newMode makes a command that changes one mode to another.
func newMode(command *cobra.Command, before, after v1alpha1.Mode, done string) *cobra.Command {
	format, from := newFormat(), cluster.New()
	command.Args = cobra.ExactArgs(1)
	from.Complete(command)
	format.AddFlag(command)
	from.AddFlags(command.Flags())
	command.RunE = func(command *cobra.Command, args []string) error {
		changed, err := setMode(command.Context(), from, args[0], before, after)
		if err != nil {
			return err
		}
		return printObject(command.OutOrStdout(), format, changed, done)
	}
	return command
}

func setMode(ctx context.Context, from *cluster.Cluster, name string, before, after v1alpha1.Mode) (*v1alpha1.HorizontalAutoscaler, error) {
	of, err := from.Autoscaler(ctx, name)
	if err != nil {
		return nil, err
	}
	switch mode := modeOf(of); mode {
	case after:
		return of, nil
	case before:
		return from.PatchSpec(ctx, of, map[string]any{"mode": after})
	default:
		return nil, fmt.Errorf("HorizontalAutoscaler %s/%s: spec.mode: Invalid value: %q: must be %s; an autoscaler in mode Shadow scales nothing, and flyball take-over makes it scale", of.Namespace, of.Name, mode, before)
	}
}

func modeOf(of *v1alpha1.HorizontalAutoscaler) v1alpha1.Mode {
	if of.Spec.Mode == "" {
		return v1alpha1.ModeEnforce
	}
	return of.Spec.Mode
}

func newFormat() *output.Format { return output.NewFormat("table", "json", "yaml", "name") }
