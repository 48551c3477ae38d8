package certificate

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// view is an API server that sees what is published after a delay.
type view struct {
	delay time.Duration

	mu      sync.Mutex
	trusted []byte
	fails   int
}

// fail makes the next publications fail.
func (v *view) fail(n int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.fails = n
}

func (v *view) trust(bundle []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.trusted = bundle
}

func (v *view) bundle() []byte {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.trusted
}

func (v *view) publish(_ context.Context, authorities [][]byte) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.fails > 0 {
		v.fails--
		return errors.New("the API server does not answer")
	}
	time.AfterFunc(v.delay, func() { v.trust(slices.Concat(authorities...)) })
	return nil
}

// TestEachHandshakeIsVerifiedDuringRotations asks each second for four lifetimes, while each API server sees a new bundle late, and
// some publications fail.
func TestEachHandshakeIsVerifiedDuringRotations(t *testing.T) {
	for name, lifetime := range map[string]time.Duration{"by default": DefaultLifetime, "of a minute": time.Minute} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := &view{delay: min(10*time.Second, lifetime/20), fails: 3}
				r := start(t, v, lifetime)
				for !r.Published() {
					time.Sleep(time.Second)
				}
				time.Sleep(v.delay) // the other API servers
				served := map[string]bool{}
				for end := time.Now().Add(4 * lifetime); time.Now().Before(end); time.Sleep(max(time.Second, lifetime/500)) {
					certificate, _ := r.CurrentCertKeyContent()
					if !served[string(certificate)] {
						served[string(certificate)] = true
						v.fail(2)
					}
					if err := verifies(t, v.bundle(), certificate); err != nil {
						t.Fatalf("at certificate %d: %v", len(served), err)
					}
				}
				if n := len(served); n < 5 || n > 7 {
					t.Errorf("served %d certificates in four lifetimes, want one each 2/3 of a lifetime", n)
				}
				if n := blocks(v.bundle()); n > 2 {
					t.Errorf("%d authorities are trusted, want at most 2", n)
				}
			})
		})
	}
}

// TestCertificateStaysWhileItsSuccessorIsUnknown: nothing can be published, so the first certificate is served on.
func TestCertificateStaysWhileItsSuccessorIsUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &view{}
		r := start(t, v, time.Hour)
		time.Sleep(time.Minute)
		first, _ := r.CurrentCertKeyContent()
		v.fail(1000000)
		time.Sleep(59 * time.Minute)
		if now, _ := r.CurrentCertKeyContent(); string(now) != string(first) {
			t.Error("a certificate is served that no API server trusts")
		}
		v.fail(0)
		time.Sleep(10 * time.Minute)
		now, _ := r.CurrentCertKeyContent()
		if string(now) == string(first) {
			t.Error("the expired certificate is still served after the next one was published")
		}
		if err := verifies(t, v.bundle(), now); err != nil {
			t.Error(err)
		}
	})
}

// TestRemovedAuthorityIsRestored: a user or a program overwrites the bundle.
func TestRemovedAuthorityIsRestored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := &view{}
		changed := make(chan struct{}, 1)
		r := start(t, v, time.Hour, changed)
		time.Sleep(time.Minute)
		v.trust(nil)
		changed <- struct{}{}
		time.Sleep(time.Second)
		certificate, _ := r.CurrentCertKeyContent()
		if err := verifies(t, v.bundle(), certificate); err != nil {
			t.Error(err)
		}
	})
}

func TestWithoutVerificationNothingIsPublished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, err := New(Config{Replica: "one", Lifetime: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		go r.Run(t.Context(), 1)
		first, _ := r.CurrentCertKeyContent()
		time.Sleep(time.Hour)
		if now, _ := r.CurrentCertKeyContent(); string(now) == string(first) || !r.Published() {
			t.Error("the first certificate is served after it has expired")
		}
	})
}

func start(t *testing.T, v *view, lifetime time.Duration, changed ...<-chan struct{}) *Rotating {
	t.Helper()
	config := Config{Replica: "one", DNSNames: []string{serverName}, Lifetime: lifetime, Publish: v.publish}
	for _, c := range changed {
		config.Changed = c
	}
	r, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	go r.Run(t.Context(), 1)
	return r
}
