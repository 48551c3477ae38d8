package controller

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/jsonmergepatch"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/klog/v2"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	clientset "flyball.dev/flyball/autoscaler/client/clientset/versioned"
	listers "flyball.dev/flyball/autoscaler/client/listers/api/v1alpha1"
)

const (
	// statusWriters bounds the status updates in flight. They are the least urgent requests of the program.
	statusWriters = 16
	// statusTimeout bounds one update.
	statusTimeout = 10 * time.Second
	// A failed update is sent again after statusRetry, doubled up to statusRetryMax.
	statusRetry, statusRetryMax = time.Second, time.Minute
)

// statusWriter updates statuses outside of the loop, in a queue of their own, so that they delay neither a decision nor a
// change of a target. It has at most one status of each autoscaler, the newest: while the API server is slow, older ones are
// dropped.
type statusWriter struct {
	client      clientset.Interface
	autoscalers listers.HorizontalAutoscalerLister
	queue       workqueue.TypedRateLimitingInterface[cache.ObjectName]
	slots       *statusSlots
	// failed is called with each failed update.
	failed func()

	mu      sync.Mutex
	pending map[cache.ObjectName]pendingStatus
}

type pendingStatus struct {
	uid    types.UID
	status *v1alpha1.HorizontalAutoscalerStatus
}

func newStatusWriter(client clientset.Interface, autoscalers listers.HorizontalAutoscalerLister, failed func()) *statusWriter {
	return &statusWriter{
		client: client, autoscalers: autoscalers, slots: newStatusSlots(), failed: failed, pending: map[cache.ObjectName]pendingStatus{},
		queue: workqueue.NewTypedRateLimitingQueueWithConfig(
			workqueue.NewTypedItemExponentialFailureRateLimiter[cache.ObjectName](statusRetry, statusRetryMax),
			workqueue.TypedRateLimitingQueueConfig[cache.ObjectName]{Name: "horizontalautoscalers_status"}),
	}
}

// put replaces the pending status of an autoscaler. It does not block. The caller must not change the status later.
func (w *statusWriter) put(key cache.ObjectName, uid types.UID, status *v1alpha1.HorizontalAutoscalerStatus) {
	w.mu.Lock()
	w.pending[key] = pendingStatus{uid, status}
	w.mu.Unlock()
	w.queue.Add(key)
}

// drop drops the pending status of an autoscaler that no longer exists.
func (w *statusWriter) drop(key cache.ObjectName) {
	w.mu.Lock()
	delete(w.pending, key)
	w.mu.Unlock()
	w.queue.Forget(key)
}

// run updates statuses until the queue is shut down, when ctx ends. Pending ones are dropped then: the next leader finds the
// differences. An update that is under way ends, because client-go logs a canceled answer as an error.
func (w *statusWriter) run(ctx context.Context) {
	writing, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(endTimeout, cancel) })()
	var workers sync.WaitGroup
	for range statusWriters {
		workers.Go(func() {
			for ctx.Err() == nil {
				key, shutdown := w.queue.Get()
				if shutdown {
					return
				}
				if w.slots.acquire(ctx) == nil {
					w.writeNext(ctx, writing, key)
					w.slots.release()
				}
				w.queue.Done(key)
			}
		})
	}
	workers.Wait()
}

// writeNext updates the status of an autoscaler to the newest pending one. A failed one stays pending, unless a newer one came, or ctx has
// ended.
func (w *statusWriter) writeNext(ctx, writing context.Context, key cache.ObjectName) {
	w.mu.Lock()
	next, found := w.pending[key]
	delete(w.pending, key)
	w.mu.Unlock()
	if !found {
		return
	}
	err := w.write(writing, key, next)
	if err == nil || ctx.Err() != nil {
		w.queue.Forget(key)
		return
	}
	w.failed()
	klog.FromContext(ctx).Error(err, "Failed to update status; will retry", "autoscaler", key)
	w.mu.Lock()
	if _, newer := w.pending[key]; !newer {
		w.pending[key] = next
	}
	w.mu.Unlock()
	w.queue.AddRateLimited(key)
}

// write patches the fields that differ from the version of the informer. The resource version is a precondition: the patch of
// another version, such as one that the last leader has written since, could leave fields of both. On a conflict it is computed
// again from the newest version.
func (w *statusWriter) write(ctx context.Context, key cache.ObjectName, next pendingStatus) error {
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	client := w.client.AutoscalingV1alpha1().HorizontalAutoscalers(key.Namespace)
	current, err := w.autoscalers.HorizontalAutoscalers(key.Namespace).Get(key.Name)
	for err == nil && current.UID == next.uid {
		var patch []byte
		if patch, err = statusPatch(current, next.status); err != nil || patch == nil {
			return err
		}
		_, err = client.Patch(ctx, key.Name, types.MergePatchType, patch, metav1.PatchOptions{}, "status")
		if !apierrors.IsConflict(err) {
			break
		}
		current, err = client.Get(ctx, key.Name, metav1.GetOptions{})
	}
	if apierrors.IsNotFound(err) {
		return nil // deleted since
	}
	return err
}

// statusPatch returns the JSON merge patch that gives current the status; nil if it has it. Lists are replaced as a whole.
func statusPatch(current *v1alpha1.HorizontalAutoscaler, status *v1alpha1.HorizontalAutoscalerStatus) ([]byte, error) {
	before, err := json.Marshal(&current.Status)
	if err != nil {
		return nil, fmt.Errorf("encoding the current status: %w", err)
	}
	after, err := json.Marshal(status)
	if err != nil {
		return nil, fmt.Errorf("encoding the next status: %w", err)
	}
	difference, err := jsonmergepatch.CreateThreeWayJSONMergePatch(before, after, before)
	if err != nil || string(difference) == "{}" {
		return nil, err
	}
	return json.Marshal(map[string]any{
		"metadata": map[string]any{"uid": current.UID, "resourceVersion": current.ResourceVersion},
		"status":   json.RawMessage(difference),
	})
}
