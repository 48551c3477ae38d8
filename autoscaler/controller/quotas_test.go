package controller

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/tenancy"
)

// older is an autoscaler of another Deployment, which by its name comes before web.
func older(namespace string, maxReplicas int32) *v1alpha1.HorizontalAutoscaler {
	other := web(func(spec *v1alpha1.HorizontalAutoscalerSpec) {
		spec.MaxReplicas, spec.ScaleTargetRef.Name = maxReplicas, "older"
	})
	other.Namespace, other.Name, other.UID = namespace, "older", "older-1"
	return other
}

// TestQuotasOfANamespace: an autoscaler beyond the quota of its namespace does not scale, and its condition has the field, the
// value and the way out. It scales once an older one has left, and not while a ScaleWindow takes it beyond the quota. Those of
// another namespace take nothing.
func TestQuotasOfANamespace(t *testing.T) {
	prepare := func(w *world) func() {
		rules, err := tenancy.Load([]byte("namespaces: [{names: [shop], maxTotalReplicas: 100, maxAutoscalers: 9, maxQueries: 1}, {names: ['*'], maxTotalReplicas: 100}]"))
		if err != nil {
			t.Fatal(err)
		}
		w.namespaces = rules
		return func() {}
	}
	liveWith(t, period, prepare, func(w *world) {
		w.readings.set(200, "") // for 8 replicas
		w.pass(2 * period)
		refused := w.condition(v1alpha1.ConditionAccepted)
		const says = "spec.maxReplicas: Invalid value: 20: with its windows; older HorizontalAutoscalers of namespace shop allow 90 replicas, and the " +
			"namespace may have 100: lower it to at most 10, or ask the operator to raise maxTotalReplicas in --namespaces-config"
		if refused.Status != metav1.ConditionFalse || refused.Reason != v1alpha1.ReasonQuotaExceeded || refused.Message != says {
			t.Errorf("the condition is %+v, want %s", refused, says)
		}
		if active := w.condition(v1alpha1.ConditionScalingActive); active.Reason != v1alpha1.ReasonQuotaExceeded {
			t.Errorf("ScalingActive is %+v", active)
		}
		w.newEvents()
		if err := w.client.AutoscalingV1alpha1().HorizontalAutoscalers("shop").Delete(t.Context(), "older", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		w.pass(2 * period)
		if accepted := w.condition(v1alpha1.ConditionAccepted); accepted.Status != metav1.ConditionTrue || w.scale.now() != 8 {
			t.Errorf("after the older one has left: %+v, %d replicas", accepted, w.scale.now())
		}
		ceiling := floors(t, "peak", byName, "start: '7 * * * *'", "duration: 10m", "maxReplicas: 101")
		if _, err := w.client.AutoscalingV1alpha1().ScaleWindows("shop").Create(t.Context(), ceiling, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		w.pass(2 * period)
		if refused := w.condition(v1alpha1.ConditionAccepted); refused.Reason != v1alpha1.ReasonQuotaExceeded || !strings.Contains(refused.Message, "Invalid value: 101: ") {
			t.Errorf("with a ScaleWindow beyond the quota: %+v", refused)
		}
	}, web(), older("shop", 90), older("bank", 100))
}

// TestQuotasAreJudgedOncePerChange: a period in which no spec changes lists nothing, whatever the number of autoscalers.
func TestQuotasAreJudgedOncePerChange(t *testing.T) {
	rules, err := tenancy.Load([]byte("namespaces: [{names: ['*'], maxAutoscalers: 100}]"))
	if err != nil {
		t.Fatal(err)
	}
	liveWith(t, period, func(w *world) func() { w.namespaces = rules; return func() {} }, func(w *world) {
		w.pass(2 * period)
		w.controller.quotas.mu.Lock()
		before := w.controller.quotas.known["shop"]
		w.controller.quotas.mu.Unlock()
		w.pass(100 * period)
		w.controller.quotas.mu.Lock()
		defer w.controller.quotas.mu.Unlock()
		if before == nil || w.controller.quotas.known["shop"] != before {
			t.Error("the namespace was judged again without a change")
		}
	}, web(), older("shop", 90))
}
