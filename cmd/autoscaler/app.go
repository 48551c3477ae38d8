package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/component-base/version/verflag"
	"k8s.io/klog/v2"
)

func newCommand() *cobra.Command {
	o := defaultOptions()
	command := &cobra.Command{
		Use:   "autoscaler",
		Short: "Scales targets by their metrics, within scheduled windows, and says why",
		Long: "The autoscaler watches HorizontalAutoscaler objects and sets the replica counts of their targets: from the metrics\n" +
			"APIs or straight from Prometheus, damped as the spec says, and bounded by its windows.",
		Args:         cobra.NoArgs,
		SilenceUsage: true,
		RunE: func(command *cobra.Command, _ []string) error {
			verflag.PrintAndExitIfRequested()
			if err := o.validate(); err != nil {
				return err
			}
			return run(command.Context(), o)
		},
	}
	o.addFlags(command.Flags())
	verflag.AddFlags(command.Flags())
	return command
}

// run is the whole program: wire it, serve health, and run the loop while leading.
func run(ctx context.Context, o *options) error {
	a, err := newApp(ctx, o)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() { cancel(a.serveHealth(ctx, o.healthBindAddress)) }()
	a.startInformers(ctx)
	go a.background(ctx)

	if !o.leaderElect {
		err = a.runControllers(ctx)
	} else {
		err = a.lead(ctx, o)
	}
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return err
}

// runControllers runs the loop and the controller of ScaleWindows until ctx ends or one of them fails.
func (a *app) runControllers(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	windows := make(chan error, 1)
	go func() {
		defer cancel()
		windows <- a.windows.Run(ctx, a.controller.Wake)
	}()
	err := a.controller.Run(ctx)
	cancel()
	return cmp.Or(err, <-windows)
}

// lead runs the loop while this process holds the lease. Losing it ends the process: a clean start is the one state that
// is known to be right.
func (a *app) lead(ctx context.Context, o *options) error {
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("the lease needs a name for this process: %w", err)
	}
	identity := host + "_" + string(uuid.NewUUID())
	// The lease is given back only once the loop has ended and saved what it remembers, for the next leader to find.
	leading, giveBack := context.WithCancel(context.WithoutCancel(ctx))
	defer giveBack()
	var loopErr error
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock: &resourcelock.LeaseLock{
			LeaseMeta:  metav1.ObjectMeta{Namespace: o.leaseNamespace, Name: o.leaseName},
			Client:     a.kube.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: identity, EventRecorder: a.events},
		},
		LeaseDuration:   15 * time.Second,
		RenewDeadline:   10 * time.Second,
		RetryPeriod:     2 * time.Second,
		ReleaseOnCancel: true,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(lease context.Context) {
				klog.FromContext(ctx).Info("This process leads", "identity", identity)
				loop, stop := context.WithCancel(ctx)
				defer stop()
				defer context.AfterFunc(lease, stop)()
				loopErr = a.runControllers(loop)
				giveBack()
			},
			OnStoppedLeading: func() {},
		},
	})
	if err != nil {
		return fmt.Errorf("setting up leader election: %w", err)
	}
	// One that only stands by has no loop that would give up for it.
	defer context.AfterFunc(ctx, func() {
		if !elector.IsLeader() {
			giveBack()
		}
	})()
	elector.Run(leading)
	return loopErr
}
