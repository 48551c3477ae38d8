package scale

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// workers send requests to the API server in parallel.
const workers = 32

// forEach does it for each number from first up to, and without, end, some at once, and returns the errors.
func forEach(first, end int, do func(i int) error) error {
	var (
		group    sync.WaitGroup
		mu       sync.Mutex
		failures []error
	)
	for worker := range workers {
		group.Go(func() {
			for i := first + worker; i < end; i += workers {
				if err := do(i); err != nil {
					mu.Lock()
					failures = append(failures, err)
					mu.Unlock()
					return
				}
			}
		})
	}
	group.Wait()
	return errors.Join(failures...)
}

func (b *bench) namespace(i int) string { return fmt.Sprintf("scale-%d", i%b.Namespaces) }

func objectName(i int) string { return fmt.Sprintf("scale-%05d", i) }

// createNamespaces creates the namespaces and waits for their default service accounts, without which no pod is created.
func (b *bench) createNamespaces(ctx context.Context) error {
	for i := range b.Namespaces {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: b.namespace(i)}}
		if _, err := b.client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	return b.cluster.Wait(ctx, "the default service accounts", func(ctx context.Context) (bool, error) {
		for i := range b.Namespaces {
			_, err := b.client.CoreV1().ServiceAccounts(b.namespace(i)).Get(ctx, "default", metav1.GetOptions{})
			if apierrors.IsNotFound(err) {
				return false, nil
			}
			if err != nil {
				return false, err
			}
		}
		return true, nil
	})
}

// podsPerNode leaves room on a node for the pods of a step.
const podsPerNode = 200

// grow creates the Deployments from the present number up to another, and waits until their pods are ready.
func (b *bench) grow(ctx context.Context, size int) error {
	if b.Frozen {
		return b.freeze(ctx, size)
	}
	b.progress.begin(growing(size-b.populated, b.Pods), "creating Deployments %d to %d, with %d pods", b.populated, size-1, (size-b.populated)*b.Pods)
	if err := b.cluster.AddNodes(ctx, 0, 3+size*b.Pods/podsPerNode); err != nil {
		return err
	}
	err := forEach(b.populated, size, func(i int) error {
		_, err := b.client.AppsV1().Deployments(b.namespace(i)).Create(ctx, b.deployment(i), metav1.CreateOptions{})
		return err
	})
	if err != nil {
		return err
	}
	b.populated = size
	reported := time.Now()
	return b.cluster.Wait(ctx, "the pods to be ready", func(ctx context.Context) (bool, error) {
		ready, err := b.readyPods(ctx)
		if err == nil && time.Since(reported) > 10*time.Second {
			reported = time.Now()
			b.progress.report("%d of %d pods are ready", ready, size*b.Pods)
		}
		if ready < size*b.Pods && err == nil {
			// A list costs the API server more in a larger cluster.
			err = sleep(ctx, time.Second+time.Duration(size)*time.Millisecond/2)
		}
		return ready >= size*b.Pods, err
	})
}

// readyPods counts them by the status of their Deployments, from the watch cache of the API server.
func (b *bench) readyPods(ctx context.Context) (int, error) {
	list, err := b.client.AppsV1().Deployments(metav1.NamespaceAll).List(ctx, metav1.ListOptions{ResourceVersion: "0", LabelSelector: indexLabel})
	if err != nil {
		return 0, err
	}
	ready := 0
	for i := range list.Items {
		ready += int(list.Items[i].Status.ReadyReplicas)
	}
	return ready, nil
}

func (b *bench) deployment(i int) *appsv1.Deployment {
	labels := map[string]string{indexLabel: strconv.Itoa(i)}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: objectName(i), Labels: labels},
		Spec: appsv1.DeploymentSpec{
			Replicas: new(int32(b.Pods)),
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec: corev1.PodSpec{Containers: []corev1.Container{{
					Name: "app", Image: "simulated",
					Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{
						corev1.ResourceCPU: resource.MustParse("10m"), corev1.ResourceMemory: resource.MustParse("16Mi"),
					}},
				}}},
			},
		},
	}
}

// reset gives every Deployment its first number of replicas again, and waits for the pods.
func (b *bench) reset(ctx context.Context) error {
	list, err := b.client.AppsV1().Deployments(metav1.NamespaceAll).List(ctx, metav1.ListOptions{ResourceVersion: "0", LabelSelector: indexLabel})
	if err != nil {
		return err
	}
	patch := fmt.Appendf(nil, `{"spec":{"replicas":%d}}`, b.Pods)
	err = forEach(0, len(list.Items), func(i int) error {
		d := &list.Items[i]
		if int(*d.Spec.Replicas) == b.Pods {
			return nil
		}
		_, err := b.client.AppsV1().Deployments(d.Namespace).Patch(ctx, d.Name, types.MergePatchType, patch, metav1.PatchOptions{})
		return err
	})
	if err != nil {
		return err
	}
	return b.awaitReplicas(ctx)
}

// awaitReplicas waits until every Deployment has its first number of replicas, and all are ready.
func (b *bench) awaitReplicas(ctx context.Context) error {
	return b.cluster.Wait(ctx, "the Deployments to have their first replicas again", func(ctx context.Context) (bool, error) {
		list, err := b.client.AppsV1().Deployments(metav1.NamespaceAll).List(ctx, metav1.ListOptions{ResourceVersion: "0", LabelSelector: indexLabel})
		if err != nil {
			return false, err
		}
		for i := range list.Items {
			s := &list.Items[i].Status
			if int(*list.Items[i].Spec.Replicas) != b.Pods || int(s.Replicas) != b.Pods || int(s.ReadyReplicas) != b.Pods {
				return false, sleep(ctx, time.Second+time.Duration(len(list.Items))*time.Millisecond/2)
			}
		}
		return true, nil
	})
}

// sleep waits, or returns early with the reason why ctx ended.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
