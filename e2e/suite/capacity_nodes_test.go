package suite

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/e2e/cluster"
)

// addNode makes a simulated node with room for this many pods, for this story only.
func (s *story) addNode(name string, pods int64) {
	s.t.Helper()
	name += "-" + s.namespace
	capacity := corev1.ResourceList{
		corev1.ResourceCPU: resource.MustParse("32"), corev1.ResourceMemory: resource.MustParse("64Gi"),
		corev1.ResourcePods: *resource.NewQuantity(pods, resource.DecimalSI),
	}
	nodes := s.Client.CoreV1().Nodes()
	_, err := nodes.Create(s.t.Context(), &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Annotations: map[string]string{"kwok.x-k8s.io/node": "fake"},
			Labels: map[string]string{cluster.NodeTypeLabel: "simulated", "story": s.namespace, corev1.LabelHostname: name},
		},
		Spec:   corev1.NodeSpec{Taints: []corev1.Taint{{Key: "story", Value: s.namespace, Effect: corev1.TaintEffectNoSchedule}}},
		Status: corev1.NodeStatus{Capacity: capacity, Allocatable: capacity},
	}, metav1.CreateOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := nodes.Delete(context.Background(), name, metav1.DeleteOptions{}); err != nil {
			s.t.Errorf("deleting node %s: %v", name, err)
		}
	})
}

// deployOnOwnNodes creates a Deployment whose pods run on the nodes of the story only, and have a fault on the node failing.
func (s *story) deployOnOwnNodes(name string, replicas int32, fault string) {
	s.t.Helper()
	s.applyObject(fmt.Sprintf(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: %[1]s}
spec:
  replicas: %[2]d
  selector: {matchLabels: {app: %[1]s}}
  template:
%[3]s
`, name, replicas, s.podOnOwnNodes(name, fault)))
	s.scalesTo(name, replicas)
}

// podOnOwnNodes is the inside of a pod template. Its pods are evicted from a lost node after a minute.
func (s *story) podOnOwnNodes(app, fault string) string {
	return fmt.Sprintf(`
    metadata:
      labels: {app: %[1]s}
      annotations: {flyball.dev/ready-after: 1s, flyball.dev/fails-on: failing-%[2]s, flyball.dev/fails-by: "%[3]s"}
    spec:
      nodeSelector: {story: %[2]s}
      tolerations:
      - {key: story, operator: Exists}
      - {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 60}
      containers:
      - {name: app, image: "registry.example/%[1]s:2", resources: {requests: {cpu: 100m, memory: 16Mi}}}
`, app, s.namespace, fault)
}

// quota limits the pods of the namespace.
func (s *story) quota(pods int64) {
	s.t.Helper()
	s.applyObject(fmt.Sprintf("apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: pods}\nspec: {hard: {pods: \"%d\"}}\n", pods))
}
