package engine_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
)

// TestDampedTargetsReachZero: after hours of a load with peaks, a value at or below its activation value, 0 included, scales each
// profile to zero at the end of the hold in force, which the cost bound can shorten, and no sooner.
func TestDampedTargetsReachZero(t *testing.T) {
	for name, profile := range map[string]damping.Spec{
		"balanced": damping.Balanced(), "responsive": damping.Responsive(), "thrifty": damping.Thrifty(), "steady": damping.Steady(),
	} {
		for _, trickle := range []int64{0, 51, 5000} {
			g := rand.New(rand.NewPCG(3, 4))
			s := spec(activated("share", engine.AverageValue))
			s.MaxReplicas, s.Damping = 100, &profile
			var state engine.State
			replicas, quiet := int32(1), noon.Add(6*time.Hour)
			var zero, hold time.Duration
			for now := noon; now.Before(quiet.Add(2*time.Hour)) && zero == 0; now = now.Add(15 * time.Second) {
				value := trickle
				if now.Before(quiet) {
					value = 60_000 + g.Int64N(20_000)
					if now.Sub(noon)%(20*time.Minute) < 3*time.Minute {
						value *= 3
					}
				}
				seen := &engine.Observation{SpecReplicas: replicas, Pods: pods(int(replicas)), Readings: []engine.Reading{{Value: value, Time: now}}}
				var d engine.Decision
				if d, state = engine.Decide(s, state, seen, now); d.Desired != replicas {
					state, replicas = engine.RecordScale(state, &d, now), d.Desired
				}
				if replicas == 0 {
					zero, hold = now.Sub(quiet), d.Damping.Hold
				}
			}
			if zero < hold-15*time.Second || zero > hold+time.Minute || hold == 0 {
				t.Errorf("%s, a value of %dm: zero after %s, and the hold is %s", name, trickle, zero, hold)
			}
		}
	}
}
