package controller

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/tenancy"
)

// TestLimitsChangeWithoutRestart: quotas and servers that the operator takes from a namespace stop its autoscaler at once, and it
// scales again once they are back. No user edits the object.
func TestLimitsChangeWithoutRestart(t *testing.T) {
	limits := func(text string) *tenancy.Rules {
		rules, err := tenancy.Load([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return rules
	}
	allowed := limits("namespaces: [{names: [shop], servers: [mimir]}]")
	query := func(spec *v1alpha1.HorizontalAutoscalerSpec) { spec.Metrics[0].Prometheus.Server = "mimir" }
	liveWith(t, period, func(w *world) func() { w.namespaces = allowed; return func() {} }, func(w *world) {
		w.pass(2 * period)
		for _, step := range []struct {
			limits *tenancy.Rules
			reason string
		}{
			{allowed, v1alpha1.ReasonAccepted},
			{limits("namespaces: [{names: [shop], servers: [mimir], maxAutoscalers: 0}]"), v1alpha1.ReasonQuotaExceeded},
			{limits("namespaces: [{names: [shop], servers: [mimir], maxAutoscalers: 1}]"), v1alpha1.ReasonAccepted},
			{limits("namespaces: [{names: [shop], servers: [thanos]}]"), v1alpha1.ReasonInvalidSpec},
			{allowed, v1alpha1.ReasonAccepted},
		} {
			w.controller.Limit(step.limits)
			w.pass(period / 2)
			got := w.condition(v1alpha1.ConditionAccepted)
			if got.Reason != step.reason || (got.Status == metav1.ConditionTrue) != (step.reason == v1alpha1.ReasonAccepted) {
				t.Errorf("Accepted is %s, %s: %s, want the reason %s", got.Status, got.Reason, got.Message, step.reason)
			}
		}
	}, web(query))
}
