package plant_test

import (
	"math"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/plant"
)

// TestOutage freezes the metrics of 10 pods for 30 s while the load rises from 50 to 80, with and without a gap in the series.
func TestOutage(t *testing.T) {
	const begins, ends, window = 100 * time.Second, 130 * time.Second, 20 * time.Second
	metrics := []engine.Metric{
		{Type: engine.External, Name: "rate", TargetType: engine.AverageValue},
		{Type: engine.External, Name: "busy", TargetType: engine.Value},
		{Type: engine.Pods, Name: "served", TargetType: engine.AverageValue},
	}
	units := []float64{1000, 10, 100} // of one unit of load
	for name, gap := range map[string]bool{"with a gap": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			p := build(t, 10, func(c *plant.Config) {
				c.Metrics.Outages = []plant.Outage{{At: begins, For: ends - begins, Gap: gap}}
				c.Metrics.Signals = map[string]plant.Signal{"busy": plant.SignalBusy}
			})
			run(p, int(begins/(5*time.Second)), 50)
			var observed engine.Observation
			for ; p.Now() < ends+2*window; run(p, 1, 80) {
				p.Observe(&observed, metrics)
				for i, unit := range units {
					value, instant, partial, cause := valueOf(&observed.Readings[i])
					now, load := p.Now(), value/unit
					switch {
					case now < ends:
						if math.Abs(load-50) > 0.01 || instant.After(noon.Add(begins)) || cause == "" || partial {
							t.Errorf("%s, metric %d: load %g at %s, partial %t, cause %q", now, i, load, instant, partial, cause)
						}
					case gap && now < ends+window-5*time.Second:
						if tooFew := now < ends+10*time.Second && value == 0; !tooFew && (!partial || load >= 80) || cause != "" {
							t.Errorf("%s, metric %d: load %g, partial %t, cause %q; want a partial one below 80", now, i, load, partial, cause)
						}
					case now >= ends+window:
						if math.Abs(load-80) > 0.01 || partial || cause != "" {
							t.Errorf("%s, metric %d: load %g, partial %t, cause %q; want 80", now, i, load, partial, cause)
						}
					}
				}
			}
		})
	}
}

// valueOf is the value of the target, or of its first pod.
func valueOf(r *engine.Reading) (value float64, instant time.Time, partial bool, cause string) {
	if len(r.Pods) > 0 {
		return float64(r.Pods[0].Value), r.Pods[0].Time, r.Pods[0].Partial != "", r.RefreshError
	}
	return float64(r.Value), r.Time, r.Partial != "", r.RefreshError
}
