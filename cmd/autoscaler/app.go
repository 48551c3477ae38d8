package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/apimachinery/pkg/util/validation"

	"flyball.dev/flyball/autoscaler/lease"
	"flyball.dev/flyball/autoscaler/shard"
	"flyball.dev/flyball/cmd/internal/version"
)

func newCommand() *cobra.Command {
	o := defaultOptions()
	command := &cobra.Command{
		Use:   "autoscaler",
		Short: "Scale workloads by their metrics, within scheduled windows, and report each decision",
		Long: "The autoscaler watches HorizontalAutoscaler and ScaleWindow objects and sets the replica counts of their targets. It reads\n" +
			"metrics from Prometheus or from the metrics APIs, damps them as the spec requires, and applies the bounds of open windows.",
		Version:      version.String(),
		Args:         cobra.NoArgs,
		SilenceUsage: true,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := o.validate(); err != nil {
				return err
			}
			return run(command.Context(), o)
		},
	}
	o.addFlags(command.Flags())
	return command
}

// run builds the program, serves health, and runs the loop while this process leads.
func run(ctx context.Context, o *options) error {
	a, err := newApp(ctx, o)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() { cancel(a.listener.Serve(ctx, a.handler(a.listener.Access, o.profiling))) }()
	a.startInformers(ctx)
	defer a.broadcaster.Shutdown()
	go a.background(ctx)
	a.limits.use(a.windows.Limit)
	a.limits.use(a.controller.Limit)
	go a.limits.run(ctx)

	switch {
	case o.sharding:
		err = a.runSharded(ctx, o)
	case o.leaderElect:
		err = a.lead(ctx, o, a.guard, a.runControllers)
	default:
		err = a.runControllers(ctx)
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return err
}

// runControllers runs the loop and the controller of ScaleWindows until ctx ends or one of them fails.
func (a *app) runControllers(ctx context.Context) error {
	return together(ctx, a.controller.Run, a.windows.Write, a.watchWindows)
}

func (a *app) watchWindows(ctx context.Context) error { return a.windows.Watch(ctx, a.controller.Wake) }

// runSharded evaluates the autoscalers of the shards that this process holds, beside other processes. The one that holds the
// leader's lease writes the statuses of ScaleWindows and overrides their other targets.
func (a *app) runSharded(ctx context.Context, o *options) error {
	identity, err := shardIdentity()
	if err != nil {
		return err
	}
	shards := shard.Config{Namespace: o.leaseNamespace, Name: o.leaseName, Identity: identity, Shards: o.stateShards, Guard: a.guard}
	return together(ctx, a.controller.Run, a.watchWindows,
		func(ctx context.Context) error {
			return a.lead(ctx, o, lease.NewGuard(leaseDuration, nil), a.windows.Write)
		},
		func(ctx context.Context) error { return shard.Run(ctx, a.kube, shards, a.controller.Hold) })
}

// shardIdentity returns a name for the membership lease of this process, which starts with that of its pod.
func shardIdentity() (string, error) {
	host, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("reading the host name for the lease: %w", err)
	}
	id := string(uuid.NewUUID())
	if len(validation.IsDNS1123Label(host)) > 0 {
		return id, nil
	}
	return shard.Identity(host, id[:8]), nil
}

// together runs functions until ctx ends or one of them returns, waits for all, and returns the first error.
func together(ctx context.Context, run ...func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make(chan error, len(run))
	for _, f := range run {
		go func() { results <- f(ctx) }()
	}
	var first error
	for range run {
		first = cmp.Or(first, <-results)
		cancel()
	}
	return first
}

// newGuard returns the guard of the lease that permits writes to targets; nil without one.
func newGuard(o *options) *lease.Guard {
	switch {
	case o.sharding:
		return lease.NewGuard(shard.LeaseDuration, nil)
	case o.leaderElect:
		return lease.NewGuard(leaseDuration, nil)
	default:
		return nil
	}
}
