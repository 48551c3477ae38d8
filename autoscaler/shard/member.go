package shard

import (
	"context"
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/labels"
	coordinationclient "k8s.io/client-go/kubernetes/typed/coordination/v1"
	coordinationlisters "k8s.io/client-go/listers/coordination/v1"
	"k8s.io/klog/v2"
)

// member is this process among the others. Its maps belong to the goroutine of run.
type member struct {
	config Config
	leases coordinationclient.LeasesGetter
	lister coordinationlisters.LeaseNamespaceLister
	hold   Hold
	held   map[int]*holding
	// joined reports whether this process renews its membership.
	joined func() bool
	// seen has the last renewal of each member that this process has seen.
	seen map[string]sighting
	// changed wakes run after a change of a lease and after the end of a holding.
	changed chan struct{}
}

// holding is a shard that this process evaluates, or has not released yet.
type holding struct {
	// stopped reports that stop was called: only a release follows, even if the shard belongs to this process again by then.
	stopped bool
	stop    context.CancelFunc
	// ended is closed when Hold has returned.
	ended chan struct{}
}

func (m *member) notify() {
	select {
	case m.changed <- struct{}{}:
	default:
	}
}

func (m *member) run(ctx context.Context) error {
	membership, leave, err := m.join(ctx)
	if err != nil {
		return err
	}
	defer leave()
	tick := time.NewTicker(RetryPeriod / 4)
	defer tick.Stop()
	for {
		select {
		case <-membership.Done():
			m.stopAll()
			if ctx.Err() == nil {
				return errors.New("the membership lease was not renewed in time: other processes take over the shards of this one")
			}
			m.releaseAll(ctx)
			return nil
		case <-tick.C:
		case <-m.changed:
		}
		if err := m.balance(membership, time.Now()); err != nil {
			klog.FromContext(ctx).Error(err, "Failed to change the holder of a shard; will retry")
		}
	}
}

// balance takes the shards that the assignment gives to this process as far as they are free, and releases the others.
func (m *member) balance(ctx context.Context, now time.Time) error {
	all, err := m.lister.List(labels.Everything())
	if err != nil { // a lister has no other errors
		return err
	}
	view := m.look(all, now)
	m.readSilent(ctx, now)
	errs := []error{m.deleteExpired(ctx, view)}
	for shard, owner := range assign(view.members, m.config.Shards) {
		switch h := m.held[shard]; {
		case h == nil && owner == m.config.Identity:
			errs = append(errs, m.acquire(ctx, shard, view))
		case h != nil && (h.stopped || owner != m.config.Identity || !m.isHolder(ctx, shard, view)):
			h.stopped = true
			h.stop()
			errs = append(errs, m.releaseEnded(ctx, shard))
		}
	}
	return errors.Join(errs...)
}

// start calls Hold for a shard.
func (m *member) start(ctx context.Context, shard int) {
	held, stop := context.WithCancel(ctx)
	h := &holding{stop: stop, ended: make(chan struct{})}
	m.held[shard] = h
	klog.FromContext(ctx).Info("Took a shard", "shard", shard)
	go func() {
		defer m.notify()
		defer close(h.ended)
		m.hold(held, shard)
	}()
}

// stopAll ends all holdings, and waits for them.
func (m *member) stopAll() {
	for _, h := range m.held {
		h.stop()
	}
	for _, h := range m.held {
		<-h.ended
	}
}

// releaseAll releases the shards after [member.stopAll].
func (m *member) releaseAll(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), RenewDeadline)
	defer cancel()
	for shard := range m.held {
		if err := m.releaseEnded(ctx, shard); err != nil {
			klog.FromContext(ctx).Error(err, "Failed to release a shard; another process takes it once this membership has expired", "shard", shard)
		}
	}
}

// releaseEnded releases a shard if its holding has ended.
func (m *member) releaseEnded(ctx context.Context, shard int) error {
	select {
	case <-m.held[shard].ended:
	default:
		return nil // its end calls notify
	}
	if err := m.release(ctx, shard); err != nil {
		return err
	}
	delete(m.held, shard)
	klog.FromContext(ctx).Info("Released a shard", "shard", shard)
	return nil
}
