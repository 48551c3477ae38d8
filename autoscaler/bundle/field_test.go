package bundle_test

import (
	"fmt"
	"strings"
	"testing"

	"flyball.dev/flyball/autoscaler/bundle"
	"flyball.dev/flyball/autoscaler/engine"
)

// dampedBundle is a target with 12 replicas that has been held for a quarter of an hour, and one reading of its only metric.
// The places are: minReplicas, the metric, the damping, the reading.
const dampedBundle = `
apiVersion: autoscaling.flyball.dev/v1alpha1
kind: DecisionBundle
time: 2026-06-01T09:00:00Z
autoscaler:
  metadata: {namespace: depot, name: sorter}
  spec:
    scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: sorter}
    minReplicas: %d
    maxReplicas: 50
    metrics: [%s]
    damping: {%s}
state:
  recommendations: [{replicas: 12, time: 2026-06-01T08:59:45Z}]
  damping: {time: 2026-06-01T08:59:45Z, replicas: 12, trusted: 12, level: 12, usual: 12, hpaReplicas: 12, ready: [{time: 2026-06-01T08:45:00Z, pods: 12}], needs: [{time: 2026-06-01T08:59:45Z, replicas: 11.5}]}
observation:
  specReplicas: 12
  statusReplicas: 12
  pods: [%s]
  readings: [%s]
`

// TestOneReadingOfZeroIsHeld: a load of 0, or below, is held as any other low load is, whatever the metric, profile, hold and
// minimum.
func TestOneReadingOfZeroIsHeld(t *testing.T) {
	const pods = 12
	list := func(one string) string { return "[" + strings.Repeat(one+", ", pods-1) + one + "]" }
	samples := func(value string) string {
		return "{samples: " + list(fmt.Sprintf(`{value: "%s", time: 2026-06-01T08:59:55Z}`, value)) + "}"
	}
	shares := func(value string) string {
		return strings.TrimSuffix(samples(value), "}") + ", requests: " + list(`"1"`) + "}"
	}
	whole := func(value string) string { return fmt.Sprintf(`{value: "%s", time: 2026-06-01T08:59:55Z}`, value) }
	metrics := map[string]struct {
		spec    string
		reading func(string) string
	}{
		"External":       {`{type: External, external: {metric: {name: parcels}, target: {type: AverageValue, averageValue: "20"}}}`, whole},
		"External Value": {`{type: External, external: {metric: {name: parcels}, target: {type: Value, value: "20"}}}`, whole},
		"Prometheus":     {`{type: Prometheus, prometheus: {query: sum(parcels), target: {type: AverageValue, averageValue: "20"}}}`, whole},
		"Object":         {`{type: Object, object: {metric: {name: hits}, describedObject: {kind: Service, name: s}, target: {type: Value, value: "20"}}}`, whole},
		"CPU":            {`{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}}`, shares},
		"Pods":           {`{type: Pods, pods: {metric: {name: rate}, target: {type: AverageValue, averageValue: "20"}}}`, samples},
	}
	var ready []string
	for i := range pods {
		ready = append(ready, fmt.Sprintf("{name: p%d, started: 2026-06-01T08:00:00Z, readySince: 2026-06-01T08:00:10Z}", i))
	}
	for name, metric := range metrics {
		for _, damping := range []string{"", "profile: Thrifty", "profile: Responsive", "profile: Steady", "profile: None", "profile: None, hold: 5m", "hold: 1m"} {
			for _, value := range []string{"0", "-7", "1m"} {
				for _, least := range []int{0, 2} {
					if least == 0 && (name == "CPU" || name == "Pods") {
						continue // zero needs a metric that is measured without pods
					}
					t.Run(fmt.Sprintf("%s/%s/%s/%d", name, damping, value, least), func(t *testing.T) {
						text := fmt.Sprintf(dampedBundle, least, metric.spec, damping, strings.Join(ready, ", "), metric.reading(value))
						if d := replayed(t, text); d.Desired != 12 {
							t.Errorf("12 → %d with one reading of %s: %+v", d.Desired, value, d.Steps)
						}
					})
				}
			}
		}
	}
}

func replayed(t *testing.T, text string) engine.Decision {
	t.Helper()
	b, err := bundle.Unmarshal([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	d, _, err := bundle.Replay(b)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
