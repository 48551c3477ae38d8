package suite

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
)

var rollouts = schema.GroupVersionResource{Group: "suite.example", Version: "v1", Resource: "rollouts"}

// definesRollouts is for the stories of the shared cluster.
var definesRollouts sync.Once

// defineRollouts defines a kind with a scale, which has a selector, as Argo Rollouts has.
func (s *story) defineRollouts() {
	s.t.Helper()
	definesRollouts.Do(func() {
		definition := `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: rollouts.suite.example}
spec:
  group: suite.example
  scope: Namespaced
  names: {kind: Rollout, plural: rollouts}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, properties: {replicas: {type: integer}}}
          status: {type: object, properties: {replicas: {type: integer}, selector: {type: string}}}
    subresources:
      status: {}
      scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas, labelSelectorPath: .status.selector}
`
		if err := s.Apply(s.t.Context(), "", definition); err != nil {
			s.t.Fatal(err)
		}
	})
	s.Eventually(s.t, "API of rollouts", func() (bool, string) {
		_, err := s.Dynamic.Resource(rollouts).List(s.t.Context(), metav1.ListOptions{})
		return err == nil, fmt.Sprint(err)
	})
}

// rollout is the object web, and its controller.
type rollout struct {
	*story
	objects dynamic.ResourceInterface
	current atomic.Pointer[canaryPhase]
	// most is the highest status.replicas.
	most atomic.Int32
}

// createRollout creates the rollout web with ready pods, and runs its controller until the test ends.
func (s *story) createRollout(replicas int32) *rollout {
	s.t.Helper()
	r := &rollout{story: s, objects: s.Dynamic.Resource(rollouts).Namespace(s.namespace)}
	r.set(canaryPhase{"steady", 1, 0})
	s.applyObject(fmt.Sprintf("apiVersion: suite.example/v1\nkind: Rollout\nmetadata: {name: web}\nspec: {replicas: %d}\n", replicas))
	for _, name := range []string{"stable", "canary"} {
		s.applyObject(fmt.Sprintf(`
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web-%[1]s}
spec:
  replicas: 0
  selector: {matchLabels: {app: web, version: %[1]s}}
  template:
    metadata: {labels: {app: web, version: %[1]s}, annotations: {flyball.dev/ready-after: 1s}}
    spec:
      containers:
      - {name: app, image: simulated, resources: {requests: {cpu: 100m, memory: 16Mi}}}
`, name))
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.t.Context()))
	var running sync.WaitGroup
	s.t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	running.Go(func() {
		for ctx.Err() == nil {
			if err := r.reconcile(ctx); err != nil && ctx.Err() == nil {
				s.t.Logf("the controller of web retries: %v", err)
			}
			select {
			case <-ctx.Done():
			case <-time.After(200 * time.Millisecond):
			}
		}
	})
	r.scalesTo(replicas)
	return r
}

func (r *rollout) set(phase canaryPhase) { r.current.Store(&phase) }

func (r *rollout) phase() canaryPhase { return *r.current.Load() }

// share returns a fraction of the replicas, rounded up as Argo Rollouts does.
func share(fraction float64, replicas int32) int32 {
	return int32(math.Ceil(fraction * float64(replicas)))
}

// reconcile gives the ReplicaSets their shares of spec.replicas, and the status their pods.
func (r *rollout) reconcile(ctx context.Context) error {
	object, err := r.objects.Get(ctx, "web", metav1.GetOptions{})
	if err != nil {
		return err
	}
	replicas, _, _ := unstructured.NestedInt64(object.Object, "spec", "replicas")
	phase, pods := r.phase(), int32(0)
	for name, fraction := range map[string]float64{"web-stable": phase.stable, "web-canary": phase.canary} {
		set, err := r.scaleSet(ctx, name, share(fraction, int32(replicas)))
		if err != nil {
			return err
		}
		pods += set.Status.Replicas
	}
	r.most.Store(max(r.most.Load(), pods))
	status := fmt.Sprintf(`{"status": {"replicas": %d, "selector": "app=web"}}`, pods)
	_, err = r.objects.Patch(ctx, "web", types.MergePatchType, []byte(status), metav1.PatchOptions{}, "status")
	return err
}

func (r *rollout) scaleSet(ctx context.Context, name string, replicas int32) (*appsv1.ReplicaSet, error) {
	sets := r.Client.AppsV1().ReplicaSets(r.namespace)
	set, err := sets.Get(ctx, name, metav1.GetOptions{})
	if err != nil || *set.Spec.Replicas == replicas {
		return set, err
	}
	return sets.Patch(ctx, name, types.MergePatchType, fmt.Appendf(nil, `{"spec": {"replicas": %d}}`, replicas), metav1.PatchOptions{})
}

// replicas returns spec.replicas.
func (r *rollout) replicas() int32 {
	r.t.Helper()
	object, err := r.objects.Get(r.t.Context(), "web", metav1.GetOptions{})
	if err != nil {
		r.t.Fatal(err)
	}
	replicas, _, _ := unstructured.NestedInt64(object.Object, "spec", "replicas")
	return int32(replicas)
}

// ready returns the number of ready pods of both versions.
func (r *rollout) ready() (pods int32) {
	r.t.Helper()
	sets, err := r.Client.AppsV1().ReplicaSets(r.namespace).List(r.t.Context(), metav1.ListOptions{})
	if err != nil {
		r.t.Fatal(err)
	}
	for i := range sets.Items {
		pods += sets.Items[i].Status.ReadyReplicas
	}
	return pods
}

// ofRollout makes an autoscaler of a Deployment one of a rollout.
func ofRollout(manifest string) string {
	return strings.Replace(manifest, "apiVersion: apps/v1, kind: Deployment", "apiVersion: suite.example/v1, kind: Rollout", 1)
}
