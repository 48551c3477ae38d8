package peers_test

import (
	"fmt"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/invariant"
	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/peers"
	"flyball.dev/flyball/sim/plant"
)

// checked is an engine whose decisions an invariant.Checker checks.
type checked struct {
	*sim.Engine
	checker invariant.Checker
	last    *engine.Decision
	err     error
}

func (c *checked) Decide(o *engine.Observation, now time.Time) *engine.Decision {
	c.last = c.Engine.Decide(o, now)
	if err := c.checker.Check(c.Spec, o, c.last); err != nil && c.err == nil {
		c.err = fmt.Errorf("%s: %w", now, err)
	}
	return c.last
}

func (c *checked) Applied(now time.Time) {
	c.checker.RecordScale(c.last, now)
	c.Engine.Applied(now)
}

// TestNoDecisionViolatesAnInvariant: a simulated day of each engine's policy on loads that stop, jump and swing.
func TestNoDecisionViolatesAnInvariant(t *testing.T) {
	loads := map[string]load.Load{
		"stops":  load.OnOff(200, 0, 40*time.Minute, 3*time.Minute),
		"spikes": load.Noise(load.Spikes(20, 300, time.Hour, 2*time.Minute), 0.2, time.Minute, 1),
		"swings": load.Sum(load.Diurnal(10, 150, 6*time.Hour), load.Sawtooth(0, 100, 25*time.Minute)),
	}
	for _, policy := range peers.All() {
		for name, offered := range loads {
			for _, metric := range []peers.Metric{peers.Rate, peers.CPU} {
				t.Run(fmt.Sprintf("%s/%s/%v", policy.Name, name, metric), func(t *testing.T) {
					own, ok := policy.New(peers.Goal{Metric: metric, Busy: 0.7, PodRate: 10, Min: 1, Max: 60}).(*sim.Engine)
					if !ok {
						t.Skip("the policy is another one than the engine's")
					}
					c := &checked{Engine: own}
					s, err := sim.New(sim.Config{
						Policy: c, Plant: plant.Defaults(), Load: offered, Replicas: 3, Seed: 1, Begin: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC),
					})
					if err != nil {
						t.Fatal(err)
					}
					if s.Run(24*time.Hour, func(*sim.Step) {}); c.err != nil {
						t.Error(c.err)
					}
				})
			}
		}
	}
}
