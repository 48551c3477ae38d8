package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/record"

	"flyball.dev/flyball/autoscaler/lease"
)

func leaseOptions() *options {
	return &options{leaseNamespace: "flyball", leaseName: "flyball-autoscaler"}
}

// leads runs lead in a goroutine. begun receives at the start of the term.
func leads(ctx context.Context, server *fake.Clientset, o *options) (begun chan struct{}, ended chan error) {
	a := &app{kube: server, events: record.NewFakeRecorder(100)}
	begun, ended = make(chan struct{}, 1), make(chan error, 1)
	go func() {
		ended <- a.lead(ctx, o, lease.NewGuard(leaseDuration, nil), func(ctx context.Context) error {
			begun <- struct{}{}
			<-ctx.Done()
			return nil
		})
	}()
	return begun, ended
}

// TestALeaderThatCannotRenewItsLeaseEndsWithTheReason, also where requests hang; one that is stopped ends without an error.
func TestALeaderThatCannotRenewItsLeaseEndsWithTheReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := fake.NewClientset()
		var away atomic.Bool
		server.PrependReactor("*", "leases", func(clienttesting.Action) (bool, runtime.Object, error) {
			return away.Load(), nil, errors.New("connection refused")
		})
		begun, ended := leads(t.Context(), server, leaseOptions())
		<-begun
		away.Store(true)
		began := time.Now()
		const want = "lost the lease flyball/flyball-autoscaler: failed to renew it for 10s: connection refused"
		if err := <-ended; err == nil || err.Error() != want {
			t.Errorf("the leader ended with %v, want %s", err, want)
		}
		if took := time.Since(began); took > leaseDuration {
			t.Errorf("it ended after %s, when another process may have led", took)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		begun, ended := leads(ctx, fake.NewClientset(), leaseOptions())
		<-begun
		stop()
		if err := <-ended; err != nil {
			t.Errorf("a leader that was stopped ended with %v", err)
		}
	})
}

// killLeader ends a leader as SIGKILL does: its lease remains.
func killLeader(t *testing.T, server *fake.Clientset, stop func(), ended chan error) {
	t.Helper()
	leases := server.CoordinationV1().Leases("flyball")
	held, err := leases.Get(t.Context(), "flyball-autoscaler", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if _, err := leases.Update(t.Context(), held, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// TestARestartedLeaderTakesItsOwnLeaseAtOnce, and waits for it without a file for its identity.
func TestARestartedLeaderTakesItsOwnLeaseAtOnce(t *testing.T) {
	for name, test := range map[string]struct{ keeps, atOnce bool }{"with a file": {true, true}, "without": {false, false}} {
		path := filepath.Join(t.TempDir(), "identity")
		synctest.Test(t, func(t *testing.T) {
			o, server := leaseOptions(), fake.NewClientset()
			if test.keeps {
				o.identityFile = path
			}
			ctx, stop := context.WithCancel(t.Context())
			begun, ended := leads(ctx, server, o)
			<-begun
			killLeader(t, server, stop, ended)
			if test.keeps { // this process, which keeps its locks, is that of the next leader, too
				o.identityFile = filepath.Join(t.TempDir(), "identity")
				content, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(o.identityFile, content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			ctx, stop = context.WithCancel(t.Context())
			began := time.Now()
			begun, ended = leads(ctx, server, o)
			<-begun
			if took := time.Since(began); (took < retryPeriod) != test.atOnce || took > leaseDuration+2*retryPeriod {
				t.Errorf("%s: the next process leads after %s", name, took)
			}
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

// TestAStandbyThatIsStoppedEnds while it waits for the lease of another process.
func TestAStandbyThatIsStoppedEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := fake.NewClientset()
		ctx, stop := context.WithCancel(t.Context())
		begun, ended := leads(ctx, server, leaseOptions())
		<-begun
		waiting, stopWaiting := context.WithCancel(t.Context())
		begunToo, endedToo := leads(waiting, server, leaseOptions())
		time.Sleep(time.Minute)
		stopWaiting()
		if err := <-endedToo; err != nil || len(begunToo) > 0 {
			t.Errorf("the standby ended with %v, after %d terms", err, len(begunToo))
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// TestIdentitiesNameThePod so that clients find the leader by its lease.
func TestIdentitiesNameThePod(t *testing.T) {
	o := leaseOptions()
	o.identityFile = filepath.Join(t.TempDir(), "identity")
	first, err := leaderIdentity(t.Context(), o)
	if err != nil || strings.Count(first, "_") < 1 {
		t.Fatalf("got %q, %v", first, err)
	}
	if second, err := leaderIdentity(t.Context(), o); err != nil || second == first {
		t.Errorf("while a process has the identity %q, another one gets %q, %v", first, second, err)
	}
}
