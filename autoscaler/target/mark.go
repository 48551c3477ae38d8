package target

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	coreclient "k8s.io/client-go/kubernetes/typed/core/v1"

	"flyball.dev/flyball/autoscaler/engine"
)

// marksInFlight bounds the concurrent writes of one Mark.
const marksInFlight = 8

// WithMarks adds the client of [Pods.Mark].
func (p *Pods) WithMarks(client coreclient.PodsGetter) *Pods {
	p.client = client
	return p
}

// Mark writes the deletion cost of each pod: the ReplicaSet controller deletes pods with the lowest cost first. costs have the
// index of pods. Mark skips pods that have the cost, are deleted or are being deleted, and unless exact is true also busy pods
// that have another cost above 0, because the work of a pod may change at every sync. It returns at the first error, when some
// pods may have been written.
func (p *Pods) Mark(ctx context.Context, namespace string, pods []engine.Pod, costs []int32, exact bool) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	slots := make(chan struct{}, marksInFlight)
	var wg sync.WaitGroup
	for i := range pods {
		if pods[i].Deleting || p.marked(namespace, pods[i].Name, costs[i], exact) {
			continue
		}
		slots <- struct{}{}
		if ctx.Err() != nil {
			break // the failed write has freed its slot
		}
		wg.Go(func() {
			defer func() { <-slots }()
			if err := p.markOne(ctx, namespace, pods[i].Name, costs[i]); err != nil {
				stop(err)
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// marked reports whether a pod needs no write. A pod without the annotation has cost 0.
func (p *Pods) marked(namespace, name string, cost int32, exact bool) bool {
	pod := p.index.get(namespace, name)
	if pod == nil { // it is deleted
		return true
	}
	if !pod.cost.found {
		return cost == 0
	}
	return pod.cost.valid && (pod.cost.value == cost || !exact && pod.cost.value > 0 && cost > 0)
}

func (p *Pods) markOne(ctx context.Context, namespace, name string, cost int32) error {
	annotations := map[string]string{corev1.PodDeletionCost: strconv.Itoa(int(cost))}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": annotations}})
	if err != nil {
		return err
	}
	_, err = p.client.Pods(namespace).Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: FieldManager})
	switch {
	case apierrors.IsNotFound(err):
		return nil
	case apierrors.IsForbidden(err):
		return fmt.Errorf("the autoscaler has no permission to patch pods: set autoscaler.markPods in the chart: %w", err)
	case err != nil:
		return fmt.Errorf("writing annotation %s of pod %s: %w", corev1.PodDeletionCost, name, err)
	default:
		return nil
	}
}
