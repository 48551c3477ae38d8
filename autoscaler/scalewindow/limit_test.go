package scalewindow

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/tenancy"
)

// TestLimitsChangeWithoutRestart: a batch window whose server the operator takes from the namespace applies no more, and applies
// again once the server is back. No user edits the object.
func TestLimitsChangeWithoutRestart(t *testing.T) {
	batch := scaleWindow(t, "rush", byName, "start: '7 * * * *'", "duration: 10m",
		"batch: {backlog: {type: Prometheus, prometheus: {query: up, server: mimir, target: {type: Value, value: 1}}}, throughputPerReplica: {quantity: 1}}")
	runController(t, func(c *cluster) {
		for _, server := range []string{"mimir", "thanos", "mimir"} {
			rules, err := tenancy.Load([]byte("namespaces: [{names: [shop], servers: [" + server + "]}]"))
			if err != nil {
				t.Fatal(err)
			}
			c.controller.Limit(rules)
			c.settle()
			allowed := server == "mimir"
			if got := c.windowCondition(v1alpha1.ConditionAccepted); (got.Status == metav1.ConditionTrue) != allowed {
				t.Errorf("with the server %s: %+v", server, got)
			}
			if applies := len(c.controller.set.Namespace("shop").For("web", nil)) == 1; applies != allowed {
				t.Errorf("with the server %s, the window applies: %t", server, applies)
			}
		}
	}, batch)
}
