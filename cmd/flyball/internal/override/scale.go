package override

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/cmd/flyball/internal/cluster"
	"flyball.dev/flyball/cmd/flyball/internal/output"
)

// longest is the longest override, which the autoscaler bounds, too.
const longest = 366 * 24 * time.Hour

// scale has the flags of flyball scale.
type scale struct {
	format              *output.Format
	from                *cluster.Cluster
	lasts, timeout      time.Duration
	force, reset, watch bool
	now                 func() time.Time
}

// NewScale returns flyball scale.
func NewScale() *cobra.Command {
	s := scale{format: newFormat(), from: cluster.New(), lasts: time.Hour, timeout: 5 * time.Minute, now: time.Now}
	command := &cobra.Command{
		Use:   "scale NAME (REPLICAS | --reset)",
		Short: "Set the replicas of a target by hand until a time",
		Long: `Set the replicas of a HorizontalAutoscaler's target by hand until a time. Until then its metrics and windows do not apply.

minReplicas and maxReplicas still hold, unless --force-bounds is given. The override is the field spec.override of the object, so kubectl
patch and manifests can set it. Status, kubectl get, steps and events show it as the window spec/override; kubectl get -o wide also shows
its end.

Exit codes:
  0  the override is set or removed; with --watch, the target has the replicas
  2  the replicas are outside the bounds, the command line is invalid, or the cluster does not answer`,
		Example: `  # Keep 8 replicas of web for two hours
  flyball scale web 8 --for 2h -n shop

  # End that now
  flyball scale web --reset -n shop

  # The same with kubectl
  kubectl -n shop patch ha web --type merge -p '{"spec":{"override":{"replicas":8,"until":"2026-12-24T18:00:00Z"}}}'
  kubectl -n shop patch ha web --type merge -p '{"spec":{"override":null}}'`,
		Args: cobra.RangeArgs(1, 2),
	}
	flags := command.Flags()
	flags.DurationVar(&s.lasts, "for", s.lasts, "Time until the override ends, up to 8784h.")
	flags.BoolVar(&s.force, "force-bounds", false, "Set the replicas even outside minReplicas and maxReplicas.")
	flags.BoolVar(&s.reset, "reset", false, "Remove the override.")
	flags.BoolVarP(&s.watch, "watch", "w", false, "Wait until the target has the replicas.")
	flags.DurationVar(&s.timeout, "timeout", s.timeout, "Time after which --watch ends.")
	s.from.Complete(command)
	s.format.AddFlag(command)
	s.from.AddFlags(flags)
	command.RunE = func(command *cobra.Command, args []string) error {
		changed, done, err := s.run(command.Context(), args)
		if err != nil {
			return err
		}
		return printObject(command.OutOrStdout(), s.format, changed, done)
	}
	return command
}

func (s *scale) run(ctx context.Context, args []string) (changed *v1alpha1.HorizontalAutoscaler, done string, err error) {
	replicas, err := s.replicas(args)
	if err != nil {
		return nil, "", err
	}
	of, err := s.from.Autoscaler(ctx, args[0])
	if err != nil {
		return nil, "", err
	}
	if s.reset {
		changed, err = s.from.PatchSpec(ctx, of, map[string]any{"override": nil})
		return changed, "reset", err
	}
	if err := s.check(of, replicas); err != nil {
		return nil, "", err
	}
	changed, err = s.from.PatchSpec(ctx, of, map[string]any{"override": &v1alpha1.Override{
		Replicas: replicas, Until: metav1.NewTime(s.now().Add(s.lasts).UTC().Truncate(time.Second)), IgnoreBounds: s.force,
	}})
	if err == nil && s.watch {
		err = s.wait(ctx, args[0], replicas)
	}
	return changed, "scaled", err
}

// replicas parses the arguments.
func (s *scale) replicas(args []string) (int32, error) {
	switch {
	case s.reset && len(args) == 2:
		return 0, fmt.Errorf("REPLICAS and --reset exclude each other: use one")
	case s.reset:
		return 0, nil
	case len(args) < 2:
		return 0, fmt.Errorf("use REPLICAS to set an override, or --reset to remove it")
	case s.lasts < time.Second || s.lasts > longest:
		return 0, fmt.Errorf("--for %s: must be from 1s to %s", s.lasts, longest)
	}
	n, err := strconv.ParseInt(args[1], 10, 32)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("REPLICAS: Invalid value: %q: must be a number from 0 to 2147483647", args[1])
	}
	return int32(n), nil
}

// check returns why an override would have no effect, or another one.
func (s *scale) check(of *v1alpha1.HorizontalAutoscaler, replicas int32) error {
	if mode := modeOf(of); mode != v1alpha1.ModeEnforce {
		return fmt.Errorf("HorizontalAutoscaler %s/%s: spec.mode is %s, so it scales nothing; use kubectl scale for the target", of.Namespace, of.Name, mode)
	}
	least := int32(1)
	if of.Spec.MinReplicas != nil {
		least = *of.Spec.MinReplicas
	}
	if !s.force && (replicas < least || replicas > of.Spec.MaxReplicas) {
		return fmt.Errorf("REPLICAS: Invalid value: %d: must be from minReplicas (%d) to maxReplicas (%d); --force-bounds sets it nevertheless", replicas, least, of.Spec.MaxReplicas)
	}
	return nil
}

// wait returns once the target has the replicas.
func (s *scale) wait(ctx context.Context, name string, replicas int32) error {
	ctx, cancel := context.WithTimeoutCause(ctx, s.timeout, fmt.Errorf("not done after --timeout %s; the override is set", s.timeout))
	defer cancel()
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		of, err := s.from.Autoscaler(ctx, name)
		if err != nil && ctx.Err() == nil {
			return err
		}
		if err == nil && of.Status.ObservedGeneration != nil && *of.Status.ObservedGeneration >= of.Generation && of.Status.DesiredReplicas == replicas {
			return nil
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func number(n int32) string { return strconv.Itoa(int(n)) }
