package engine_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
	"flyball.dev/flyball/autoscaler/engine"
)

// TestDampedTargetsReachZero: after hours of a load with peaks, a value at or below its activation value, 0 included, scales each
// profile to zero at the end of the hold, and no sooner. The cost bound can shorten the hold at any time of it, so zero comes after
// the hold in force at its time, and until the longest one.
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
			var zero, shortest, longest time.Duration
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
				if !now.Before(quiet) && d.Damped {
					longest = max(longest, d.Damping.Hold)
					shortest = d.Damping.Hold
				}
				if replicas == 0 {
					zero = now.Sub(quiet)
				}
			}
			if zero < shortest-15*time.Second || zero > longest+time.Minute || shortest == 0 {
				t.Errorf("%s, a value of %dm: zero after %s, and the hold is %s, and was %s", name, trickle, zero, shortest, longest)
			}
		}
	}
}
