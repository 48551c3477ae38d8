package suite

import (
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"flyball.dev/flyball/e2e/cluster"
	"flyball.dev/flyball/e2e/testcluster"
)

// TestPodsOfALostNodeAreReplaced: the node of three of ten pods dies. The autoscaler requests one replacement for each, and no more,
// although the others have their load. After the eviction their controller replaces them, and the surplus leaves.
//
// In the long form the lease of the node expires. The node lifecycle controller finds it lost after 50 seconds, and evicts its pods a
// minute later. In the short form the test does to the pods what that controller does.
func TestPodsOfALostNodeAreReplaced(t *testing.T) {
	s := parallelStory(t)
	s.addNode("stays", 7)
	s.addNode("dies", 3)
	s.deployOnOwnNodes("web", 10, "")
	s.load("web", requests(95))
	s.apply(strings.Replace(quickly(), "maxReplicas", "minReplicas: 10\n  maxReplicas", 1))
	s.staysAt(10, 12*time.Second) // until the rate has a whole window of samples
	s.addNode("room", 10)
	node := "dies-" + s.namespace
	if *testcluster.Long {
		s.stopLease(node)
	} else {
		s.markLost(node)
	}
	s.eventually("a replacement for each lost pod", func() (bool, string) {
		asked, ready := s.replicas("web")
		return asked == 13 && ready == 10, fmt.Sprintf("%d desired, %d ready; node and lease: %s", asked, ready, s.nodeAndLease(node))
	})
	s.describes("lost nodes: 3 pods more until the eviction → 13")
	s.staysAt(13, 12*time.Second)
	if pods := s.autoscaler("web").Status.Pods; pods == nil || pods.Lost != 3 {
		t.Errorf("got the pods %+v, want 3 lost ones", pods)
	}
	if !*testcluster.Long {
		s.deletePodsOn(node)
	}
	s.scalesTo("web", 10)
	s.staysAt(10, 6*time.Second)
	var counts []int32
	for _, w := range s.scaleWrites() {
		counts = append(counts, w.replicas)
	}
	t.Logf("the autoscaler wrote %v replicas", counts)
}

// nodeAndLease returns the conditions of a node, and its lease.
func (s *story) nodeAndLease(node string) string {
	out, err := s.kubectl("get", "node", node, "--output=jsonpath={.status.conditions}{.spec.taints}")
	lease, leaseErr := s.kubectl("get", "lease", node, "--namespace="+corev1.NamespaceNodeLease, "--output=jsonpath={.spec}")
	return fmt.Sprint(out, err, lease, leaseErr)
}

// stopLease makes another holder have the lease of a node for an hour, and renews it a last time: KWOK plays neither a node whose lease
// another one holds, nor its pods. Without the renewal, the node lifecycle controller would take its copy of the lease for an old one, and
// judge no node.
func (s *story) stopLease(node string) {
	s.t.Helper()
	leases := s.Client.CoordinationV1().Leases(corev1.NamespaceNodeLease)
	s.eventually("a lease of another holder", func() (bool, string) {
		lease, err := leases.Get(s.t.Context(), node, metav1.GetOptions{})
		if err != nil {
			return false, err.Error()
		}
		lease.Spec.HolderIdentity, lease.Spec.LeaseDurationSeconds, lease.Spec.RenewTime = new("lost"), new(int32(3600)), new(metav1.NowMicro())
		_, err = leases.Update(s.t.Context(), lease, metav1.UpdateOptions{})
		return err == nil, fmt.Sprint(err) // a conflict with KWOK's renewal
	})
}

// markLost does to the pods on a node what the node lifecycle controller does once the node is lost: it sets Ready, and Ready alone, to
// False. The annotation keeps KWOK from making them ready again.
func (s *story) markLost(node string) {
	s.t.Helper()
	pods := s.Client.CoreV1().Pods(s.namespace)
	for _, pod := range s.podsOn(node) {
		annotation := fmt.Appendf(nil, `{"metadata": {"annotations": {%q: ""}}}`, cluster.NeverReady)
		if _, err := pods.Patch(s.t.Context(), pod, types.MergePatchType, annotation, metav1.PatchOptions{}); err != nil {
			s.t.Fatal(err)
		}
		status := fmt.Appendf(nil, `{"status": {"conditions": [{"type": "Ready", "status": "False", "lastTransitionTime": %q}]}}`, time.Now().UTC().Format(time.RFC3339))
		if _, err := pods.Patch(s.t.Context(), pod, types.StrategicMergePatchType, status, metav1.PatchOptions{}, "status"); err != nil {
			s.t.Fatal(err)
		}
	}
}

// deletePodsOn deletes the pods on a node.
func (s *story) deletePodsOn(node string) {
	s.t.Helper()
	for _, pod := range s.podsOn(node) {
		if err := s.Client.CoreV1().Pods(s.namespace).Delete(s.t.Context(), pod, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
			s.t.Fatal(err)
		}
	}
}

// podsOn returns the names of the story's pods on a node.
func (s *story) podsOn(node string) (names []string) {
	s.t.Helper()
	pods, err := s.Client.CoreV1().Pods(s.namespace).List(s.t.Context(), metav1.ListOptions{FieldSelector: "spec.nodeName=" + node})
	if err != nil {
		s.t.Fatal(err)
	}
	for i := range pods.Items {
		names = append(names, pods.Items[i].Name)
	}
	return names
}
