package scale

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
)

// TestFrozenPopulation: each Deployment has its pods, ready and owned through its ReplicaSet, and says so in its status.
func TestFrozenPopulation(t *testing.T) {
	o := NewOptions()
	o.Frozen, o.Pods, o.Namespaces = true, 3, 2
	client := fake.NewClientset()
	b := &bench{Options: &o, client: client, progress: newProgress(t.Output(), 0)}
	for _, size := range []int{4, 10} {
		if err := b.grow(t.Context(), size); err != nil {
			t.Fatal(err)
		}
	}
	if ready, err := b.readyPods(t.Context()); err != nil || ready != 30 {
		t.Errorf("statuses of Deployments have %d ready pods, %v", ready, err)
	}
	pods, err := client.CoreV1().Pods(b.namespace(1)).List(t.Context(), metav1.ListOptions{LabelSelector: indexLabel + "=9"})
	if err != nil || len(pods.Items) != 3 {
		t.Fatalf("Deployment 9 has %d pods, %v", len(pods.Items), err)
	}
	pod := &pods.Items[0]
	set, err := client.AppsV1().ReplicaSets(pod.Namespace).Get(t.Context(), metav1.GetControllerOf(pod).Name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if owner := metav1.GetControllerOf(set); owner.Kind != "Deployment" || owner.Name != objectName(9) {
		t.Errorf("the ReplicaSet has the owner %+v", owner)
	}
	if set.Status.ReadyReplicas != 3 || set.Spec.Template.Labels[appsv1.DefaultDeploymentUniqueLabelKey] == "" {
		t.Errorf("%+v", set)
	}
	ready := false
	for _, condition := range pod.Status.Conditions {
		ready = ready || condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue
	}
	if !ready || pod.Spec.NodeName != frozenNode || pod.Status.Phase != corev1.PodRunning {
		t.Errorf("%+v", pod)
	}
}
