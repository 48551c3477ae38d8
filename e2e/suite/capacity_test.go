package suite

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/e2e/cluster"
)

// TestBlockedPodsLimitScaleOut runs a load of 12 replicas where four pods have room, first on a node and then in a quota. The
// autoscaler requests no more than those of the step that found no room, says in whose words they are refused, and goes on once there
// is room.
func TestBlockedPodsLimitScaleOut(t *testing.T) {
	for name, tc := range map[string]struct {
		limit, release func(*story)
		reason, words  string
	}{
		"a node for four pods": {
			limit:   func(s *story) { s.addNode("room", 4) },
			release: func(s *story) { s.addNode("more", 20) },
			reason:  "Unschedulable", words: "Too many pods",
		},
		"a quota of four pods": {
			limit:   func(s *story) { s.addNode("room", 20); s.quota(4) },
			release: func(s *story) { s.quota(20) },
			reason:  "FailedCreate", words: "exceeded quota",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := parallelStory(t)
			tc.limit(s)
			s.deployOnOwnNodes("web", 2)
			s.apply(query("10"))
			s.load("web", requests(117))
			s.eventually("the condition CapacityLimited", func() (bool, string) {
				c := meta.FindStatusCondition(s.autoscaler("web").Status.Conditions, "CapacityLimited")
				return c != nil && c.Status == "True" && c.Reason == tc.reason && strings.Contains(c.Message, tc.words) &&
					strings.HasPrefix(c.Message, "4 of "), fmt.Sprintf("%+v", c)
			})
			asked, _ := s.replicas("web")
			if asked > 8 {
				t.Errorf("%d replicas were requested with room for 4", asked)
			}
			s.staysAt(asked, 20*time.Second) // longer than the period of the rate policy
			s.hasEvent("CapacityLimited", tc.words)
			tc.release(s)
			s.scalesTo("web", 12)
			s.hasEvent("CapacityAvailable", "run or start")
		})
	}
}

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

// deployOnOwnNodes creates a Deployment whose pods run on the nodes of the story only.
func (s *story) deployOnOwnNodes(name string, replicas int32) {
	s.t.Helper()
	s.applyObject(fmt.Sprintf(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: %[1]s}
spec:
  replicas: %[2]d
  selector: {matchLabels: {app: %[1]s}}
  template:
    metadata: {labels: {app: %[1]s}, annotations: {flyball.dev/ready-after: 1s}}
    spec:
      nodeSelector: {story: %[3]s}
      tolerations: [{key: story, operator: Exists}]
      containers:
      - {name: app, image: simulated, resources: {requests: {cpu: 100m, memory: 16Mi}}}
`, name, replicas, s.namespace))
	s.scalesTo(name, replicas)
}

// quota limits the pods of the namespace.
func (s *story) quota(pods int) {
	s.t.Helper()
	s.applyObject(fmt.Sprintf("apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: pods}\nspec: {hard: {pods: \"%d\"}}\n", pods))
}
