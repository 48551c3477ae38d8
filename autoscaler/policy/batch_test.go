package policy_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/batch"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/policy"
)

// TestBatches compiles batches as they are written, with what holds where they say nothing.
func TestBatches(t *testing.T) {
	const head = `windows: [{name: other, start: "0 12 * * *", duration: 1h, minReplicas: 2}, {name: night, start: "0 22 * * *", duration: 8h, batch: `
	backlog := engine.Metric{Type: engine.External, Name: "q", TargetType: engine.Value, Target: 1000, MaxAge: 10 * time.Minute}
	query := engine.Metric{Type: engine.Prometheus, Query: "come", Compiled: engine.CompiledQuery{Text: "come", Instant: true}, TargetType: engine.Value, Target: 1000, MaxAge: 2 * time.Minute}
	for name, tc := range map[string]struct {
		batch string
		want  engine.Batch
	}{
		"the shortest": {
			"{backlog: {type: External, external: {metric: {name: q}, target: {type: Value, value: 1}}}, throughputPerReplica: {quantity: 250m}}",
			engine.Batch{Window: 1, Backlog: backlog, Plan: batch.Spec{Source: batch.Stated, Rate: 0.25, Margin: 0.2}},
		},
		"all that can be written": {
			`{backlog: {type: External, external: {metric: {name: q}, target: {type: Value, value: 1}}},
arrivals: {type: Prometheus, prometheus: {query: come, target: {type: Value, value: 1}}},
throughputPerReplica: {learned: {initial: 2268u}}, finishBy: 6h, marginPercent: 0, longestItem: 1h, itemSize: 1500m,
busy: {metric: {name: jobs_in_progress, selector: {matchLabels: {kind: report}}}}}`,
			engine.Batch{
				Window: 1, FinishAfter: 6 * time.Hour, Backlog: backlog, Arrivals: query,
				Busy: engine.Metric{Type: engine.Pods, Name: "jobs_in_progress", Selector: "kind=report", MaxAge: 10 * time.Minute},
				Plan: batch.Spec{Source: batch.Learned, Rate: 0.002268, LongestItem: time.Hour, ItemSize: 1.5},
			},
		},
		"without items": {
			"{backlog: {type: External, external: {metric: {name: q}, target: {type: Value, value: 1}}}, throughputPerReplica: {quantity: 1M}, itemSize: 0}",
			engine.Batch{Window: 1, Backlog: backlog, Plan: batch.Spec{Source: batch.Stated, Rate: 1e6, Margin: 0.2, Divisible: true}},
		},
		"measured, by the window's end": {
			`{backlog: {type: External, external: {metric: {name: q}, target: {type: Value, value: 1}}},
throughputPerReplica: {metric: {type: Prometheus, prometheus: {query: come, target: {type: Value, value: 1}}}}, finishBy: WindowEnd}`,
			engine.Batch{Window: 1, Backlog: backlog, Throughput: query, Plan: batch.Spec{Source: batch.Measured, Margin: 0.2}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := policy.Compile(parse(t, target+head+tc.batch+"}]"), policy.StandardDefaults())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]engine.Batch{tc.want}, p.Spec.Batches); diff != "" {
				t.Errorf("batches (-want +got):\n%s", diff)
			}
			if len(p.Spec.Metrics) != 0 || p.Spec.Down.Stabilization != 0 {
				t.Errorf("there are metrics that nobody wrote, or a stabilisation: %+v", p.Spec)
			}
		})
	}
}

// TestABatchInAScaleWindow is one of each autoscaler that the window holds for, and leaves their metrics alone.
func TestABatchInAScaleWindow(t *testing.T) {
	own, err := policy.Compile(parse(t, target+`windows: [{name: other, start: "0 12 * * *", duration: 1h, minReplicas: 2}]`), policy.StandardDefaults())
	if err != nil {
		t.Fatal(err)
	}
	night := parse(t, target+`windows: [{name: night, start: "0 22 * * *", duration: 8h, batch: {backlog: {type: External, external: {metric: {name: q}, target: {type: Value, value: 1}}}, throughputPerReplica: {quantity: 1}}}]`).Spec.Windows[0]
	w, err := policy.CompileScaleWindow(&v1alpha1.ScaleWindow{
		ObjectMeta: metav1.ObjectMeta{Name: "night"},
		Spec:       v1alpha1.ScaleWindowSpec{Targets: []v1alpha1.WindowTarget{{Kind: "HorizontalAutoscaler", Name: "web"}}, Window: night.Window},
	}, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	with := own.With([]*policy.ScaleWindow{w})
	if len(with.Spec.Batches) != 1 || with.Spec.Batches[0].Window != 1 || with.Spec.Batches[0].Backlog.MaxAge != 10*time.Minute {
		t.Errorf("batches are %+v", with.Spec.Batches)
	}
	if len(with.Spec.Metrics) != 1 || len(own.Spec.Batches) != 0 {
		t.Errorf("metrics are %+v, and the own batches %+v", with.Spec.Metrics, own.Spec.Batches)
	}
}

// TestHowPodsGoIsTheTargetsKinds: a StatefulSet has an order of its own, and a Job waits by itself, with all that are ready.
func TestHowPodsGoIsTheTargetsKinds(t *testing.T) {
	const night = `windows: [{name: night, start: "0 22 * * *", duration: 8h, batch: {busy: {metric: {name: jobs}},
backlog: {type: External, external: {metric: {name: q}, target: {type: Value, value: 1}}}, throughputPerReplica: {quantity: 1}}}]`
	for kind, tc := range map[string]struct{ looks, byOrdinal, stays bool }{
		"{apiVersion: apps/v1, kind: Deployment, name: web}":           {looks: true},
		"{apiVersion: apps/v1, kind: ReplicaSet, name: web}":           {looks: true},
		"{apiVersion: argoproj.io/v1alpha1, kind: Rollout, name: web}": {looks: true},
		"{apiVersion: apps/v1, kind: StatefulSet, name: web}":          {looks: true, byOrdinal: true},
		"{apiVersion: example.com/v1, kind: StatefulSet, name: web}":   {looks: true},
		"{apiVersion: batch/v1, kind: Job, name: web}":                 {stays: true},
	} {
		p, err := policy.Compile(parse(t, "scaleTargetRef: "+kind+"\nmaxReplicas: 9\n"+night), policy.StandardDefaults())
		if err != nil {
			t.Fatal(err)
		}
		if b := p.Spec.Batches[0]; b.Busy.Exists() != tc.looks || b.ByOrdinal != tc.byOrdinal || b.Plan.Stays != tc.stays {
			t.Errorf("%s: %+v", kind, b)
		}
	}
}
