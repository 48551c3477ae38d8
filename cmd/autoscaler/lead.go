package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/klog/v2"

	"flyball.dev/flyball/autoscaler/lease"
)

// Times of the leader's lease. leaseDuration is the time after the last renewal of the lease after which another process may take it.
const (
	leaseDuration = 15 * time.Second
	renewDeadline = 10 * time.Second
	retryPeriod   = 2 * time.Second
)

// lead calls run while this process holds the lease. The process exits when it loses the lease, so that no state of the
// former term remains. The error is nil only if ctx ended.
func (a *app) lead(ctx context.Context, o *options, guard *lease.Guard, run func(context.Context) error) error {
	identity, err := leaderIdentity(ctx, o)
	if err != nil {
		return err
	}
	// release releases the lease. run ends before, so that the next leader finds the saved state.
	leading, release := context.WithCancel(context.WithoutCancel(ctx))
	defer release()
	lost, lose := context.WithCancel(ctx)
	defer lose()
	lock := &resourcelock.LeaseLock{
		LeaseMeta:  metav1.ObjectMeta{Namespace: o.leaseNamespace, Name: o.leaseName},
		Client:     a.kube.CoordinationV1(),
		LockConfig: resourcelock.ResourceLockConfig{Identity: identity, EventRecorder: a.events},
	}
	var started atomic.Bool
	ended := make(chan error, 1)
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock:            guard.Lock(lock, func(error) { lose() }),
		LeaseDuration:   leaseDuration,
		RenewDeadline:   renewDeadline,
		RetryPeriod:     retryPeriod,
		ReleaseOnCancel: true,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(held context.Context) {
				started.Store(true)
				klog.FromContext(ctx).Info("Became leader", "identity", identity)
				term, stop := context.WithCancel(lost)
				defer stop()
				defer context.AfterFunc(held, stop)()
				ended <- run(term)
				release()
			},
			OnStoppedLeading: func() {},
		},
	})
	if err != nil {
		return fmt.Errorf("setting up leader election: %w", err)
	}
	// A standby has no term whose end releases the lease.
	defer context.AfterFunc(ctx, func() {
		if !started.Load() {
			release()
		}
	})()
	elector.Run(leading)
	if started.Load() {
		select {
		case err = <-ended:
		case <-time.After(leaseDuration - renewDeadline): // another process may lead then
		}
	}
	if err == nil && ctx.Err() == nil {
		why := cmp.Or(guard.Failed(), context.DeadlineExceeded)
		err = cmp.Or(guard.Lost(), fmt.Errorf("lost the lease %s/%s: failed to renew it for %s: %w", o.leaseNamespace, o.leaseName, renewDeadline, why))
	}
	return err
}

// leaderIdentity returns the identity of this process as a holder of the lease: its pod and a random part, as
// kube-controller-manager has it. With a file for it, the next process of the same pod has it, too.
func leaderIdentity(ctx context.Context, o *options) (string, error) {
	host, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("reading the host name for the lease: %w", err)
	}
	fresh := host + "_" + string(uuid.NewUUID())
	if o.identityFile == "" {
		return fresh, nil
	}
	identity, err := lease.KeepIdentity(o.identityFile, host+"_", fresh)
	if err != nil {
		klog.FromContext(ctx).Error(err, "Failed to keep the identity of the lease's holder; a restart waits until the lease has expired")
	}
	return identity, nil
}
