package lease

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// memory is a lock without an API server.
type memory struct {
	resourcelock.Interface
	record resourcelock.LeaderElectionRecord
	err    error
	writes int
	during func()
}

func (m *memory) Identity() string { return "a" }

func (m *memory) Get(context.Context) (*resourcelock.LeaderElectionRecord, []byte, error) {
	return &m.record, nil, m.err
}

func (m *memory) Create(ctx context.Context, record resourcelock.LeaderElectionRecord) error {
	return m.Update(ctx, record)
}

func (m *memory) Update(_ context.Context, record resourcelock.LeaderElectionRecord) error {
	if m.during != nil {
		m.during()
	}
	if m.err != nil {
		return m.err
	}
	m.record = record
	m.writes++
	return nil
}

// renewal is a process with a lease of 15 seconds, and its clock.
type renewal struct {
	*Guard
	t      *testing.T
	memory *memory
	lock   resourcelock.Interface
	clock  time.Time
	losses []error
}

func newRenewal(t *testing.T) *renewal {
	r := &renewal{t: t, memory: &memory{}, clock: time.Now()}
	r.Guard = NewGuard(15*time.Second, func() time.Time { return r.clock })
	r.lock = r.Lock(r.memory, func(err error) { r.losses = append(r.losses, err) })
	return r
}

func (r *renewal) pass(d time.Duration) { r.clock = r.clock.Add(d) }

func (r *renewal) renew() error {
	return r.lock.Update(r.t.Context(), resourcelock.LeaderElectionRecord{HolderIdentity: "a"})
}

// expect checks the answer of Held: empty while the lease is held.
func (r *renewal) expect(when, want string) {
	r.t.Helper()
	got := ""
	if err := r.Held(); err != nil {
		got = err.Error()
	}
	if got != want {
		r.t.Errorf("%s: Held is %q, want %q", when, got, want)
	}
}

func TestALeaseIsHeldUntilItsDurationAfterTheLastRenewal(t *testing.T) {
	r := newRenewal(t)
	r.expect("before the first renewal", "the lease is not held")
	for range 10 {
		if err := r.renew(); err != nil {
			t.Fatal(err)
		}
		r.pass(14 * time.Second)
		r.expect("14s after a renewal", "")
	}
	r.pass(time.Second)
	r.expect("15s after a renewal", "lost the lease: it was renewed 15s ago and lasts 15s, so another process may hold it")
}

// TestAProcessThatWasStoppedPastItsLeaseHasLostIt: it is stopped for 27 seconds, as by SIGSTOP, and renews first or writes first. Its
// own membership would still be renewable: no other process writes it.
func TestAProcessThatWasStoppedPastItsLeaseHasLostIt(t *testing.T) {
	for name, first := range map[string]func(*renewal) error{
		"it renews first": (*renewal).renew,
		"it writes first": func(r *renewal) error { return r.Held() },
	} {
		r := newRenewal(t)
		if err := r.renew(); err != nil {
			t.Fatal(err)
		}
		r.pass(27 * time.Second)
		if err := first(r); err == nil {
			t.Errorf("%s: no error", name)
		}
		for range 3 {
			if err := r.renew(); err == nil {
				t.Errorf("%s: the lost lease was renewed", name)
			}
			r.expect(name, "lost the lease: it was renewed 27s ago and lasts 15s, so another process may hold it")
		}
		if r.memory.writes != 1 || len(r.losses) != 1 {
			t.Errorf("%s: %d writes of the lease and %d losses, want 1 and 1", name, r.memory.writes, len(r.losses))
		}
	}
}

func TestAnotherHolderEndsTheLease(t *testing.T) {
	r := newRenewal(t)
	if err := r.renew(); err != nil {
		t.Fatal(err)
	}
	r.memory.record.HolderIdentity = "b"
	if _, _, err := r.lock.Get(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.expect("another process holds the lease", `lost the lease: its holder is "b", not "a"`)
	if err := r.lock.Update(t.Context(), resourcelock.LeaderElectionRecord{}); err == nil || r.memory.record.HolderIdentity != "b" {
		t.Errorf("the release of a lost lease ended with %v and left %+v, want that of b", err, r.memory.record)
	}
}

// TestASlowRenewalCountsFromItsRequest: others may have seen the renewal long before its answer.
func TestASlowRenewalCountsFromItsRequest(t *testing.T) {
	r := newRenewal(t)
	r.memory.during = func() { r.pass(9 * time.Second) }
	if err := r.renew(); err != nil {
		t.Fatal(err)
	}
	r.pass(5 * time.Second)
	r.expect("14s after the request", "")
	r.pass(time.Second)
	r.expect("15s after the request", "lost the lease: it was renewed 15s ago and lasts 15s, so another process may hold it")
}

func TestAFailedRenewalDoesNotExtendTheLease(t *testing.T) {
	r := newRenewal(t)
	if err := r.renew(); err != nil {
		t.Fatal(err)
	}
	r.memory.err = errors.New("the API server is away")
	r.pass(10 * time.Second)
	if err := r.renew(); err == nil {
		t.Fatal("the renewal succeeded")
	}
	r.expect("10s after the last renewal", "")
	r.pass(5 * time.Second)
	if err := r.Held(); err == nil || !strings.Contains(err.Error(), "renewed 15s ago") {
		t.Errorf("Held is %v, want a lost lease", err)
	}
}

// TestAReleaseEndsTheLeaseWithoutALoss: a process may lead again after it.
func TestAReleaseEndsTheLeaseWithoutALoss(t *testing.T) {
	r := newRenewal(t)
	if err := r.renew(); err != nil {
		t.Fatal(err)
	}
	if err := r.lock.Update(t.Context(), resourcelock.LeaderElectionRecord{}); err != nil {
		t.Fatal(err)
	}
	r.expect("after the release", "the lease is not held")
	if len(r.losses) > 0 {
		t.Errorf("losses %v, want none", r.losses)
	}
}
