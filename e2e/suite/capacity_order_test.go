package suite

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/e2e/testcluster"
)

// TestPodsThatDoNotServeLeaveFirst: a scale-in of a Deployment removes pods that are blocked or late, although pods that serve are newer.
// The ReplicaSet controller orders them so, without the annotation pod-deletion-cost: first those without a node, then those that are
// Pending, then those that are not ready.
func TestPodsThatDoNotServeLeaveFirst(t *testing.T) {
	testcluster.Parallel(t)
	for name, tc := range map[string]struct {
		fault string // of pods on the node failing: see [cluster.FailsBy]
		long  bool
	}{
		"a full node":                    {"", true},
		"an image that cannot be pulled": {"ImagePullBackOff", true},
		"a crash loop":                   {"CrashLoopBackOff", false},
		"a start that hangs":             {"Hang", true},
	} {
		if tc.long && !*testcluster.Long {
			continue
		}
		t.Run(name, func(t *testing.T) {
			s, serving := parallelStory(t), int32(4)
			s.addNode("room", 4)
			s.deployOnOwnNodes("web", 4, tc.fault)
			if tc.fault != "" {
				s.addNode("failing", 3)
			}
			s.load("web", requests(37))
			s.apply(atLeast(7))
			s.hasPods(4, 3)
			if tc.fault != "" {
				s.addNode("more", 2)
				s.load("web", requests(57))
				s.apply(atLeast(9))
				serving += 2
				s.hasPods(6, 3)
			}
			stay := s.readyPods()
			s.apply(atLeast(1))
			s.scalesTo("web", serving)
			s.eventually("the end of the others", func() (bool, string) {
				names := s.podNames()
				return slices.Equal(names, stay), fmt.Sprintf("got the pods %v, want %v", names, stay)
			})
			s.staysAt(serving, 6*time.Second)
		})
	}
}

// atLeast is the autoscaler of [query] with a minimum.
func atLeast(replicas int32) string {
	return strings.Replace(query("10"), "maxReplicas", fmt.Sprintf("minReplicas: %d\n  maxReplicas", replicas), 1)
}

// hasPods waits until the autoscaler web counts these pods.
func (s *story) hasPods(serving, others int32) {
	s.t.Helper()
	s.eventually(fmt.Sprintf("%d pods that serve, and %d that do not", serving, others), func() (bool, string) {
		pods := s.autoscaler("web").Status.Pods
		return pods != nil && pods.Serving == serving && pods.Blocked+pods.Late+pods.Starting == others && len(s.podNames()) == int(serving+others), fmt.Sprintf("%+v", pods)
	})
}

// readyPods returns the names of the ready pods of web, in order.
func (s *story) readyPods() (names []string) {
	s.t.Helper()
	pods, err := s.Client.CoreV1().Pods(s.namespace).List(s.t.Context(), metav1.ListOptions{LabelSelector: "app=web"})
	if err != nil {
		s.t.Fatal(err)
	}
	for i := range pods.Items {
		if slices.ContainsFunc(pods.Items[i].Status.Conditions, func(c corev1.PodCondition) bool {
			return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue
		}) {
			names = append(names, pods.Items[i].Name)
		}
	}
	slices.Sort(names)
	return names
}
