package sim

import (
	"os"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/plant"
)

const examplePlant = "../../../../docs/examples/plant.yaml"

// FuzzPlant: no text makes the parser panic, and every plant that it accepts runs.
func FuzzPlant(f *testing.F) {
	text, err := os.ReadFile(examplePlant)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	for _, wrong := range []string{"", "pod: {rate: 0}", "step: 1ns", "metrics: {window: 1h, every: 5s}", "pod: {start: {median: 1ns, sigma: 5}}", "pod: {failsAfter: 1ns}"} {
		f.Add(wrong)
	}
	metrics := []engine.Metric{
		{Type: engine.External, Name: "requests", TargetType: engine.AverageValue, Target: 1},
		{Type: engine.Resource, Name: "cpu", TargetType: engine.Utilization, Target: 1},
	}
	f.Fuzz(func(t *testing.T, text string) {
		config, err := parsePlant([]byte(text))
		if err != nil {
			return
		}
		p, err := plant.New(*config, time.Unix(0, 0), 3, 1)
		if err != nil {
			t.Fatalf("plant.New rejects an accepted plant: %v", err)
		}
		var seen engine.Observation
		for step := range 30 {
			p.Scale(int32(step % 7))
			m := p.Advance(100, true)
			p.Observe(&seen, metrics)
			if !(m.Served >= 0) || !(m.Backlog >= 0) || m.Ready > m.Pods {
				t.Fatalf("%+v", m)
			}
		}
	})
}
