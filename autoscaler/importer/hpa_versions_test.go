package importer

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The same HPA in three versions of the API gives the same HorizontalAutoscaler.
func TestHPAOfRemovedVersions(t *testing.T) {
	const head = "kind: HorizontalPodAutoscaler\nmetadata: {name: web, namespace: shop}\nspec:\n  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n  minReplicas: 2\n  maxReplicas: 9\n  metrics:\n"
	const current = head + `
  - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}
  - {type: Resource, resource: {name: memory, target: {type: AverageValue, averageValue: 400Mi}}}
  - {type: ContainerResource, containerResource: {name: cpu, container: app, target: {type: Utilization, averageUtilization: 60}}}
  - {type: Pods, pods: {metric: {name: hits, selector: {matchLabels: {a: b}}}, target: {type: AverageValue, averageValue: 1k}}}
  - {type: Object, object: {describedObject: {apiVersion: networking.k8s.io/v1, kind: Ingress, name: main}, metric: {name: rps}, target: {type: Value, value: 2k}}}
  - {type: Object, object: {describedObject: {kind: Service, name: main}, metric: {name: rps}, target: {type: AverageValue, averageValue: "5"}}}
  - {type: External, external: {metric: {name: depth, selector: {matchLabels: {queue: q}}}, target: {type: AverageValue, averageValue: "30"}}}
  - {type: External, external: {metric: {name: lag}, target: {type: Value, value: "100"}}}
`
	const old = head + `
  - {type: Resource, resource: {name: cpu, targetAverageUtilization: 70}}
  - {type: Resource, resource: {name: memory, targetAverageValue: 400Mi}}
  - {type: ContainerResource, containerResource: {name: cpu, container: app, targetAverageUtilization: 60}}
  - {type: Pods, pods: {metricName: hits, selector: {matchLabels: {a: b}}, targetAverageValue: 1k}}
  - {type: Object, object: {target: {apiVersion: networking.k8s.io/v1, kind: Ingress, name: main}, metricName: rps, targetValue: 2k}}
  - {type: Object, object: {target: {kind: Service, name: main}, metricName: rps, averageValue: "5", targetValue: "9"}}
  - {type: External, external: {metricName: depth, metricSelector: {matchLabels: {queue: q}}, targetAverageValue: "30"}}
  - {type: External, external: {metricName: lag, targetValue: "100"}}
`
	spec := func(r *Result) string {
		text, err := json.Marshal(r.Autoscalers)
		if err != nil || !r.Complete() || r.Empty() {
			t.Fatalf("%v, or left out:\n%s", err, r.lines())
		}
		return string(text)
	}
	want := spec(runImport(t, HPA, "apiVersion: autoscaling/v2\n"+current))
	for version, r := range map[string]*Result{
		"1.26": runImport(t, HPA, "apiVersion: autoscaling/v2beta2\n"+current), "1.25": runImport(t, HPA, "apiVersion: autoscaling/v2beta1\n"+old),
	} {
		if got := spec(r); got != want {
			t.Errorf("Kubernetes %s: got\n%s, want\n%s", version, got, want)
		}
		r.needs(t, "Kubernetes "+version+" removed it; read as autoscaling/v2")
	}
	bad := runImport(t, HPA, "apiVersion: autoscaling/v2beta1\n"+head+"  - {type: Resource, resource: {name: cpu, targetAverageUtilisation: 70, targetAverageValue: 1}}\n")
	bad.needs(t, "Left out: HorizontalPodAutoscaler shop/web: spec.metrics[0].resource.targetAverageUtilisation: 70: not a field")
	mixed := runImport(t, HPA, "apiVersion: autoscaling/v2beta1\n"+current)
	mixed.needs(t, "Left out: HorizontalPodAutoscaler shop/web: spec.metrics[0].resource.target")
	if !mixed.Empty() {
		t.Error("a metric without a target is imported")
	}
}

// TestHPAOfV1: its annotations are those that the API server writes for a v2 object: the CPU utilization is in a field and comes last, and
// the behavior has the keys of an internal type.
func TestHPAOfV1(t *testing.T) {
	const head = `kind: HorizontalPodAutoscaler
metadata:
  name: web
  annotations:
    autoscaling.alpha.kubernetes.io/conditions: '[{"type":"AbleToScale","status":"True"}]'
    autoscaling.alpha.kubernetes.io/current-metrics: '[]'
    autoscaling.alpha.kubernetes.io/metrics: '[{"type":"Pods","pods":{"metricName":"hits","targetAverageValue":"10","selector":{"matchLabels":{"a":"b"}}}},{"type":"External","external":{"metricName":"lag","targetValue":"100"}}]'
    autoscaling.alpha.kubernetes.io/behavior: '{"ScaleUp":{"StabilizationWindowSeconds":7,"SelectPolicy":"Max","Policies":[{"Type":"Pods","Value":4,"PeriodSeconds":15}],"Tolerance":null},"ScaleDown":{"StabilizationWindowSeconds":null,"SelectPolicy":"Disabled","Policies":null,"Tolerance":"50m"}}'
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  maxReplicas: 9
  targetCPUUtilizationPercentage: 60
`
	const same = `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  maxReplicas: 9
  metrics:
  - {type: Pods, pods: {metric: {name: hits, selector: {matchLabels: {a: b}}}, target: {type: AverageValue, averageValue: "10"}}}
  - {type: External, external: {metric: {name: lag}, target: {type: Value, value: "100"}}}
  - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}}
  behavior:
    scaleUp: {stabilizationWindowSeconds: 7, selectPolicy: Max, policies: [{type: Pods, value: 4, periodSeconds: 15}]}
    scaleDown: {selectPolicy: Disabled, tolerance: 50m}
`
	got, want := runImport(t, HPA, "apiVersion: autoscaling/v1\n"+head), runImport(t, HPA, same)
	if diff := cmp.Diff(want.Autoscalers, got.Autoscalers); diff != "" || !got.Complete() {
		t.Errorf("v2 and v1 (-want +got):\n%s\n%s", diff, got.lines())
	}
	for _, tc := range []struct{ from, to, says string }{
		{`"metricName":"hits"`, `"metricNames":"hits"`, `metadata.annotations[autoscaling.alpha.kubernetes.io/metrics][0].pods.metricNames: "hits": not a field`},
		{`'[{"type":"Pods"`, `'[{"type":`, "annotations[autoscaling.alpha.kubernetes.io/metrics]: "},
		{`"ScaleUp"`, `"ScaleOut"`, `annotations[autoscaling.alpha.kubernetes.io/behavior]: `},
		{`"50m"`, `"1e9999"`, "an exponent of more than three digits"},
	} {
		bad := runImport(t, HPA, "apiVersion: autoscaling/v1\n"+strings.Replace(head, tc.from, tc.to, 1))
		bad.needs(t, "Left out: HorizontalPodAutoscaler web: metadata.", tc.says)
	}
}
