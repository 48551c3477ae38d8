package checkpoint

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	kubefake "k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"flyball.dev/flyball/autoscaler/engine"
)

// slowStorage takes a second for each write, unless it is canceled.
type slowStorage struct{ begun, stored, canceled atomic.Int32 }

func (*slowStorage) Load(context.Context, int) ([]byte, error) { return nil, nil }

func (s *slowStorage) Save(ctx context.Context, _ int, _ []byte) error {
	s.begun.Add(1)
	select {
	case <-ctx.Done():
		s.canceled.Add(1)
		return ctx.Err()
	case <-time.After(time.Second):
		s.stored.Add(1)
		return nil
	}
}

// TestStopCancelsNoWrite: a write that is under way when the process stops is stored, and not sent again.
func TestStopCancelsNoWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		storage := &slowStorage{}
		s := New(storage, 1, time.Minute)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			s.Run(ctx)
		}()
		s.Save("web", &engine.State{ScaledToZero: true}, true)
		time.Sleep(rescaleDelay + 500*time.Millisecond)
		if begun, stored := storage.begun.Load(), storage.stored.Load(); begun != 1 || stored != 0 {
			t.Fatalf("%d writes begun and %d stored, want one under way", begun, stored)
		}
		stop()
		<-ended
		if begun, stored, canceled := storage.begun.Load(), storage.stored.Load(), storage.canceled.Load(); begun != 1 || stored != 1 || canceled != 0 {
			t.Errorf("%d writes begun, %d stored, %d canceled, want one stored", begun, stored, canceled)
		}
	})
}

// TestVersionSurvivesAFailedRead: after a write and a read that fail, the next write replaces the version before, and creates nothing.
func TestVersionSurvivesAFailedRead(t *testing.T) {
	client, down := kubefake.NewClientset(), false
	client.PrependReactor("*", "configmaps", func(clienttesting.Action) (bool, runtime.Object, error) {
		return down, nil, errors.New("the API server does not answer")
	})
	maps := NewConfigMaps(client.CoreV1().ConfigMaps("flyball"), "state")
	save := func(ok bool) {
		t.Helper()
		if err := maps.Save(t.Context(), 0, []byte("x")); (err == nil) != ok {
			t.Fatalf("saved with %v", err)
		}
	}
	save(true)
	maps.versions[0] = "1" // the fake counts no versions
	down = true
	save(false)
	down = false
	save(true)
}
