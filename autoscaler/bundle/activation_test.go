package bundle_test

import (
	"fmt"
	"testing"

	"flyball.dev/flyball/autoscaler/bundle"
)

// trickleBundle has minReplicas, the stabilization window, the age of a recommendation of one replica and the value left open.
const trickleBundle = `
apiVersion: autoscaling.flyball.dev/v1alpha1
kind: DecisionBundle
time: 2026-03-02T12:00:00Z
autoscaler:
  metadata: {namespace: media, name: converter}
  spec:
    scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: converter}
    minReplicas: %d
    maxReplicas: 20
    metrics:
    - {type: Prometheus, prometheus: {query: "sum(rate(files[1m]))", activationValue: "1", target: {type: AverageValue, averageValue: "140"}}}
    behavior: {scaleDown: {stabilizationWindowSeconds: %d}}
state:
  recommendations: [{replicas: 1, time: %q}]
observation:
  specReplicas: 1
  readings: [{value: %q, time: 2026-03-02T11:59:55Z}]
  pods: [{name: p1, started: 2026-03-02T09:00:00Z, readySince: 2026-03-02T09:00:10Z}]
`

// TestATrickleGoesToZero: a value at or below its activation value keeps no replica once stabilization has passed.
func TestATrickleGoesToZero(t *testing.T) {
	const long, lately = "2026-03-02T11:50:00Z", "2026-03-02T11:59:00Z"
	for _, tc := range []struct {
		minimum, stabilization int
		since, value           string
		want                   int32
	}{
		{0, 0, long, "51m", 0},
		{0, 0, long, "1", 0},
		{0, 0, long, "1001m", 1},
		{0, 0, lately, "51m", 0},
		{0, 300, long, "51m", 0},
		{0, 300, lately, "51m", 1},
		{1, 0, long, "51m", 1},
	} {
		b, err := bundle.Unmarshal(fmt.Appendf(nil, trickleBundle, tc.minimum, tc.stabilization, tc.since, tc.value))
		if err != nil {
			t.Fatal(err)
		}
		d, _, err := bundle.Replay(b)
		if err != nil {
			t.Fatal(err)
		}
		if d.Desired != tc.want {
			t.Errorf("%+v: 1 → %d: %+v", tc, d.Desired, d.Steps)
		}
	}
}
