package controller

import (
	"fmt"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
)

// place has the target have ready pods and pods without a node, and as many replicas.
func (w *world) place(ready, unschedulable int) {
	w.t.Helper()
	client := w.kube.CoreV1().Pods("shop")
	for i := range ready + unschedulable {
		pod := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: "shop", Name: fmt.Sprintf("web-%02d", i), Labels: map[string]string{"app": "web"},
				OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "web-1", Controller: new(true)}},
			},
			Status: corev1.PodStatus{Phase: corev1.PodRunning, Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}},
		}
		if i >= ready {
			pod.Status = corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{{
				Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable,
				Message: "0/3 nodes are available: 3 Too many pods.",
			}}}
		}
		_, err := client.Create(w.t.Context(), pod, metav1.CreateOptions{})
		if err != nil {
			_, err = client.Update(w.t.Context(), pod, metav1.UpdateOptions{})
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

// TestCapacityLimitedHasConditionEventAndMetric: the status names the scheduler's words once, the target keeps its replicas, and
// within a period of new nodes the autoscaler goes on.
func TestCapacityLimitedHasConditionEventAndMetric(t *testing.T) {
	live(t, func(w *world) {
		w.readings.set(100, "")
		w.place(4, 0)
		w.pass(2 * period)
		if c := meta.FindStatusCondition(w.autoscaler().Status.Conditions, v1alpha1.ConditionCapacityLimited); c != nil {
			t.Errorf("while all pods run there is a condition: %+v", c)
		}
		w.newEvents()
		w.place(3, 1)
		w.readings.set(500, "")
		w.pass(6 * period)
		c := w.condition(v1alpha1.ConditionCapacityLimited)
		want := "3 of 4 replicas run or start, 1 blocked: pod web-03: 0/3 nodes are available: 3 Too many pods"
		if c.Status != metav1.ConditionTrue || c.Reason != v1alpha1.ReasonUnschedulable || c.Message != want {
			t.Errorf("the condition is %+v, want the message %q", c, want)
		}
		if events := w.newEvents(); len(events) != 1 || events[0] != "Warning CapacityLimited "+want {
			t.Errorf("events are %q", events)
		}
		status := w.autoscaler().Status
		if pods := status.Pods; pods == nil || *pods != (v1alpha1.PodsStatus{Serving: 3, Blocked: 1}) || w.scale.now() != 4 {
			t.Errorf("the pods are %+v, of %d replicas", pods, w.scale.now())
		}
		if steps := status.Decision.Steps; steps[len(steps)-1].Step != "Capacity" {
			t.Errorf("the steps are %+v", steps)
		}
		w.place(4, 0)
		w.pass(2 * period)
		if c := w.condition(v1alpha1.ConditionCapacityLimited); c.Status != metav1.ConditionFalse || c.Reason != v1alpha1.ReasonCapacityAvailable {
			t.Errorf("with a node for each pod the condition is %+v", c)
		}
		if events := strings.Join(w.newEvents(), "\n"); w.scale.now() < 8 || !strings.Contains(events, "Normal CapacityAvailable all of 4 replicas run or start") {
			t.Errorf("%d replicas, events %q", w.scale.now(), events)
		}
	}, web())
}

func TestOnlyTargetsWithWaitingPodsHaveSeries(t *testing.T) {
	gauges := newPodGauges()
	key := cache.ObjectName{Namespace: "shop", Name: "web"}
	gauges.set(cache.ObjectName{Namespace: "shop", Name: "fine"}, &engine.Decision{Pods: engine.PodCounts{Serving: 3, Starting: 1}})
	gauges.set(key, &engine.Decision{
		Pods:     engine.PodCounts{Serving: 12, Blocked: 4},
		Shortage: engine.Shortage{Blocked: 4}, CapacityLimited: engine.Verdict{Status: engine.True, Reason: "Unschedulable"},
	})
	registry := prometheus.NewRegistry()
	registry.MustRegister(gauges)
	want := `# HELP flyball_autoscaler_blocked_replicas Replicas of a target that cannot run, by the reason of the condition CapacityLimited.
# TYPE flyball_autoscaler_blocked_replicas gauge
flyball_autoscaler_blocked_replicas{name="web",namespace="shop",reason="Unschedulable"} 4
# HELP flyball_autoscaler_pods Pods of a target by class: serving, starting, late, lost, blocked, ending. Only for targets with late, lost or blocked pods.
# TYPE flyball_autoscaler_pods gauge
flyball_autoscaler_pods{class="blocked",name="web",namespace="shop"} 4
flyball_autoscaler_pods{class="ending",name="web",namespace="shop"} 0
flyball_autoscaler_pods{class="late",name="web",namespace="shop"} 0
flyball_autoscaler_pods{class="lost",name="web",namespace="shop"} 0
flyball_autoscaler_pods{class="serving",name="web",namespace="shop"} 12
flyball_autoscaler_pods{class="starting",name="web",namespace="shop"} 0
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
	if gauges.set(key, nil); testutil.CollectAndCount(gauges) != 0 {
		t.Error("a deleted autoscaler has series")
	}
}
