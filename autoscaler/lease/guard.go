package lease

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// Guard reports whether this process holds a lease, by the lease's last renewal. A leader election notices the end of a lease only at
// its next attempt to renew it: a process that was stopped past the end, as by SIGSTOP, runs for some time before. A lost lease stays
// lost, because other processes may have written in the meantime.
type Guard struct {
	duration time.Duration
	now      func() time.Time

	mu sync.Mutex
	// renewed is the time before the request of the last renewal; the zero time before the first one, and after a release.
	renewed time.Time
	// failed is the error of the last request that failed.
	failed error
	lost   error
	onLoss func(error)
}

// NewGuard returns a Guard of a lease that lasts for a duration after each renewal. now is the clock; nil for time.Now.
func NewGuard(duration time.Duration, now func() time.Time) *Guard {
	if now == nil {
		now = time.Now
	}
	return &Guard{duration: duration, now: now, onLoss: func(error) {}}
}

// Lock returns the lock, whose renewals the guard observes. onLoss is called once, when the lease is lost. It must not block.
func (g *Guard) Lock(lock resourcelock.Interface, onLoss func(error)) resourcelock.Interface {
	g.onLoss = onLoss
	return &guarded{lock, g}
}

// Held returns why this process must not write: it does not hold the lease. It is nil while the process holds the lease. A nil Guard
// is that of a process that needs no lease.
func (g *Guard) Held() error {
	if g == nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	switch now := g.now(); {
	case g.lost != nil:
		return g.lost
	case g.renewed.IsZero():
		return errors.New("the lease is not held")
	case now.Sub(g.renewed) >= g.duration:
		g.lose(g.expired(now.Sub(g.renewed)))
		return g.lost
	case now.Round(0).Sub(g.renewed.Round(0)) >= g.duration:
		// The monotonic clock stands still while a machine is suspended. The wall clock may also be set forward, so that the next
		// renewal decides.
		return g.expired(now.Round(0).Sub(g.renewed.Round(0)))
	default:
		return nil
	}
}

// Lost returns why the lease was lost; nil if it was not.
func (g *Guard) Lost() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.lost
}

// Failed returns the error of the last request for the lease that failed; nil if none did.
func (g *Guard) Failed() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.failed
}

// answered records the result of a request for the lease.
func (g *Guard) answered(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err != nil {
		g.failed = err
	}
}

func (g *Guard) expired(ago time.Duration) error {
	return fmt.Errorf("lost the lease: it was renewed %s ago and lasts %s, so another process may hold it", ago.Round(time.Second), g.duration)
}

// lose ends the lease permanently. The caller holds the lock.
func (g *Guard) lose(why error) {
	g.lost = why
	g.onLoss(why)
}

// mayWrite returns the time, or why this process must not write the lease: it has lost it.
func (g *Guard) mayWrite() (time.Time, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	if ago := now.Sub(g.renewed); g.lost == nil && !g.renewed.IsZero() && ago >= g.duration {
		g.lose(g.expired(ago))
	}
	return now, g.lost
}

// written records a write of the lease that began at a time.
func (g *Guard) written(began time.Time, released bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.renewed = began; released {
		g.renewed = time.Time{}
	}
}

// seen records the holder that was read.
func (g *Guard) seen(self, holder string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.lost == nil && !g.renewed.IsZero() && holder != self {
		g.lose(fmt.Errorf("lost the lease: its holder is %q, not %q", holder, self))
	}
}

// guarded is a lock whose renewals a guard observes.
type guarded struct {
	resourcelock.Interface
	guard *Guard
}

// Get implements [resourcelock.Interface].
func (l *guarded) Get(ctx context.Context) (*resourcelock.LeaderElectionRecord, []byte, error) {
	record, raw, err := l.Interface.Get(ctx)
	l.guard.answered(err)
	if err == nil {
		l.guard.seen(l.Identity(), record.HolderIdentity)
	}
	return record, raw, err
}

// Create implements [resourcelock.Interface].
func (l *guarded) Create(ctx context.Context, record resourcelock.LeaderElectionRecord) error {
	return l.write(ctx, record, l.Interface.Create)
}

// Update implements [resourcelock.Interface].
func (l *guarded) Update(ctx context.Context, record resourcelock.LeaderElectionRecord) error {
	return l.write(ctx, record, l.Interface.Update)
}

func (l *guarded) write(
	ctx context.Context, record resourcelock.LeaderElectionRecord, write func(context.Context, resourcelock.LeaderElectionRecord) error,
) error {
	began, err := l.guard.mayWrite()
	if err != nil {
		return err
	}
	err = write(ctx, record)
	l.guard.answered(err)
	if err != nil {
		return err
	}
	l.guard.written(began, record.HolderIdentity == "")
	return nil
}
