package trial

import (
	"math"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/history"
	"flyball.dev/flyball/autoscaler/policy"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

const (
	query = `{type: Prometheus, prometheus: {query: 'sum(rate(http_requests_total[1m]))', target: {type: AverageValue, averageValue: "10"}}}`
	cpu   = `{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}`
)

func autoscaler(t *testing.T, metrics string) *v1alpha1.HorizontalAutoscaler {
	t.Helper()
	ha := &v1alpha1.HorizontalAutoscaler{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"}}
	err := yaml.UnmarshalStrict([]byte(`{scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, minReplicas: 1, maxReplicas: 50, metrics: [`+metrics+`]}`), &ha.Spec)
	if err != nil {
		t.Fatal(err)
	}
	return ha
}

// hour has an hour of a load, in replicas at their target, that rises from 4 to 10 after 20 minutes, with a point each minute.
func hour() []history.Point {
	var points []history.Point
	for i := range 60 {
		p := history.Point{Time: noon.Add(time.Duration(i) * time.Minute), Decided: true, Current: 4, Desired: 4, Serving: 4, Min: 1, Max: 50, Load: 3.9}
		if i >= 20 {
			p.Current, p.Desired, p.Serving, p.Load = 10, 10, 10, 9.9
		}
		points = append(points, p)
	}
	return points
}

func TestChangedTargetChangesReplicas(t *testing.T) {
	for name, test := range map[string]struct{ metric, target, gone, fresh string }{
		"query": {query, "20", `averageValue: "10"`, `averageValue: "20"`},
		"cpu":   {cpu, "100", "averageUtilization: 50", "averageUtilization: 100"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Run(autoscaler(t, test.metric), policy.StandardDefaults(), hour(), noon.Add(time.Hour), Change{Target: test.target}, 2)
			if err != nil {
				t.Fatal(err)
			}
			// 20 minutes at 4 replicas, and 40 at 10.
			if got := r.Recorded.PodHours; math.Abs(got-8) > 0.05 {
				t.Errorf("recorded are %g pod-hours, want 8", got)
			}
			if got := r.Own.PodHours; math.Abs(got-8) > 0.3 || r.Error > 0.2 {
				t.Errorf("the replay has %g pod-hours and the error %g, want about 8 and 0", got, r.Error)
			}
			if got := r.Changed.PodHours; math.Abs(got-4.2) > 0.4 || *r.Changed.Cost != 2*got {
				t.Errorf("at twice the target the replay has %g pod-hours for %g, want about 4.2", got, *r.Changed.Cost)
			}
			text := ""
			for _, line := range r.Difference {
				text += line.Mark + " " + strings.TrimSpace(line.Text) + "\n"
			}
			if !strings.Contains(text, "- "+test.gone) || !strings.Contains(text, "+ "+test.fresh) || strings.Count(text, "\n- ")+strings.Count(text, "\n+ ") != 2 {
				t.Errorf("the difference is\n%s", text)
			}
		})
	}
}

// TestProfileOfSeveralMetrics is replayed at their highest load; a target of one of them is refused.
func TestProfileOfSeveralMetrics(t *testing.T) {
	ha := autoscaler(t, query+", "+cpu)
	r, err := Run(ha, policy.StandardDefaults(), hour(), noon.Add(time.Hour), Change{Profile: v1alpha1.DampingBalanced}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if r.Changed.PodHours < 7 || r.Changed.Cost != nil || ha.Spec.Damping != nil {
		t.Errorf("got %+v, and the damping %+v of the object", r.Changed, ha.Spec.Damping)
	}
	if _, err := Run(ha, policy.StandardDefaults(), hour(), noon.Add(time.Hour), Change{Target: "5"}, 0); err == nil || !strings.Contains(err.Error(), "2 metrics") {
		t.Errorf("got the error %v", err)
	}
}

// TestUnknownIsNotReplayedAsZero: neither a gap nor an unknown load is one.
func TestUnknownIsNotReplayedAsZero(t *testing.T) {
	points := hour()
	for i := 30; i < 50; i++ {
		points[i].Load = math.NaN()
	}
	points = append(points[:5:5], points[15:]...) // ten minutes without a point
	r, err := Run(autoscaler(t, query), policy.StandardDefaults(), points, noon.Add(time.Hour), Change{Target: "20"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if r.Known < 30*time.Minute || r.Known > 34*time.Minute || r.Own.KnownHours > r.Known.Hours()+0.01 {
		t.Errorf("known are %s, %g hours scored", r.Known, r.Own.KnownHours)
	}
	if r.Error > 0.5 {
		t.Errorf("the replay is off by %g replicas", r.Error)
	}
}

func TestBadChangesAreRefused(t *testing.T) {
	for _, test := range []struct {
		metric string
		change Change
		want   string
	}{
		{query, Change{Target: "x"}, `target: Invalid value: "x": must be a quantity`},
		{query, Change{Target: "-1"}, `target: Invalid value: "-1"`},
		{cpu, Change{Target: "50.5"}, "whole percentage"},
		{query, Change{Profile: "Fast"}, "spec.damping.profile"},
	} {
		if _, err := Run(autoscaler(t, test.metric), policy.StandardDefaults(), hour(), noon.Add(time.Hour), test.change, 0); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: got the error %v, want %q", test.change, err, test.want)
		}
	}
	if _, err := Run(autoscaler(t, query), policy.StandardDefaults(), nil, noon, Change{Target: "5"}, 0); err == nil {
		t.Error("an empty history is replayed")
	}
}

func TestTargetOf(t *testing.T) {
	for metrics, want := range map[string]string{query: "10", cpu: "50", query + ", " + cpu: ""} {
		if got := TargetOf(autoscaler(t, metrics)); got != want {
			t.Errorf("got %q for %s, want %q", got, metrics, want)
		}
	}
}

func BenchmarkRun(b *testing.B) {
	ha := &v1alpha1.HorizontalAutoscaler{}
	if err := yaml.Unmarshal([]byte(`{scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, maxReplicas: 50, metrics: [`+query+`]}`), &ha.Spec); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Run(ha, policy.StandardDefaults(), hour(), noon.Add(time.Hour), Change{Target: "20"}, 0); err != nil {
			b.Fatal(err)
		}
	}
}
