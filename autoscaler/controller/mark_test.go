package controller

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clienttesting "k8s.io/client-go/testing"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// busyReports is the autoscaler reports with a busy metric.
func busyReports() *v1alpha1.HorizontalAutoscaler {
	return reports(func(spec *v1alpha1.HorizontalAutoscalerSpec) {
		spec.Windows[0].Batch.Busy = &v1alpha1.Busy{Metric: v1alpha1.MetricIdentifier{Name: "jobs_in_progress"}}
	})
}

// work has the target have just these pods, with so many items in hand each, and as many replicas.
func (w *world) work(items map[string]int64) {
	w.t.Helper()
	client := w.kube.CoreV1().Pods("shop")
	had, err := client.List(w.t.Context(), metav1.ListOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	known := map[string]bool{}
	for i := range had.Items {
		known[had.Items[i].Name] = true
		if _, stays := items[had.Items[i].Name]; stays {
			continue
		}
		if err := client.Delete(w.t.Context(), had.Items[i].Name, metav1.DeleteOptions{}); err != nil {
			w.t.Fatal(err)
		}
	}
	for name := range items {
		if known[name] {
			continue
		}
		pod := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: "shop", Name: name, Labels: map[string]string{"app": "web"},
				OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "web-1", Controller: new(true)}},
			},
			Status: corev1.PodStatus{Phase: corev1.PodRunning, Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}},
		}
		if _, err := client.Create(w.t.Context(), pod, metav1.CreateOptions{}); err != nil {
			w.t.Fatal(err)
		}
	}
	w.readings.mu.Lock()
	w.readings.pods = items
	w.readings.mu.Unlock()
	w.scale.set(int32(len(items)))
}

// marks are the costs that are written on the pods.
func (w *world) marks() map[string]string {
	w.t.Helper()
	pods, err := w.kube.CoreV1().Pods("shop").List(w.t.Context(), metav1.ListOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	marks := map[string]string{}
	for i := range pods.Items {
		if cost, marked := pods.Items[i].Annotations[corev1.PodDeletionCost]; marked {
			marks[pods.Items[i].Name] = cost
		}
	}
	return marks
}

func (w *world) patches() int {
	n := 0
	for _, action := range w.kube.Actions() {
		if action.Matches("patch", "pods") {
			n++
		}
	}
	return n
}

// TestIdlePodsAreRemovedFirst: busy pods are marked before the scale-in and stay, and existing marks are not written again.
func TestIdlePodsAreRemovedFirst(t *testing.T) {
	live(t, func(w *world) {
		w.readings.set(2000, "")
		w.work(map[string]int64{"a": 0, "b": 3, "c": 0, "d": 1, "e": 0, "f": 0})
		w.pass(period)
		if got := w.patches(); got > 0 {
			t.Fatalf("%d pods were written while all are needed", got)
		}
		w.work(map[string]int64{"a": 0, "b": 3, "c": 0, "d": 1, "e": 0, "f": 0})
		w.readings.set(0, "")
		w.pass(2 * time.Minute)
		if got := w.scale.now(); got != 2 {
			t.Errorf("%d replicas, and two work", got)
		}
		if got, want := w.marks(), map[string]string{"b": "3", "d": "1"}; !maps.Equal(got, want) {
			t.Errorf("marked %v, want %v", got, want)
		}
		if got := w.patches(); got != 2 {
			t.Errorf("%d pods were written", got)
		}
		if got := w.autoscaler().Status.Batches[0].Busy; got == nil || *got != 2 {
			t.Errorf("the status says that %v are busy", got)
		}
		if got := w.condition(v1alpha1.ConditionScalingActive).Status; got != metav1.ConditionTrue {
			t.Errorf("ScalingActive is %s", got)
		}

		w.work(map[string]int64{"b": 0, "d": 1})
		w.pass(period)
		if got, want := w.marks(), map[string]string{"b": "0", "d": "1"}; w.scale.now() != 1 || !maps.Equal(got, want) {
			t.Errorf("%d replicas, and one works; marked %v, want %v", w.scale.now(), got, want)
		}
		decided, again, b := w.replayed()
		if decided != 1 || again != 1 || len(b.Observation.Batches[0].Busy.Pods) != 2 {
			t.Errorf("decided %d, replayed %d, of %+v", decided, again, b.Observation.Batches)
		}
		w.work(map[string]int64{"d": 0})
		w.pass(period)
		if got := w.patches(); w.scale.now() != 0 || got != 3 {
			t.Errorf("%d replicas, and nobody works; %d pods were written: %s", w.scale.now(), got, w.autoscaler().Status.Decision.Reason)
		}
	}, busyReports())
}

// TestLeastBusyPodsAreRemovedByABound: otherwise the load of busy pods causes no writes.
func TestLeastBusyPodsAreRemovedByABound(t *testing.T) {
	live(t, func(w *world) {
		w.readings.set(0, "")
		w.work(map[string]int64{"a": 2, "b": 3, "c": 0})
		w.pass(2 * time.Minute)
		w.work(map[string]int64{"a": 9, "b": 4, "c": 0})
		w.pass(period)
		if got, want := w.marks(), map[string]string{"a": "2", "b": "3"}; w.scale.now() != 2 || !maps.Equal(got, want) {
			t.Errorf("%d replicas, marked %v, want %v", w.scale.now(), got, want)
		}
		w.change(func(spec *v1alpha1.HorizontalAutoscalerSpec) { spec.MaxReplicas = 1 })
		w.pass(period)
		if got, want := w.marks(), map[string]string{"a": "9", "b": "4"}; w.scale.now() != 1 || !maps.Equal(got, want) {
			t.Errorf("%d replicas, marked %v, want %v", w.scale.now(), got, want)
		}
	}, busyReports())
}

// TestScaleInWaitsForMarksUnlessABoundRequiresIt: if marks cannot be written, only maxReplicas may remove busy pods.
func TestScaleInWaitsForMarksUnlessABoundRequiresIt(t *testing.T) {
	live(t, func(w *world) {
		refusal := error(apierrors.NewForbidden(schema.GroupResource{Resource: "pods"}, "b", errors.New("not yours")))
		w.kube.PrependReactor("patch", "pods", func(clienttesting.Action) (bool, runtime.Object, error) {
			return refusal != nil, nil, refusal
		})
		w.readings.set(0, "")
		w.work(map[string]int64{"a": 0, "b": 3, "c": 1, "d": 1})
		w.pass(2 * time.Minute)
		if got := w.scale.now(); got != 4 {
			t.Fatalf("%d replicas, and nobody knows which will stay", got)
		}
		able := w.condition(v1alpha1.ConditionAbleToScale)
		const says = "keeping 4 replicas: busy pods might be removed instead of idle ones: the autoscaler has no permission to patch pods: " +
			"set autoscaler.markPods in the chart: "
		if able.Status != metav1.ConditionFalse || able.Reason != v1alpha1.ReasonFailedUpdateScale || !strings.Contains(able.Message, says) {
			t.Errorf("AbleToScale is %+v", able)
		}
		if got := w.newEventOf("FailedRescale"); !strings.Contains(got, says) {
			t.Errorf("got events %q", got)
		}

		w.change(func(spec *v1alpha1.HorizontalAutoscalerSpec) { spec.MaxReplicas = 2 })
		w.pass(period)
		if got := w.scale.now(); got != 2 {
			t.Errorf("%d replicas above the bound of 2", got)
		}
		if got := w.newEventOf("FailedMarkPods"); !strings.HasPrefix(got, "Warning FailedMarkPods Scaling in to at most 2 replicas may remove busy pods: marking idle pods failed: ") {
			t.Errorf("got events %q", got)
		}

		refusal = nil
		w.change(func(spec *v1alpha1.HorizontalAutoscalerSpec) { spec.MaxReplicas = 20 })
		w.work(map[string]int64{"a": 0, "b": 3})
		w.pass(period)
		if got := w.marks(); w.scale.now() != 1 || got["b"] != "3" {
			t.Errorf("%d replicas, marked %v", w.scale.now(), got)
		}
	}, busyReports())
}

// TestShadowModeDoesNotMarkPods: it writes nothing to pods.
func TestShadowModeDoesNotMarkPods(t *testing.T) {
	shadow := busyReports()
	shadow.Spec.Mode = v1alpha1.ModeShadow
	live(t, func(w *world) {
		w.readings.set(0, "")
		w.work(map[string]int64{"a": 0, "b": 3})
		w.pass(2 * time.Minute)
		if got := w.autoscaler().Status.DesiredReplicas; got != 1 || w.patches() > 0 {
			t.Errorf("%d desired, %d pods were written; events %q", got, w.patches(), slices.Collect(slices.Values(w.newEvents())))
		}
	}, shadow)
}

// TestUnknownBusyPodsHoldReplicas: the event is recorded once, when a scale-in is held for the first time.
func TestUnknownBusyPodsHoldReplicas(t *testing.T) {
	live(t, func(w *world) {
		w.readings.set(2000, "")
		w.work(map[string]int64{"a": 1, "b": 1})
		w.readings.blinded(true)
		w.pass(period)
		for _, event := range w.newEvents() {
			if strings.Contains(event, "BusyUnknown") {
				t.Errorf("told while all are needed: %q", event)
			}
		}
		w.work(map[string]int64{"a": 0, "b": 0})
		w.readings.set(0, "")
		w.pass(2 * time.Minute)
		const problem = "none of the 2 pods has a sample"
		if got := w.newEventOf("BusyUnknown"); got != "Warning BusyUnknown Window reports: scale-in held at 2: busy pods unknown: "+problem {
			t.Errorf("got events %q", got)
		}
		if status := w.autoscaler().Status.Batches[0]; w.scale.now() != 2 || status.BusyUnknown != problem || *status.Busy != 2 {
			t.Errorf("%d replicas, and the status says %+v", w.scale.now(), status)
		}
		w.pass(2 * time.Minute)
		if again := w.newEvents(); len(again) > 0 {
			t.Errorf("told again: %q", again)
		}
		w.readings.blinded(false)
		w.pass(period)
		if got := w.autoscaler().Status.Batches[0].BusyUnknown; w.scale.now() != 0 || got != "" {
			t.Errorf("%d replicas, and the status says %q", w.scale.now(), got)
		}
	}, busyReports())
}
