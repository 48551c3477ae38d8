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

// WithMarks adds what [Pods.Mark] writes with.
func (p *Pods) WithMarks(client coreclient.PodsGetter) *Pods {
	p.client = client
	return p
}

// Mark writes on each pod what it costs to take it away: the controller of a ReplicaSet takes those with the lowest cost
// first. costs go by the index of pods. A pod that says so already, or is gone or going, is not written, and unless it must be
// exact neither is one that says it costs something, and does: what a pod works on may change at every look. Mark ends at
// the first error, and has then marked some.
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
			break // who failed has given its slot back after that
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

// marked says whether nothing needs to be written. A pod without the annotation costs 0.
func (p *Pods) marked(namespace, name string, cost int32, exact bool) bool {
	pod, err := p.lister.Pods(namespace).Get(name)
	if err != nil { // it is gone: a lister reads memory, and has no other error
		return true
	}
	annotation, found := pod.Annotations[corev1.PodDeletionCost]
	if !found {
		return cost == 0
	}
	says, err := strconv.ParseInt(annotation, 10, 32)
	return err == nil && (says == int64(cost) || !exact && says > 0 && cost > 0)
}

func (p *Pods) markOne(ctx context.Context, namespace, name string, cost int32) error {
	annotations := map[string]string{corev1.PodDeletionCost: strconv.Itoa(int(cost))}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": annotations}})
	if err != nil {
		return err
	}
	_, err = p.client.Pods(namespace).Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: fieldManager})
	switch {
	case apierrors.IsNotFound(err):
		return nil
	case apierrors.IsForbidden(err):
		return fmt.Errorf("the autoscaler needs the right to patch pods, which the chart's autoscaler.markPods gives: %w", err)
	case err != nil:
		return fmt.Errorf("the annotation %s of pod %s cannot be written: %w", corev1.PodDeletionCost, name, err)
	default:
		return nil
	}
}
