package policy_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
)

func scaleWindow(t *testing.T, spec string) *v1alpha1.ScaleWindow {
	t.Helper()
	w := &v1alpha1.ScaleWindow{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "nights"}}
	if err := yaml.UnmarshalStrict([]byte(spec), &w.Spec); err != nil {
		t.Fatal(err)
	}
	return w
}

const nightly = "start: '0 22 * * *'\nduration: 8h\nminReplicas: 5\n"

func TestAScaleWindowSelects(t *testing.T) {
	w, err := policy.CompileScaleWindow(scaleWindow(t, nightly+`targets:
- {kind: HorizontalAutoscaler, name: web}
- {kind: HorizontalAutoscaler, apiVersion: autoscaling.flyball.dev/v1alpha1, name: api}
- {kind: HorizontalAutoscaler, apiVersion: example.com/v1, name: theirs}
- {kind: HorizontalPodAutoscaler, name: old}
- {kind: HorizontalAutoscaler, selector: {matchLabels: {tier: batch}, matchExpressions: [{key: parked, operator: DoesNotExist}]}}`), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if w.Window.Name != "ScaleWindow/nights" || w.Window.Min != 5 || len(w.Others) != 2 || w.Others[0].Name != "theirs" || w.Others[1].Name != "old" {
		t.Errorf("it compiles to %+v, others %+v", w.Window, w.Others)
	}
	for _, tc := range []struct {
		name   string
		labels map[string]string
		want   bool
	}{
		{"web", nil, true},
		{"api", nil, true},
		{"theirs", nil, false},
		{"old", nil, false},
		{"jobs", nil, false},
		{"jobs", map[string]string{"tier": "batch"}, true},
		{"jobs", map[string]string{"tier": "batch", "parked": ""}, false},
		{"web", map[string]string{"tier": "batch", "parked": ""}, true},
	} {
		if got := w.Selects(tc.name, tc.labels); got != tc.want {
			t.Errorf("%s %v is selected: %t", tc.name, tc.labels, got)
		}
	}
	if everything := scaleWindow(t, nightly+"targets: [{kind: HorizontalAutoscaler, selector: {}}]"); !mustCompile(t, everything).Selects("any", nil) {
		t.Error("an empty selector selects nothing, and not everything")
	}
}

func mustCompile(t *testing.T, w *v1alpha1.ScaleWindow) *policy.ScaleWindow {
	t.Helper()
	compiled, err := policy.CompileScaleWindow(w, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// TestAScaleWindowThatIsRefused names all of its fields at fault, and whether it means nothing or never opens.
func TestAScaleWindowThatIsRefused(t *testing.T) {
	const web = "targets: [{kind: HorizontalAutoscaler, name: web}]\n"
	for name, tc := range map[string]struct {
		spec, reason string
		fields       []string
	}{
		"no targets":            {nightly, v1alpha1.ReasonInvalidSpec, []string{"spec.targets"}},
		"a target of no kind":   {nightly + "targets: [{name: web}]", v1alpha1.ReasonInvalidSpec, []string{"spec.targets[0].kind"}},
		"all targets":           {nightly + "targets: [{kind: HorizontalAutoscaler}]", v1alpha1.ReasonInvalidSpec, []string{"spec.targets[0].name"}},
		"a selector of nothing": {nightly + "targets: [{kind: HorizontalAutoscaler, selector: {matchExpressions: [{key: a, operator: In}]}}]", v1alpha1.ReasonInvalidSpec, []string{"spec.targets[0].selector"}},
		"no times and a bound":  {web + "maxReplicas: -1", v1alpha1.ReasonInvalidSpec, []string{"spec.start", "spec.maxReplicas"}},
		"a line and a bound":    {web + "start: x\nduration: 1h\nreplicas: -1", v1alpha1.ReasonInvalidSpec, []string{"spec.replicas", "spec.start"}},
		"no day that is left":   {web + nightly + "only: ['2026-01-01']\nnotAfter: '2025-01-01'", v1alpha1.ReasonNeverOpens, []string{"spec.only"}},
		"never, and a bound":    {web + "start: '0 0 31 2 *'\nduration: 1h\nreplicas: -1", v1alpha1.ReasonInvalidSpec, []string{"spec.replicas", "spec.start"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := policy.CompileScaleWindow(scaleWindow(t, tc.spec), "", nil)
			refused, ok := errors.AsType[*policy.Error](err)
			if !ok {
				t.Fatalf("the error is %v", err)
			}
			var fields []string
			for _, fault := range refused.Fields {
				fields = append(fields, fault.Field)
			}
			if refused.Reason != tc.reason || !slices.Equal(fields, tc.fields) {
				t.Errorf("%s: %v, want %s: %v", refused.Reason, fields, tc.reason, tc.fields)
			}
		})
	}
}

// TestWithScaleWindows leaves the policy of the spec as it is.
func TestWithScaleWindows(t *testing.T) {
	own, err := policy.Compile(parse(t, target+"windows: [{name: noon, start: '0 12 * * *', duration: 1h, minReplicas: 3}]"), policy.StandardDefaults())
	if err != nil {
		t.Fatal(err)
	}
	w := mustCompile(t, scaleWindow(t, nightly+"targets: [{kind: HorizontalAutoscaler, name: web}]"))
	with := own.With([]*policy.ScaleWindow{w, w})
	if len(own.Spec.Windows) != 1 || len(with.Spec.Windows) != 3 || with.Spec.Windows[0].Name != "noon" || with.Spec.Windows[1].Name != "ScaleWindow/nights" {
		t.Errorf("own windows are %v, and with others %v", own.Spec.Windows, with.Spec.Windows)
	}
	if own.With(nil) != own {
		t.Error("a policy without ScaleWindows is another one")
	}
	if _, open := with.Spec.Windows[1].Open(time.Date(2026, 1, 1, 23, 0, 0, 0, time.UTC)); !open {
		t.Error("the window does not open")
	}
}
