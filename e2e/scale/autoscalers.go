package scale

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"
	"sigs.k8s.io/yaml"
)

// resource is that of the arm's autoscalers.
func (a arm) resource() schema.GroupVersionResource {
	if a.flyball {
		return schema.GroupVersionResource{Group: "autoscaling.flyball.dev", Version: "v1alpha1", Resource: "horizontalautoscalers"}
	}
	return schema.GroupVersionResource{Group: "autoscaling", Version: "v2", Resource: "horizontalpodautoscalers"}
}

// autoscaler is the same for every arm but for its kind. Without stabilization a Deployment gets its first replicas again as soon
// as the step is over.
func (b *bench) autoscaler(a arm, i int) (*unstructured.Unstructured, error) {
	kind := "HorizontalPodAutoscaler"
	if a.flyball {
		kind = "HorizontalAutoscaler"
	}
	text := fmt.Sprintf(`
apiVersion: %s
kind: %s
metadata: {name: %[3]s}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: %[3]s}
  minReplicas: 1
  maxReplicas: %d
  metrics:
  - type: Pods
    pods: {metric: {name: %s}, target: {type: AverageValue, averageValue: "%d"}}
  behavior: {scaleDown: {stabilizationWindowSeconds: 0}}
`, a.resource().GroupVersion(), kind, objectName(i), 10*b.Pods, metricName(i, b.Metrics), target)
	object := &unstructured.Unstructured{}
	return object, yaml.Unmarshal([]byte(text), &object.Object)
}

// createAutoscalers creates those numbered from first up to, and without, end.
func (b *bench) createAutoscalers(ctx context.Context, a arm, first, end int) error {
	return forEach(first, end, func(i int) error {
		object, err := b.autoscaler(a, i)
		if err == nil {
			_, err = b.dynamic.Resource(a.resource()).Namespace(b.namespace(i)).Create(ctx, object, metav1.CreateOptions{})
		}
		return err
	})
}

// deleteAutoscalers deletes those of the arm, one by one: a request for a whole namespace of ten thousand exceeds the time limit of
// the API server.
func (b *bench) deleteAutoscalers(ctx context.Context, a arm, size int) error {
	return forEach(0, size, func(i int) error {
		err := b.dynamic.Resource(a.resource()).Namespace(b.namespace(i)).Delete(ctx, objectName(i), metav1.DeleteOptions{})
		if apierrors.IsNotFound(err) {
			return nil
		}
		return err
	})
}

// inForce is true once an autoscaler has computed a replica count from its metric.
func inForce(object *unstructured.Unstructured) bool {
	conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions") // an error: not written yet
	for _, entry := range conditions {
		if fields, ok := entry.(map[string]any); ok && fields["type"] == "ScalingActive" {
			return fields["status"] == "True"
		}
	}
	return false
}

// Created says how soon autoscalers that were created at once were in force.
type Created struct {
	Autoscalers int `json:"autoscalers"`
	// InForce is the number of those that were in force in time; Seconds is the time from the last create to the last of them.
	InForce int     `json:"inForce"`
	Seconds float64 `json:"seconds"`
}

// patience is how long autoscalers may take until they are in force. An arm that takes longer is measured as it is then.
const patience = 4 * time.Minute

// createAndAwait creates autoscalers at once and waits until they are in force.
func (b *bench) createAndAwait(ctx context.Context, a arm, first, end int) (*Created, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	watched, err := b.watchAutoscalers(ctx, a)
	if err != nil {
		return nil, err
	}
	defer watched.Stop()
	var (
		last   time.Time
		done   int
		failed error
		ended  = make(chan struct{})
	)
	go func() {
		defer close(ended)
		last, done, failed = awaitEach(ctx, watched, end-first, func(object *unstructured.Unstructured) bool {
			return object.GetName() >= objectName(first) && object.GetName() < objectName(end) && inForce(object)
		}, func(done int) { b.progress.report("%d of %d are in force", done, end-first) })
	}()
	if err := b.createAutoscalers(ctx, a, first, end); err != nil {
		return nil, err
	}
	created := time.Now()
	<-ended
	return &Created{Autoscalers: end - first, InForce: done, Seconds: max(0, last.Sub(created).Seconds())}, failed
}

// watchAutoscalers watches those of the arm from now on. The API server ends a watch that falls behind, and it is resumed.
func (b *bench) watchAutoscalers(ctx context.Context, a arm) (*watchtools.RetryWatcher, error) {
	autoscalers := b.dynamic.Resource(a.resource())
	list, err := autoscalers.List(ctx, metav1.ListOptions{Limit: 1})
	if err != nil {
		return nil, err
	}
	return watchtools.NewRetryWatcherWithContext(ctx, list.GetResourceVersion(), &cache.ListWatch{
		WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			return autoscalers.Watch(ctx, o)
		},
	})
}

// awaitEach waits until n objects had what match asks for, or ctx ends. It returns how many had, and when the last had.
func awaitEach(
	ctx context.Context, watched watch.Interface, n int, match func(*unstructured.Unstructured) bool, report func(done int),
) (last time.Time, done int, err error) {
	seen := map[string]bool{}
	reported := time.Now()
	for len(seen) < n {
		select {
		case <-ctx.Done():
			return last, len(seen), nil
		case event, open := <-watched.ResultChan():
			object, ok := event.Object.(*unstructured.Unstructured)
			if !open && ctx.Err() == nil || open && (event.Type == watch.Error || !ok) {
				return last, len(seen), fmt.Errorf("the watch of autoscalers ended when %d of %d were in force: %v", len(seen), n, event.Object)
			}
			if !open || event.Type == watch.Deleted || seen[object.GetName()] || !match(object) {
				continue
			}
			seen[object.GetName()], last = true, time.Now()
		}
		if time.Since(reported) > 10*time.Second {
			reported = time.Now()
			report(len(seen))
		}
	}
	return last, len(seen), nil
}
