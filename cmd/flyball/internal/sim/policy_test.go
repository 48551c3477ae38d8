package sim

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/plant"
)

// TestPolicyHPAIsUpstreams controller: without behavior and without corrections.
func TestPolicyHPAIsUpstreams(t *testing.T) {
	pods := plant.Defaults()
	for metric, want := range map[string]engine.Metric{
		"rate": {Type: engine.External, Name: "rate", TargetType: engine.AverageValue, Target: 7000},
		"cpu":  {Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization, Target: 70},
	} {
		hpa, err := readPolicy("hpa", baseline{metric: metric, target: 70, min: 2, max: 200}, &pods)
		if err != nil {
			t.Fatal(err)
		}
		spec := hpa.spec
		if diff := cmp.Diff([]engine.Metric{want}, spec.Metrics); diff != "" {
			t.Error(diff)
		}
		if spec.HasBehavior || spec.Without != engine.AllCorrections || spec.Down.Stabilization != 5*time.Minute || spec.MinReplicas != 2 || spec.MaxReplicas != 200 {
			t.Errorf("the spec is %+v", spec)
		}
	}
}
