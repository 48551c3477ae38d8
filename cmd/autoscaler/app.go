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
		Short: "Scale workloads by their metrics, within scheduled windows, and report each decision",
		Long: "The autoscaler watches HorizontalAutoscaler and ScaleWindow objects and sets the replica counts of their targets. It reads\n" +
			"metrics from Prometheus or from the metrics APIs, damps them as the spec requires, and applies the bounds of open windows.",
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

// run builds the program, serves health, and runs the loop while this process leads.
func run(ctx context.Context, o *options) error {
	a, err := newApp(ctx, o)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() { cancel(a.serveHealth(ctx, o.healthBindAddress)) }()
	a.startInformers(ctx)
	defer a.broadcaster.Shutdown()
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

// lead runs the loop while this process holds the lease. The process exits when it loses the lease, so that no state of the
// former term remains.
func (a *app) lead(ctx context.Context, o *options) error {
	host, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("reading the host name for the lease: %w", err)
	}
	identity := host + "_" + string(uuid.NewUUID())
	// release releases the lease. The loop ends and saves its state before, so that the next leader finds it.
	leading, release := context.WithCancel(context.WithoutCancel(ctx))
	defer release()
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
				klog.FromContext(ctx).Info("Became leader", "identity", identity)
				loop, stop := context.WithCancel(ctx)
				defer stop()
				defer context.AfterFunc(lease, stop)()
				loopErr = a.runControllers(loop)
				release()
			},
			OnStoppedLeading: func() {},
		},
	})
	if err != nil {
		return fmt.Errorf("setting up leader election: %w", err)
	}
	// A standby has no loop that releases the lease.
	defer context.AfterFunc(ctx, func() {
		if !elector.IsLeader() {
			release()
		}
	})()
	elector.Run(leading)
	return loopErr
}
