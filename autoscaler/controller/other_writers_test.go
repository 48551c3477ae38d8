package controller

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	metadatafake "k8s.io/client-go/metadata/fake"
	clienttesting "k8s.io/client-go/testing"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// TestAnotherWriterIsNamed: from the second change on that it did not write, the autoscaler reports the field manager, with one event and
// one request for each change. 15 minutes after the last change it reports the end.
func TestAnotherWriterIsNamed(t *testing.T) {
	liveWith(t, period, func(w *world) func() {
		w.objects = withWriter(t, "kubectl")
		return func() {}
	}, func(w *world) {
		w.pass(period)
		w.newEvents()
		for change := 1; change <= 4; change++ {
			w.scale.set(int32(9 + change))
			w.pass(period)
			if got := w.scale.now(); got != 4 {
				t.Errorf("%d replicas, want the 4 of the autoscaler again", got)
			}
			condition := meta.FindStatusCondition(w.autoscaler().Status.Conditions, v1alpha1.ConditionConflicting)
			if change == 1 && condition != nil {
				t.Errorf("one change is reported as a conflict: %+v", condition)
			}
			if want := max(0, change-1); countLists(w) != want {
				t.Errorf("%d requests for the managed fields after %d changes, want %d", countLists(w), change, want)
			}
		}
		const want = `field manager "kubectl" changes the replicas of Deployment/web, which this autoscaler scales: last from 4 to `
		if got := w.condition(v1alpha1.ConditionConflicting); got.Reason != v1alpha1.ReasonOtherWriter || !strings.HasPrefix(got.Message, want) {
			t.Errorf("Conflicting is %+v, want %q", got, want)
		}
		if events := ofKind(w.newEvents(), "Conflict"); len(events) != 1 || !strings.HasPrefix(events[0], "Warning Conflicting "+want) {
			t.Errorf("events are %q", events)
		}
		w.pass(writerMemory)
		if got := w.condition(v1alpha1.ConditionConflicting); got.Status != metav1.ConditionFalse || got.Reason != v1alpha1.ReasonNoConflict {
			t.Errorf("after the last change Conflicting is %+v", got)
		}
		if events := ofKind(w.newEvents(), "Conflict"); len(events) != 1 || !strings.HasPrefix(events[0], "Normal ConflictEnded ") {
			t.Errorf("events are %q", events)
		}
	}, web())
}

// TestTheNameOfAnotherWriterFollows: the first request for it fails, so the event has no name. The next change has it, with another event.
func TestTheNameOfAnotherWriterFollows(t *testing.T) {
	liveWith(t, period, func(w *world) func() {
		var lists atomic.Int32
		w.objects = withWriter(t, "kubectl")
		w.objects.PrependReactor("list", "deployments", func(clienttesting.Action) (bool, runtime.Object, error) {
			return lists.Add(1) == 1, nil, context.DeadlineExceeded
		})
		return func() {}
	}, func(w *world) {
		w.pass(period)
		w.newEvents()
		for change := range 5 {
			w.scale.set(int32(9 + change))
			w.pass(period)
		}
		events := ofKind(w.newEvents(), "Conflict")
		if len(events) != 2 || !strings.HasPrefix(events[0], "Warning Conflicting another writer, whose field manager is unknown, changes the replicas of ") ||
			!strings.HasPrefix(events[1], `Warning Conflicting field manager "kubectl" changes the replicas of `) {
			t.Errorf("events are %q", events)
		}
	}, web())
}

// TestTheOtherWriterIsReadBeforeAWrite: the write would take its ownership of the field.
func TestTheOtherWriterIsReadBeforeAWrite(t *testing.T) {
	liveWith(t, period, func(w *world) func() {
		w.objects = withWriter(t, "argocd-controller")
		return func() {}
	}, func(w *world) {
		w.readings.set(300, "") // 12 replicas
		w.pass(2 * period)
		for range 2 {
			w.scale.set(5)
			w.pass(period)
		}
		w.pass(period)
		if got := w.condition(v1alpha1.ConditionConflicting).Message; !strings.HasPrefix(got, `field manager "argocd-controller" `) {
			t.Errorf("Conflicting is %q", got)
		}
		if got := w.scale.now(); got <= 5 {
			t.Errorf("%d replicas: a conflicting writer does not stop the autoscaler", got)
		}
	}, web())
}

// TestOwnWritesAreNoConflict: neither those that succeed, nor one that the API server applies although its answer is lost, nor
// disabling by 0 replicas and enabling again.
func TestOwnWritesAreNoConflict(t *testing.T) {
	live(t, func(w *world) {
		for _, value := range []int64{200, 300, 400, 500} {
			w.readings.set(value, "")
			w.pass(period)
		}
		for range 3 {
			w.scale.set(0)
			w.pass(period)
			w.scale.set(10)
			w.pass(period)
		}
		if got := meta.FindStatusCondition(w.autoscaler().Status.Conditions, v1alpha1.ConditionConflicting); got != nil {
			t.Errorf("Conflicting is %+v", got)
		}
	}, web())
}

// TestARestartKeepsTheOtherWriter: a new process reports it until it has watched for the same time.
func TestARestartKeepsTheOtherWriter(t *testing.T) {
	live(t, func(w *world) {
		w.pass(period)
		for change := range 3 {
			w.scale.set(int32(10 + change))
			w.pass(period)
		}
		before := w.condition(v1alpha1.ConditionConflicting)
		w.stop()
		w.start()
		w.pass(period)
		if got := w.condition(v1alpha1.ConditionConflicting); got.Status != metav1.ConditionTrue || got.Message != before.Message {
			t.Errorf("after a restart Conflicting is %+v, before it %+v", got, before)
		}
		w.pass(writerMemory)
		if got := w.condition(v1alpha1.ConditionConflicting); got.Status != metav1.ConditionFalse {
			t.Errorf("Conflicting is %+v", got)
		}
	}, web())
}

// TestAnHPAOfTheSameTargetIsAConflict: the autoscaler does not scale while it exists, decides at once after its deletion, and
// compares itself with it in mode Shadow.
func TestAnHPAOfTheSameTargetIsAConflict(t *testing.T) {
	live(t, func(w *world) {
		w.readings.set(150, "") // 6 replicas
		w.pass(period)
		w.newEvents()
		hpas := w.kube.AutoscalingV2().HorizontalPodAutoscalers("shop")
		if _, err := hpas.Create(t.Context(), hpaOf("stray", "web"), metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		w.readings.set(500, "")
		w.pass(2 * period)
		if got := w.scale.now(); got != 6 {
			t.Errorf("%d replicas, want the 6 there were", got)
		}
		const want = "Deployment/web is also the target of HorizontalPodAutoscaler stray: this HorizontalAutoscaler does not scale it"
		active, conflicting := w.condition(v1alpha1.ConditionScalingActive), w.condition(v1alpha1.ConditionConflicting)
		if active.Reason != v1alpha1.ReasonAmbiguousSelector || !strings.HasPrefix(active.Message, want) {
			t.Errorf("ScalingActive is %+v", active)
		}
		if conflicting.Reason != v1alpha1.ReasonConflictingController || conflicting.Message != active.Message {
			t.Errorf("Conflicting is %+v", conflicting)
		}
		if events := w.newEvents(); len(events) != 1 || !strings.HasPrefix(events[0], "Warning AmbiguousSelector "+want) {
			t.Errorf("events are %q", events)
		}
		if err := hpas.Delete(t.Context(), "stray", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		w.pass(time.Second)
		if got := w.scale.now(); got <= 6 {
			t.Errorf("%d replicas a second after the HPA is gone, want more", got)
		}
		if got := w.condition(v1alpha1.ConditionConflicting); got.Status != metav1.ConditionFalse {
			t.Errorf("Conflicting is %+v", got)
		}
	}, web())
}

// TestOtherHPAsAreNoConflict: one of another target, one that scales in no direction, and the one that a shadow is compared with.
func TestOtherHPAsAreNoConflict(t *testing.T) {
	for name, test := range map[string]struct {
		hpa  *autoscalingv2.HorizontalPodAutoscaler
		mode v1alpha1.Mode
	}{
		"another target": {hpaOf("other", "api"), v1alpha1.ModeEnforce},
		"disabled":       {disabledHPA(), v1alpha1.ModeEnforce},
		"shadow":         {hpaOf("web", "web"), v1alpha1.ModeShadow},
	} {
		t.Run(name, func(t *testing.T) {
			liveWith(t, period, func(w *world) func() {
				if err := w.kube.Tracker().Add(test.hpa); err != nil {
					t.Fatal(err)
				}
				return func() {}
			}, func(w *world) {
				w.readings.set(200, "")
				for replicas := range int32(3) { // by the HPA
					w.pass(period)
					w.scale.set(5 + replicas)
				}
				status := w.autoscaler().Status
				if got := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionScalingActive); got == nil || got.Status != metav1.ConditionTrue {
					t.Errorf("ScalingActive is %+v", got)
				}
				if got := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionConflicting); test.mode == v1alpha1.ModeShadow && got != nil {
					t.Errorf("Conflicting is %+v", got)
				}
			}, web(func(spec *v1alpha1.HorizontalAutoscalerSpec) { spec.Mode = test.mode }))
		})
	}
}

func hpaOf(name, target string) *autoscalingv2.HorizontalPodAutoscaler {
	return &autoscalingv2.HorizontalPodAutoscaler{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name},
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: "Deployment", Name: target}, MaxReplicas: 9,
		},
	}
}

func disabledHPA() *autoscalingv2.HorizontalPodAutoscaler {
	hpa := hpaOf("off", "web")
	off := &autoscalingv2.HPAScalingRules{SelectPolicy: new(autoscalingv2.DisabledPolicySelect)}
	hpa.Spec.Behavior = &autoscalingv2.HorizontalPodAutoscalerBehavior{ScaleUp: off, ScaleDown: off}
	return hpa
}

// withWriter returns the metadata of the target, whose replicas a field manager has.
func withWriter(t *testing.T, manager string) *metadatafake.FakeMetadataClient {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := metav1.AddMetaToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	return metadatafake.NewSimpleMetadataClient(scheme, &metav1.PartialObjectMetadata{
		TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "Deployment"},
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", ManagedFields: []metav1.ManagedFieldsEntry{{
			Manager: manager, FieldsV1: metav1.NewFieldsV1(`{"f:spec":{"f:replicas":{}}}`),
		}}},
	})
}

func countLists(w *world) int {
	n := 0
	for _, action := range w.objects.Actions() {
		if action.Matches("list", "deployments") {
			n++
		}
	}
	return n
}

func ofKind(events []string, reason string) []string {
	var found []string
	for _, event := range events {
		if strings.Contains(event, " "+reason) {
			found = append(found, event)
		}
	}
	return found
}
