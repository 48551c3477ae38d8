package controller

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/scale"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/source"
)

// fleet is many Deployments of 4 replicas and their autoscalers, each with a query of its own name. Its scales and its metrics
// count the requests of each, and can hang.
type fleet struct {
	mu      sync.Mutex
	targets map[string]*fleetTarget
	// autoscalers are the objects.
	autoscalers []runtime.Object
	// inFlight is the number of writes under way, and most its maximum.
	inFlight, most int
}

type fleetTarget struct {
	replicas int32
	version  int
	load     int64 // in units
	// reads, writes and evaluations count requests; written are the times of successful writes.
	reads, writes, evaluations int
	written                    []time.Time
	hangsRead, hangsWrite      bool
	inFlight, most             int           // writes
	slow                       time.Duration // of writes
}

// liveFleet runs a story with n autoscalers: w0, w1 and so on.
func liveFleet(t *testing.T, n int, story func(w *world, f *fleet), edits ...func(i int, spec *v1alpha1.HorizontalAutoscalerSpec)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f, w := newFleet(t, n, edits...)
		w.start()
		story(w, f)
		w.stop()
	})
}

func newFleet(t testing.TB, n int, edits ...func(i int, spec *v1alpha1.HorizontalAutoscalerSpec)) (*fleet, *world) {
	f := &fleet{targets: map[string]*fleetTarget{}}
	var objects []runtime.Object
	for i := range n {
		a := web()
		a.Name, a.UID = "w"+strconv.Itoa(i), types.UID("uid-"+strconv.Itoa(i))
		a.Spec.ScaleTargetRef.Name, a.Spec.Metrics[0].Prometheus.Query = a.Name, a.Name
		for _, edit := range edits {
			edit(i, &a.Spec)
		}
		objects = append(objects, a)
		f.targets[a.Name] = &fleetTarget{replicas: 4, load: 100}
	}
	w := newWorld(t, period, objects...)
	f.autoscalers = objects
	w.scales, w.source = f, f
	return f, w
}

func nameOf(name string) cache.ObjectName { return cache.ObjectName{Namespace: "shop", Name: name} }

// change edits a target under the lock.
func (f *fleet) change(name string, edit func(t *fleetTarget)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	edit(f.targets[name])
}

func (f *fleet) get(name string) fleetTarget {
	f.mu.Lock()
	defer f.mu.Unlock()
	return *f.targets[name]
}

// Scales implements scale.ScalesGetter.
func (f *fleet) Scales(string) scale.ScaleInterface { return f }

// Get implements scale.ScaleInterface.
func (f *fleet) Get(ctx context.Context, _ schema.GroupResource, name string, _ metav1.GetOptions) (*autoscalingv1.Scale, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.targets[name]
	t.reads++
	if t.hangsRead {
		f.mu.Unlock()
		<-ctx.Done()
		f.mu.Lock()
		return nil, ctx.Err()
	}
	return &autoscalingv1.Scale{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, ResourceVersion: strconv.Itoa(t.version)},
		Spec:       autoscalingv1.ScaleSpec{Replicas: t.replicas},
		Status:     autoscalingv1.ScaleStatus{Replicas: t.replicas, Selector: "app=" + name},
	}, nil
}

// Update implements scale.ScaleInterface.
func (f *fleet) Update(ctx context.Context, resource schema.GroupResource, s *autoscalingv1.Scale, _ metav1.UpdateOptions) (*autoscalingv1.Scale, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.targets[s.Name]
	t.writes++
	f.inFlight++
	t.inFlight++
	f.most, t.most = max(f.most, f.inFlight), max(t.most, t.inFlight)
	defer func() {
		f.inFlight--
		t.inFlight--
	}()
	if t.hangsWrite {
		f.mu.Unlock()
		<-ctx.Done()
		f.mu.Lock()
		return nil, ctx.Err()
	}
	if slow := t.slow; slow > 0 {
		f.mu.Unlock()
		time.Sleep(slow)
		f.mu.Lock()
	}
	if s.ResourceVersion != strconv.Itoa(t.version) {
		return nil, apierrors.NewConflict(resource, s.Name, fmt.Errorf("version %d", t.version))
	}
	t.version++
	t.replicas = s.Spec.Replicas
	t.written = append(t.written, time.Now())
	return s, nil
}

// Patch implements scale.ScaleInterface.
func (*fleet) Patch(context.Context, schema.GroupVersionResource, string, types.PatchType, []byte, metav1.PatchOptions) (*autoscalingv1.Scale, error) {
	return nil, fmt.Errorf("not served")
}

// Read implements source.Source.
func (f *fleet) Read(_ context.Context, requests []source.Request, now time.Time) []engine.Reading {
	f.mu.Lock()
	defer f.mu.Unlock()
	readings := make([]engine.Reading, len(requests))
	for i := range requests {
		t := f.targets[requests[i].Metric.Query]
		t.evaluations++
		readings[i] = engine.Reading{Value: 1000 * t.load, Time: now, Via: "direct"}
	}
	return readings
}
