package peers

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/policy"
)

// TestHPAEqualsCompiledObject: the specs equal those compiled from the corresponding autoscaling/v2 objects.
func TestHPAEqualsCompiledObject(t *testing.T) {
	for name, tc := range map[string]struct {
		got      *engine.Spec
		metric   string
		behavior string
	}{
		"by rate":                           {HPA(goal(Rate)), rate("7"), ""},
		"by cpu":                            {HPA(goal(CPU)), cpu(70), ""},
		"with a behavior that says nothing": {TunedHPA(goal(CPU), Tuning{}), cpu(70), "{}"},
		"with a window and a higher target": {
			TunedHPA(goal(Rate), Tuning{TargetTimes: 1.05, Window: 10 * time.Minute}), rate("7350m"),
			"{scaleDown: {stabilizationWindowSeconds: 600}}",
		},
		"without a window": {TunedHPA(goal(Rate), Tuning{Window: -1}), rate("7"), "{scaleDown: {stabilizationWindowSeconds: 0}}"},
		"with a rate policy and a tolerance": {
			TunedHPA(goal(Rate), Tuning{Tolerance: 0.05, Down: []engine.RatePolicy{{Percent: true, Value: 10, Period: time.Minute}}}), rate("7"),
			"{scaleUp: {tolerance: 50m}, scaleDown: {tolerance: 50m, policies: [{type: Percent, value: 10, periodSeconds: 60}]}}",
		},
	} {
		t.Run(name, func(t *testing.T) {
			want := compiled(t, tc.metric, tc.behavior)
			if diff := cmp.Diff(want, tc.got, cmpopts.EquateEmpty(), cmpopts.SortSlices(func(a, b engine.RatePolicy) bool { return a.Value < b.Value })); diff != "" {
				t.Errorf("(-compiled +here):\n%s", diff)
			}
		})
	}
}

func goal(m Metric) Goal { return Goal{Metric: m, Busy: 0.7, PodRate: 10, Min: 2, Max: 200} }

func rate(target string) string {
	return fmt.Sprintf("{type: External, external: {metric: {name: rate}, target: {type: AverageValue, averageValue: %s}}}", target)
}

func cpu(percent int) string {
	return fmt.Sprintf("{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: %d}}}", percent)
}

func compiled(t *testing.T, metric, behavior string) *engine.Spec {
	t.Helper()
	text := "spec:\n  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}\n  minReplicas: 2\n  maxReplicas: 200\n  metrics: [" + metric + "]\n"
	if behavior != "" {
		text += "  behavior: " + behavior + "\n"
	}
	ha := &v1alpha1.HorizontalAutoscaler{}
	if err := yaml.UnmarshalStrict([]byte(text), ha); err != nil {
		t.Fatal(err)
	}
	defaults := policy.StandardDefaults()
	defaults.MaxSampleAge, defaults.Without = 0, engine.AllCorrections
	p, err := policy.Compile(ha, defaults)
	if err != nil {
		t.Fatal(err)
	}
	return &p.Spec
}
