package v1alpha1_test

import (
	"testing"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// TestMetricTarget changes the target of a metric of each type, and reads the change in the spec.
func TestMetricTarget(t *testing.T) {
	const target = "target: {type: AverageValue, averageValue: 7}"
	for kind, source := range map[string]string{
		"Resource":          "resource: {name: cpu, " + target + "}",
		"ContainerResource": "containerResource: {name: cpu, container: web, " + target + "}",
		"Pods":              "pods: {metric: {name: m}, " + target + "}",
		"Object":            "object: {metric: {name: m}, describedObject: {kind: Service, name: web}, " + target + "}",
		"External":          "external: {metric: {name: m}, " + target + "}",
		"Prometheus":        "prometheus: {query: up, " + target + "}",
	} {
		t.Run(kind, func(t *testing.T) {
			metric := &parse(t, "metrics: [{type: "+kind+", "+source+"}]").Spec.Metrics[0]
			own := metric.MetricTarget()
			if own.AverageValue == nil || own.AverageValue.String() != "7" {
				t.Fatalf("the target is %+v", own)
			}
			own.AverageValue.Set(8)
			if again := metric.MetricTarget().AverageValue.String(); again != "8" {
				t.Errorf("after a change the target is %s", again)
			}
		})
	}
	if got := (&v1alpha1.MetricSpec{}).MetricTarget(); *got != (v1alpha1.MetricTarget{}) {
		t.Errorf("a metric without a source has the target %+v", got)
	}
}
