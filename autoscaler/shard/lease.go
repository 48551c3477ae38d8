package shard

import (
	"context"
	"errors"
	"fmt"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/utils/ptr"
)

// join creates and renews the membership lease. The returned context ends with ctx, and when the lease is lost; leave ends the
// renewals and deletes the lease.
func (m *member) join(ctx context.Context) (joined context.Context, leave func(), err error) {
	name := m.memberName(m.config.Identity)
	renewing, stopRenewing := context.WithCancel(context.WithoutCancel(ctx))
	joined, lose := context.WithCancel(ctx)
	lock := &resourcelock.LeaseLock{
		LeaseMeta:  metav1.ObjectMeta{Namespace: m.config.Namespace, Name: name},
		Client:     m.leases,
		LockConfig: resourcelock.ResourceLockConfig{Identity: m.config.Identity},
		Labels:     map[string]string{leaseLabel: memberLease},
	}
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock:          m.config.Guard.Lock(lock, func(error) { lose() }),
		LeaseDuration: LeaseDuration, RenewDeadline: RenewDeadline, RetryPeriod: RetryPeriod,
		Callbacks: leaderelection.LeaderCallbacks{OnStartedLeading: func(context.Context) { m.notify() }, OnStoppedLeading: lose},
	})
	if err != nil {
		stopRenewing()
		lose()
		return nil, nil, fmt.Errorf("setting up the membership lease: %w", err)
	}
	m.joined = elector.IsLeader
	renewed := make(chan struct{})
	go func() {
		defer close(renewed)
		elector.Run(renewing)
	}()
	return joined, func() {
		stopRenewing()
		<-renewed
		deleting, cancel := context.WithTimeout(context.WithoutCancel(ctx), RenewDeadline)
		defer cancel()
		// Without the deletion the lease expires, and the processes that are left delete it later.
		_ = m.leases.Leases(m.config.Namespace).Delete(deleting, name, metav1.DeleteOptions{})
	}, nil
}

func (m *member) memberName(identity string) string { return m.config.Name + "-member-" + identity }

func (m *member) shardName(shard int) string { return fmt.Sprintf("%s-shard-%d", m.config.Name, shard) }

// acquire takes a shard if it is free: the version of the lease is a precondition, so that only one process succeeds.
func (m *member) acquire(ctx context.Context, shard int, v view) error {
	lease := v.shards[m.shardName(shard)]
	if !v.free(lease, m.config.Identity) {
		return nil
	}
	if lease != nil && holder(lease) != "" && holder(lease) != m.config.Identity {
		if dead, err := m.confirmDead(ctx, holder(lease), v); err != nil || !dead {
			return err
		}
	}
	client := m.leases.Leases(m.config.Namespace)
	now := metav1.NewMicroTime(time.Now())
	var err error
	if lease == nil {
		lease = &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: m.shardName(shard), Labels: map[string]string{leaseLabel: shardLease}}}
		lease.Spec = coordinationv1.LeaseSpec{HolderIdentity: &m.config.Identity, AcquireTime: &now}
		_, err = client.Create(ctx, lease, metav1.CreateOptions{})
	} else {
		lease = lease.DeepCopy()
		lease.Spec.HolderIdentity, lease.Spec.AcquireTime = &m.config.Identity, &now
		lease.Spec.LeaseTransitions = new(ptr.Deref(lease.Spec.LeaseTransitions, 0) + 1)
		_, err = client.Update(ctx, lease, metav1.UpdateOptions{})
	}
	switch {
	case apierrors.IsConflict(err), apierrors.IsAlreadyExists(err):
		return nil // the informer has an older version: the newer one calls notify
	case err != nil:
		return fmt.Errorf("taking shard %d: %w", shard, err)
	}
	m.start(ctx, shard)
	return nil
}

// confirmDead reads the membership of a holder that seems dead, once for all its shards. If the watch of this process hangs, a living one
// seems so, too.
func (m *member) confirmDead(ctx context.Context, identity string, v view) (bool, error) {
	if dead, confirmed := v.confirmed[identity]; confirmed {
		return dead, nil
	}
	renewed, err := m.readRenewal(ctx, identity)
	if err != nil {
		return false, err
	}
	v.confirmed[identity] = !renewed
	return !renewed, nil
}

// readSilent reads the memberships of the members without a renewal in the informer for silentAfter. If the watch of this process hangs,
// the time since their last renewal counts all the same, and not only from the confirmation of their death on. A failed read confirms
// nothing; the renewals of this process then fail, too, and are logged.
func (m *member) readSilent(ctx context.Context, now time.Time) {
	for identity, last := range m.seen {
		if identity != m.config.Identity && now.Sub(last.heard) > silentAfter && now.Sub(last.seen) <= LeaseDuration {
			_, _ = m.readRenewal(ctx, identity)
		}
	}
}

// readRenewal reads the membership of another process, and reports whether it has been renewed since it was last seen.
func (m *member) readRenewal(ctx context.Context, identity string) (bool, error) {
	renewed := ""
	lease, err := m.leases.Leases(m.config.Namespace).Get(ctx, m.memberName(identity), metav1.GetOptions{})
	switch {
	case err == nil && holder(lease) == identity:
		renewed = renewal(lease)
	case err != nil && !apierrors.IsNotFound(err):
		return false, fmt.Errorf("reading the membership of %s: %w", identity, err)
	}
	last := m.seen[identity]
	if renewed == last.renewed || renewed == last.read {
		return false, nil
	}
	m.seen[identity] = sighting{last.renewed, renewed, last.heard, time.Now()}
	return true, nil
}

// isHolder reports whether the lease of a shard names this process. It reads the lease if that of the informer names another
// one, because the informer may have an older version.
func (m *member) isHolder(ctx context.Context, shard int, v view) bool {
	if lease := v.shards[m.shardName(shard)]; lease != nil && holder(lease) == m.config.Identity {
		return true
	}
	lease, err := m.leases.Leases(m.config.Namespace).Get(ctx, m.shardName(shard), metav1.GetOptions{})
	return err != nil && !apierrors.IsNotFound(err) || err == nil && holder(lease) == m.config.Identity
}

// deleteExpired deletes the membership leases of processes that have died long ago.
func (m *member) deleteExpired(ctx context.Context, v view) error {
	var errs []error
	for _, lease := range v.expired {
		err := m.leases.Leases(m.config.Namespace).Delete(ctx, lease.Name, metav1.DeleteOptions{
			Preconditions: &metav1.Preconditions{UID: &lease.UID, ResourceVersion: &lease.ResourceVersion},
		})
		if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
			errs = append(errs, fmt.Errorf("deleting an expired membership: %w", err))
		}
	}
	return errors.Join(errs...)
}

// release clears the holder of a shard.
func (m *member) release(ctx context.Context, shard int) error {
	client := m.leases.Leases(m.config.Namespace)
	lease, err := client.Get(ctx, m.shardName(shard), metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return nil
	case err != nil:
		return fmt.Errorf("releasing shard %d: %w", shard, err)
	case holder(lease) != m.config.Identity:
		return nil
	}
	lease.Spec.HolderIdentity = nil
	if _, err := client.Update(ctx, lease, metav1.UpdateOptions{}); err != nil {
		return fmt.Errorf("releasing shard %d: %w", shard, err)
	}
	return nil
}
