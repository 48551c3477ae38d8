package suite

import (
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// deployStateful creates a StatefulSet of two ready pods, each with a claim for a volume of the story. Pods with a fault run on nodes of
// the story only.
func (s *story) deployStateful(policy, fault string) {
	s.t.Helper()
	pod := `
    metadata: {labels: {app: web}, annotations: {flyball.dev/ready-after: 1s}}
    spec:
      containers:
      - {name: app, image: simulated, resources: {requests: {cpu: 100m, memory: 16Mi}}}`
	if fault != "" {
		pod = s.podOnOwnNodes("web", fault)
	}
	s.applyObject(fmt.Sprintf(`
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec:
  replicas: 2
  serviceName: none
  podManagementPolicy: %s
  selector: {matchLabels: {app: web}}
  template: %s
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], storageClassName: %s, resources: {requests: {storage: 1Gi}}}
`, policy, pod, s.namespace))
	s.statefulSetScalesTo(2)
}

// addVolumes makes volumes for the claims of the story, numbered from first up to, and without, end.
func (s *story) addVolumes(first, end int) {
	s.t.Helper()
	for i := first; i < end; i++ {
		name := fmt.Sprintf("%s-%d", s.namespace, i)
		manifest := fmt.Sprintf(`
apiVersion: v1
kind: PersistentVolume
metadata: {name: %[1]s}
spec:
  capacity: {storage: 1Gi}
  accessModes: [ReadWriteOnce]
  storageClassName: %[2]s
  hostPath: {path: /nowhere/%[1]s}
`, name, s.namespace)
		if err := s.Apply(s.t.Context(), "", manifest); err != nil {
			s.t.Fatal(err)
		}
		s.t.Cleanup(func() {
			if err := s.Client.CoreV1().PersistentVolumes().Delete(context.WithoutCancel(s.t.Context()), name, metav1.DeleteOptions{}); err != nil {
				s.t.Error(err)
			}
		})
	}
}

// statefulSet returns the requested and the ready replicas of web.
func (s *story) statefulSet() (desired, ready int32) {
	s.t.Helper()
	got, err := s.Client.AppsV1().StatefulSets(s.namespace).Get(s.t.Context(), "web", metav1.GetOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	return *got.Spec.Replicas, got.Status.ReadyReplicas
}

// statefulSetScalesTo waits until web has the replicas, all pods are ready, and none else is left.
func (s *story) statefulSetScalesTo(want int32) {
	s.t.Helper()
	s.Eventually(s.t, fmt.Sprintf("web at %d replicas", want), func() (bool, string) {
		asked, ready := s.statefulSet()
		pods := s.podNames()
		return asked == want && ready == want && len(pods) == int(want), fmt.Sprintf("%d desired, %d ready, pods %v", asked, ready, pods)
	}, s.statuses)
}

func (s *story) statefulSetStaysAt(want int32, during time.Duration) {
	s.t.Helper()
	for end := time.Now().Add(during); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if asked, _ := s.statefulSet(); asked != want {
			s.t.Fatalf("web went to %d replicas, want %d\n%s", asked, want, s.statuses())
		}
	}
}

// podNames returns the names of the pods of web, in order.
func (s *story) podNames() (names []string) {
	s.t.Helper()
	pods, err := s.Client.CoreV1().Pods(s.namespace).List(s.t.Context(), metav1.ListOptions{LabelSelector: "app=web"})
	if err != nil {
		s.t.Fatal(err)
	}
	for i := range pods.Items {
		names = append(names, pods.Items[i].Name)
	}
	slices.Sort(names)
	return names
}

// scheduled returns when a pod got its node. The controller of volumes binds claims to new ones within 15 s.
func (s *story) scheduled(pod string) time.Time {
	s.t.Helper()
	got, err := s.Client.CoreV1().Pods(s.namespace).Get(s.t.Context(), pod, metav1.GetOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range got.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionTrue {
			return c.LastTransitionTime.Time
		}
	}
	s.t.Fatalf("pod %s has no node: %+v", pod, got.Status.Conditions)
	return time.Time{}
}

// hasClaims checks that the namespace has the claims of this many ordinals of web.
func (s *story) hasClaims(ordinals int32) {
	s.t.Helper()
	claims, err := s.Client.CoreV1().PersistentVolumeClaims(s.namespace).List(s.t.Context(), metav1.ListOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	var names, want []string
	for i := range claims.Items {
		names = append(names, claims.Items[i].Name)
	}
	for i := range ordinals {
		want = append(want, fmt.Sprintf("data-web-%d", i))
	}
	slices.Sort(names)
	slices.Sort(want)
	if !slices.Equal(names, want) {
		s.t.Errorf("got the claims %v, want %v", names, want)
	}
}
