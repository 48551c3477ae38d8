package outages

import (
	"context"
	"maps"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/e2e/testcluster"
)

// count is the replicas that a Deployment was given at a time.
type count struct {
	time     time.Time
	replicas int32
}

// replicaRecorder records every count of the Deployments of a namespace, by name.
type replicaRecorder struct {
	mu     sync.Mutex
	counts map[string][]count
	ready  map[string]int32
}

func watch(t *testing.T, cluster *testcluster.Cluster, namespace string) *replicaRecorder {
	t.Helper()
	r := &replicaRecorder{counts: map[string][]count{}, ready: map[string]int32{}}
	factory := informers.NewSharedInformerFactoryWithOptions(cluster.Client, 0, informers.WithNamespace(namespace))
	informer := factory.Apps().V1().Deployments().Informer()
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { r.note(object) },
		UpdateFunc: func(_, object any) { r.note(object) },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	t.Cleanup(func() { stop(); factory.Shutdown() })
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	return r
}

func (r *replicaRecorder) note(object any) {
	deployment, ok := object.(*appsv1.Deployment)
	if !ok {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	counts, replicas := r.counts[deployment.Name], *deployment.Spec.Replicas
	if n := len(counts); n == 0 || counts[n-1].replicas != replicas {
		r.counts[deployment.Name] = append(counts, count{time.Now(), replicas})
	}
	r.ready[deployment.Name] = deployment.Status.ReadyReplicas
}

// now is the last count of each Deployment, and how many of its pods are ready.
func (r *replicaRecorder) now() (replicas, ready map[string]int32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	replicas = map[string]int32{}
	for name, counts := range r.counts {
		replicas[name] = counts[len(counts)-1].replicas
	}
	return replicas, maps.Clone(r.ready)
}

// since is every count of a Deployment from a time on.
func (r *replicaRecorder) since(name string, from time.Time) []count {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, c := range r.counts[name] {
		if c.time.After(from) {
			return append([]count(nil), r.counts[name][i:]...)
		}
	}
	return nil
}
