package sim_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/plant"
)

// TestStartScores: every value is worked out by hand. Each moment is a minute.
func TestStartScores(t *testing.T) {
	for name, tc := range map[string]struct {
		moments []plant.Moment
		want    sim.StartScores
	}{
		"nothing": {nil, sim.StartScores{}},
		"a step": {[]plant.Moment{
			{Known: true, Replicas: 4, Ready: 4, Demand: 4},
			{Known: true, Replicas: 6, Ready: 4, Starting: 2, Demand: 8},              // short
			{Known: true, Replicas: 16, Ready: 6, Starting: 4, Blocked: 6, Demand: 8}, // short, and twice the demand
			{Known: true, Replicas: 9, Ready: 9, Demand: 8, Wasted: 180},
			{Known: true, Replicas: 9, Ready: 7, Demand: 8}, // short again, for less time
		}, sim.StartScores{
			TimeToServeSeconds: 120, PeakReplicas: 16, PeakDemand: 8, Runaway: 100,
			StartingPodHours: 6.0 / 60, BlockedPodHours: 6.0 / 60, WastedPodHours: 3.0 / 60,
		}},
		"runaway is relative to the demand until then": {[]plant.Moment{
			{Known: true, Replicas: 6, Ready: 6, Demand: 4}, {Known: true, Replicas: 12, Ready: 12, Demand: 12},
		}, sim.StartScores{PeakReplicas: 12, PeakDemand: 12, Runaway: 50}},
		"bounds": {[]plant.Moment{
			{Known: true, Replicas: 2, Ready: 2}, {Known: true, Replicas: 20, Ready: 20, Demand: 90},
		}, sim.StartScores{PeakReplicas: 20, PeakDemand: 20}},
		"a gap": {[]plant.Moment{
			{Known: true, Replicas: 2, Ready: 2, Demand: 3}, {Replicas: 9, Ready: 2, Starting: 7, Demand: 9}, {Known: true, Replicas: 3, Ready: 2, Demand: 3},
		}, sim.StartScores{TimeToServeSeconds: 60, PeakReplicas: 3, PeakDemand: 3}},
	} {
		t.Run(name, func(t *testing.T) {
			c := sim.NewStartCounter(2, 20)
			for i := range tc.moments {
				tc.moments[i].Length = time.Minute
				c.Add(&tc.moments[i])
			}
			if diff := cmp.Diff(tc.want, c.Scores(), cmpopts.EquateApprox(1e-9, 1e-12)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
