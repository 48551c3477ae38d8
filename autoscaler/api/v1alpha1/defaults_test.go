package v1alpha1_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

func parse(t *testing.T, spec string) *v1alpha1.HorizontalAutoscaler {
	t.Helper()
	ha := &v1alpha1.HorizontalAutoscaler{}
	if err := yaml.UnmarshalStrict([]byte(spec), &ha.Spec); err != nil {
		t.Fatal(err)
	}
	return ha
}

const target = "scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n"

func TestSetDefaults(t *testing.T) {
	const cpu = "metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}}]\n"
	for name, tc := range map[string]struct{ spec, want string }{
		"nothing but the target": {
			target + "maxReplicas: 5",
			target + cpu + "maxReplicas: 5\nminReplicas: 1\nmode: Enforce",
		},
		"what is there stays": {
			target + "maxReplicas: 5\nminReplicas: 0\nmode: Shadow\nmetrics: [{type: Pods, pods: {metric: {name: m}, target: {type: AverageValue, averageValue: 1}}}]",
			target + "maxReplicas: 5\nminReplicas: 0\nmode: Shadow\nmetrics: [{type: Pods, pods: {metric: {name: m}, target: {type: AverageValue, averageValue: 1}}}]",
		},
		"a behavior is filled, but for the window that is a flag": {
			target + cpu + "maxReplicas: 5\nminReplicas: 1\nmode: Enforce\nbehavior: {scaleUp: {selectPolicy: Disabled}}",
			target + cpu + `maxReplicas: 5
minReplicas: 1
mode: Enforce
behavior:
  scaleUp:
    stabilizationWindowSeconds: 0
    selectPolicy: Disabled
    policies: [{type: Pods, value: 4, periodSeconds: 15}, {type: Percent, value: 100, periodSeconds: 15}]
  scaleDown:
    selectPolicy: Max
    policies: [{type: Percent, value: 100, periodSeconds: 15}]`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := parse(t, tc.spec)
			got.SetDefaults()
			if diff := cmp.Diff(parse(t, tc.want), got); diff != "" {
				t.Errorf("with defaults (-want +got):\n%s", diff)
			}
			again := got.DeepCopy()
			again.SetDefaults()
			if diff := cmp.Diff(got, again); diff != "" {
				t.Errorf("a second time changes more (-once +twice):\n%s", diff)
			}
		})
	}
}
