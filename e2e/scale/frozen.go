package scale

import (
	"context"
	"fmt"
	"maps"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// A frozen population is written by the benchmark itself, ready pods with their ReplicaSets and statuses, while
// kube-controller-manager is stopped: in one namespace of 10,000 pods, kube-controller-manager would need half an hour. Nothing
// rolls out, so a step is measured without rollouts only, and HPAs have no evaluator.

// freezing is how long the creation of frozen Deployments takes, at 500 writes per second.
func freezing(deployments, pods int) time.Duration {
	const otherWrites = 4
	return time.Duration(deployments*(2*pods+otherWrites)/500)*time.Second + 5*time.Second
}

// freeze writes the Deployments from the present number up to another, with their ready pods.
func (b *bench) freeze(ctx context.Context, size int) error {
	pods := (size - b.populated) * b.Pods
	b.progress.begin(freezing(size-b.populated, b.Pods), "writing Deployments %d to %d, with %d ready pods", b.populated, size-1, pods)
	began := time.Now()
	if err := forEach(b.populated, size, func(i int) error { return b.writeFrozen(ctx, i) }); err != nil {
		return err
	}
	b.populated = size
	b.progress.report("%.0f pods per second", float64(pods)/time.Since(began).Seconds())
	return nil
}

// writeFrozen writes a Deployment as kube-controller-manager, the scheduler and a kubelet leave it.
func (b *bench) writeFrozen(ctx context.Context, i int) error {
	deployments := b.client.AppsV1().Deployments(b.namespace(i))
	d, err := deployments.Create(ctx, b.deployment(i), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	n, now := int32(b.Pods), metav1.Now()
	d.Status = appsv1.DeploymentStatus{
		ObservedGeneration: d.Generation, Replicas: n, UpdatedReplicas: n, ReadyReplicas: n, AvailableReplicas: n,
		Conditions: []appsv1.DeploymentCondition{
			{Type: appsv1.DeploymentAvailable, Status: corev1.ConditionTrue, Reason: "MinimumReplicasAvailable", LastUpdateTime: now, LastTransitionTime: now},
			{Type: appsv1.DeploymentProgressing, Status: corev1.ConditionTrue, Reason: "NewReplicaSetAvailable", LastUpdateTime: now, LastTransitionTime: now},
		},
	}
	if d, err = deployments.UpdateStatus(ctx, d, metav1.UpdateOptions{}); err != nil {
		return err
	}
	set, err := b.writeReplicaSet(ctx, d)
	for number := 0; err == nil && number < b.Pods; number++ {
		err = b.writePod(ctx, set, number)
	}
	return err
}

// writeReplicaSet writes that of a frozen Deployment.
func (b *bench) writeReplicaSet(ctx context.Context, d *appsv1.Deployment) (*appsv1.ReplicaSet, error) {
	labels := maps.Clone(d.Spec.Template.Labels)
	labels[appsv1.DefaultDeploymentUniqueLabelKey] = "frozen"
	template := *d.Spec.Template.DeepCopy()
	template.Labels = labels
	set := &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{
			Name: d.Name + "-frozen", Labels: labels,
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(d, appsv1.SchemeGroupVersion.WithKind("Deployment"))},
		},
		Spec: appsv1.ReplicaSetSpec{Replicas: d.Spec.Replicas, Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: template},
	}
	sets := b.client.AppsV1().ReplicaSets(d.Namespace)
	set, err := sets.Create(ctx, set, metav1.CreateOptions{})
	if err != nil {
		return nil, err
	}
	n := *set.Spec.Replicas
	set.Status = appsv1.ReplicaSetStatus{
		ObservedGeneration: set.Generation, Replicas: n, FullyLabeledReplicas: n, ReadyReplicas: n, AvailableReplicas: n,
	}
	return sets.UpdateStatus(ctx, set, metav1.UpdateOptions{})
}

// frozenNode is the node of all frozen pods. It does not exist, so that KWOK leaves their statuses alone.
const frozenNode = "frozen"

// writePod writes a ready pod of a frozen ReplicaSet.
func (b *bench) writePod(ctx context.Context, set *appsv1.ReplicaSet, number int) error {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: fmt.Sprintf("%s-%05d", set.Name, number), Labels: set.Spec.Template.Labels,
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(set, schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "ReplicaSet"})},
		},
		Spec: *set.Spec.Template.Spec.DeepCopy(),
	}
	pod.Spec.NodeName = frozenNode
	pods := b.client.CoreV1().Pods(set.Namespace)
	pod, err := pods.Create(ctx, pod, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	pod.Status = readyStatus(pod, metav1.Now())
	_, err = pods.UpdateStatus(ctx, pod, metav1.UpdateOptions{})
	return err
}

// readyStatus is that of a pod whose containers run and are ready.
func readyStatus(pod *corev1.Pod, now metav1.Time) corev1.PodStatus {
	status := corev1.PodStatus{Phase: corev1.PodRunning, StartTime: &now, QOSClass: pod.Status.QOSClass}
	for _, condition := range []corev1.PodConditionType{
		corev1.PodScheduled, corev1.PodInitialized, corev1.PodReadyToStartContainers, corev1.ContainersReady, corev1.PodReady,
	} {
		status.Conditions = append(status.Conditions, corev1.PodCondition{Type: condition, Status: corev1.ConditionTrue, LastTransitionTime: now})
	}
	for _, container := range pod.Spec.Containers {
		status.ContainerStatuses = append(status.ContainerStatuses, corev1.ContainerStatus{
			Name: container.Name, Image: container.Image, ImageID: container.Image, ContainerID: "frozen://" + container.Name,
			Ready: true, Started: new(true), State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}},
		})
	}
	return status
}
