package exporter

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/e2e/cluster"
	"flyball.dev/flyball/e2e/load"
)

// AppLabel is the label that names a pod's application.
const AppLabel = "app"

// step is how often the model moves on by itself, so that a change of pods counts from about when it happened.
const step = 250 * time.Millisecond

// Exporter holds the model of every application and the pods that the cluster has for it.
type Exporter struct {
	pods, nodes cache.SharedIndexInformer

	mu       sync.Mutex
	apps     map[load.Key]*load.App
	total    load.Nodes
	advanced time.Time
}

// Start watches pods and nodes until ctx is done, and returns once the first list is complete.
func Start(ctx context.Context, client kubernetes.Interface) (*Exporter, error) {
	pods := informers.NewSharedInformerFactoryWithOptions(client, 0,
		informers.WithTransform(strip),
		informers.WithTweakListOptions(func(o *metav1.ListOptions) { o.LabelSelector = AppLabel }))
	nodes := informers.NewSharedInformerFactoryWithOptions(client, 0,
		informers.WithTransform(strip),
		informers.WithTweakListOptions(func(o *metav1.ListOptions) { o.LabelSelector = cluster.NodeTypeLabel + "=simulated" }))
	e := &Exporter{
		pods:     pods.Core().V1().Pods().Informer(),
		nodes:    nodes.Core().V1().Nodes().Informer(),
		apps:     map[load.Key]*load.App{},
		advanced: time.Now(),
	}
	pods.Start(ctx.Done())
	nodes.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), e.pods.HasSynced, e.nodes.HasSynced) {
		return nil, fmt.Errorf("listing pods and nodes: %w", context.Cause(ctx))
	}
	go e.run(ctx)
	return e, nil
}

func (e *Exporter) run(ctx context.Context) {
	tick := time.NewTicker(step)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			e.locked(func() {})
		}
	}
}

// locked brings the model up to now and then runs use with it.
func (e *Exporter) locked(use func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	for _, app := range e.apps {
		app.Advance(now.Sub(e.advanced))
	}
	e.advanced = now
	names := e.nodes.GetStore().ListKeys()
	e.total.Count(names, e.apps)
	e.takeOver(names)
	use()
}

// takeOver gives the model the pods as the cluster has them now.
func (e *Exporter) takeOver(nodes []string) {
	simulated := make(map[string]bool, len(nodes))
	for _, name := range nodes {
		simulated[name] = true
	}
	running := map[load.Key][]load.Pod{}
	for _, object := range e.pods.GetStore().List() {
		pod := object.(*corev1.Pod)
		if pod.Status.Phase == corev1.PodRunning && simulated[pod.Spec.NodeName] {
			key := load.Key{Namespace: pod.Namespace, Name: pod.Labels[AppLabel]}
			running[key] = append(running[key], asModel(pod))
		}
	}
	for key, pods := range running {
		e.app(key).SetPods(pods)
	}
	for key, app := range e.apps {
		if running[key] == nil {
			app.SetPods(nil)
			if app.Demand == (load.Demand{}) {
				delete(e.apps, key)
			}
		}
	}
}

func (e *Exporter) app(key load.Key) *load.App {
	if e.apps[key] == nil {
		e.apps[key] = &load.App{}
	}
	return e.apps[key]
}

// asModel is a pod as the model sees it. A pod that is being deleted gets no load any more.
func asModel(pod *corev1.Pod) load.Pod {
	ready := slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool {
		return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
	})
	out := load.Pod{Name: pod.Name, Node: pod.Spec.NodeName, Ready: ready && pod.DeletionTimestamp == nil}
	for _, container := range pod.Spec.Containers {
		out.Containers = append(out.Containers, container.Name)
	}
	out.Capacity = capacity(&pod.Spec.Containers[0])
	return out
}

// capacity is the CPU limit of the container that does the work. Without a limit one core is what it can use: a
// simulated node is never so full that its pods starve each other.
func capacity(container *corev1.Container) float64 {
	if limit, set := container.Resources.Limits[corev1.ResourceCPU]; set {
		return limit.AsApproximateFloat64()
	}
	return 1
}

// strip drops the fields of cached objects that the exporter does not read.
func strip(object any) (any, error) {
	switch object := object.(type) {
	case *corev1.Pod:
		object.Annotations, object.ManagedFields, object.OwnerReferences = nil, nil, nil
		object.Labels = labels.Set{AppLabel: object.Labels[AppLabel]}
		object.Spec.Volumes, object.Spec.Affinity, object.Spec.Tolerations = nil, nil, nil
		object.Status.ContainerStatuses = nil
	case *corev1.Node:
		object.ManagedFields, object.Status = nil, corev1.NodeStatus{}
	}
	return object, nil
}
