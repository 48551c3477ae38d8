package target

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	scalefake "k8s.io/client-go/scale/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/cache"
)

// versions is an API server with one Deployment, and an informer that lags behind it.
type versions struct {
	t       testing.TB
	all     []autoscalingv1.Scale // the newest is the last one
	shown   int                   // index of the one that the informer has
	full    bool
	loses   func() bool // whether the answer to a write is lost
	gets    int
	written int
	store   cache.Store
}

func (v *versions) HasSynced() bool                 { return true }
func (v *versions) GetStore() cache.Store           { return v.store }
func (v *versions) LastSyncResourceVersion() string { return v.all[v.shown].ResourceVersion }

func newVersions(t testing.TB, full bool) (*versions, *Scales) {
	v := &versions{t: t, full: full, loses: func() bool { return false }, store: cache.NewStore(cache.MetaNamespaceKeyFunc)}
	v.change(4)
	v.show(0)
	scales := NewScales(v.client(), deploymentMapper())
	scales.watches = &watches{byKind: map[schema.GroupKind]*kindWatch{
		deployment: {kind: deployment, informer: v, full: full, newest: map[string]Scale{}},
	}}
	return v, scales
}

func (v *versions) newest() *autoscalingv1.Scale { return &v.all[len(v.all)-1] }

// change makes a new version of the Deployment.
func (v *versions) change(replicas int32) {
	scale := scaleOf("web", replicas)
	scale.ResourceVersion = fmt.Sprint(95 + len(v.all)) // so that versions gain a digit
	v.all = append(v.all, *scale)
}

// show makes the informer show a version.
func (v *versions) show(i int) {
	v.shown = i
	object := &scaled{"shop", "web", Scale{version: v.all[i].ResourceVersion}}
	if v.full {
		object.Scale = newScale(schema.GroupResource{Group: "apps", Resource: "deployments"}, &v.all[i])
	}
	if err := v.store.Add(object); err != nil {
		v.t.Fatal(err)
	}
}

func (v *versions) client() *scalefake.FakeScaleClient {
	client := &scalefake.FakeScaleClient{}
	client.AddReactor("get", "deployments", func(clienttesting.Action) (bool, runtime.Object, error) {
		v.gets++
		return true, v.newest().DeepCopy(), nil
	})
	client.AddReactor("update", "deployments", func(action clienttesting.Action) (bool, runtime.Object, error) {
		scale := action.(clienttesting.UpdateAction).GetObject().(*autoscalingv1.Scale)
		if scale.ResourceVersion != v.newest().ResourceVersion {
			return true, nil, apierrors.NewConflict(schema.GroupResource{Resource: "deployments"}, "web", errors.New("older"))
		}
		if want := v.newest().Spec.Replicas + 1; scale.Spec.Replicas != want {
			v.t.Fatalf("%d was written, want %d: one more than there are", scale.Spec.Replicas, want)
		}
		v.change(scale.Spec.Replicas)
		if v.written++; v.loses() {
			return true, nil, apierrors.NewTimeoutError("lost", 1)
		}
		return true, v.newest().DeepCopy(), nil
	})
	return client
}

// TestALaggingCacheNeverWritesAnOldNumber: each evaluation adds one replica to those that it has read, while the informer lags,
// others change the Deployment at any moment, and answers are lost. The API server sees only steps from the current number.
func TestALaggingCacheNeverWritesAnOldNumber(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // for the pauses between retries
		changes, written := 0, 0
		for seed := range uint64(400) {
			g := rand.New(rand.NewPCG(seed, 3))
			v, scales := newVersions(t, seed%2 == 0)
			v.loses = func() bool { return g.IntN(8) == 0 }
			others := func() bool {
				switch g.IntN(6) {
				case 0:
					v.change(g.Int32N(9))
					return true
				case 1:
					v.change(v.newest().Spec.Replicas) // of the status
					return true
				case 2:
					v.show(v.shown + g.IntN(len(v.all)-v.shown))
				}
				return false
			}
			for range 60 {
				read := scales.Read(t.Context(), []Ref{web})[0]
				changed := others()
				err := scales.Write(t.Context(), web, read, read.Replicas+1)
				var isChange *ChangedError
				switch {
				case err == nil && !others() && !changed:
					if got := scales.Read(t.Context(), []Ref{web})[0].Replicas; got != read.Replicas+1 {
						t.Fatalf("seed %d: after %d was written, %d is read", seed, read.Replicas+1, got)
					}
				case errors.As(err, &isChange):
					changes++
					if got := scales.Read(t.Context(), []Ref{web})[0]; got.version == read.version {
						t.Fatalf("seed %d: %v, but version %s is read again", seed, err, got.version)
					}
				case err != nil && !apierrors.IsTimeout(err):
					t.Fatalf("seed %d: %v", seed, err)
				}
			}
			written += v.written
		}
		if changes < 500 || written < 5000 {
			t.Errorf("only %d writes and %d decisions on a number that had changed", written, changes)
		}
	})
}

// TestAnIdleTargetIsNotRequested counts the requests for a scale: none with a full informer, and one for each resource version
// with an informer of metadata.
func TestAnIdleTargetIsNotRequested(t *testing.T) {
	for full, want := range map[bool]int{true: 0, false: 3} {
		v, scales := newVersions(t, full)
		for range 3 {
			for range 10 {
				if scale := scales.Read(t.Context(), []Ref{web})[0]; scale.Err != nil || scale.Replicas != v.newest().Spec.Replicas {
					t.Fatalf("full %t: read %+v", full, scale)
				}
			}
			v.change(v.newest().Spec.Replicas + 1)
			v.show(len(v.all) - 1)
		}
		if v.gets != want {
			t.Errorf("full %t: %d requests, want %d", full, v.gets, want)
		}
	}
}

// TestADecisionOnAnOlderNumberIsNotWritten checks the words of the error.
func TestADecisionOnAnOlderNumberIsNotWritten(t *testing.T) {
	v, scales := newVersions(t, true)
	v.change(7)
	err := scales.Write(t.Context(), web, scales.Read(t.Context(), []Ref{web})[0], 5)
	want := "not writing 5 replicas to Deployment/web: its replicas changed from 4 to 7 after it was read; evaluating it again"
	if err == nil || err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
	if v.written != 0 {
		t.Errorf("%d writes, want none", v.written)
	}
}

// BenchmarkReadOfInformers reads the scales of many Deployments from an informer.
func BenchmarkReadOfInformers(b *testing.B) {
	for _, n := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprint("targets=", n), func(b *testing.B) {
			v, scales := newVersions(b, true)
			refs := make([]Ref, n)
			for i := range refs {
				refs[i] = web
				refs[i].Name = fmt.Sprint("web-", i)
				scale := newScale(schema.GroupResource{Group: "apps", Resource: "deployments"}, scaleOf(refs[i].Name, 3))
				if err := v.store.Add(&scaled{"shop", refs[i].Name, scale}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				scales.Read(b.Context(), refs)
			}
			if v.gets > 0 {
				b.Errorf("%d requests, want none", v.gets)
			}
		})
	}
}
