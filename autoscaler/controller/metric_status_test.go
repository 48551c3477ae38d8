package controller

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/policy"
)

// TestMetricStatusHasTheShapeOfAutoscalingV2: a program that reads an HPA's status.currentMetrics reads ours without loss.
func TestMetricStatusHasTheShapeOfAutoscalingV2(t *testing.T) {
	ha := &v1alpha1.HorizontalAutoscaler{}
	err := yaml.UnmarshalStrict([]byte(`
scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
maxReplicas: 9
metrics:
- {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}}
- {type: ContainerResource, containerResource: {name: memory, container: app, target: {type: AverageValue, averageValue: 1Gi}}}
- {type: Pods, pods: {metric: {name: rate, selector: {matchLabels: {verb: GET}}}, target: {type: AverageValue, averageValue: 10}}}
- {type: Object, object: {metric: {name: hits}, describedObject: {apiVersion: v1, kind: Service, name: s}, target: {type: Value, value: 5}}}
- {type: External, external: {metric: {name: queue}, target: {type: AverageValue, averageValue: 30}}}
- {type: Prometheus, prometheus: {query: sum(up), target: {type: Value, value: 1}}}
`), &ha.Spec)
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.Compile(ha, policy.StandardDefaults())
	if err != nil {
		t.Fatal(err)
	}
	for _, known := range []bool{true, false} {
		d := &engine.Decision{}
		for range p.Spec.Metrics {
			d.Proposals = append(d.Proposals, engine.Proposal{Known: known, Current: 1500, Average: 250})
		}
		for i, status := range metricStatuses(p.Metrics, &p.Spec, d) {
			ours := asJSON(t, status)
			if status.Type == v1alpha1.PrometheusMetric {
				if status.Prometheus == nil || status.Prometheus.Query != "sum(up)" || (status.Prometheus.Current.Value != nil) != known {
					t.Errorf("got %s", ours)
				}
				continue
			}
			var upstream autoscalingv2.MetricStatus
			if err := yaml.UnmarshalStrict(ours, &upstream); err != nil {
				t.Fatalf("autoscaling/v2 cannot read %s: %v", ours, err)
			}
			if diff := cmp.Diff(string(ours), string(asJSON(t, upstream))); diff != "" || string(upstream.Type) != string(p.Metrics[i].Type) {
				t.Errorf("by way of autoscaling/v2 (-ours +upstream):\n%s", diff)
			}
		}
	}
}

// asJSON has its keys in alphabetical order.
func asJSON(t *testing.T, value any) []byte {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	if text, err = json.Marshal(tree); err != nil {
		t.Fatal(err)
	}
	return text
}
