package sim_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim"
	"flyball.dev/flyball/sim/load"
	"flyball.dev/flyball/sim/peers"
	"flyball.dev/flyball/sim/plant"
)

// TestOldPlantsAreUnchanged: a plant without a quota, images and failing starts gives the bytes that it gave before it had them.
// The sums were computed by the simulator of that time. Another architecture can round otherwise.
func TestOldPlantsAreUnchanged(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*plant.Config)
		want   string
	}{
		"defaults": {func(*plant.Config) {}, "fdbce340d958f5a1"},
		"nodes": {func(c *plant.Config) {
			c.Nodes = plant.Nodes{Pods: 4, Least: 1, Most: 6, Delay: plant.Duration{Median: 90 * time.Second, Sigma: 0.3}, Keep: 5 * time.Minute}
			c.Room = 3000
		}, "8cf3b792b1b2bf3b"},
		"failures and noise": {func(c *plant.Config) {
			c.Pod.FailsAfter, c.Pod.Drain, c.Pod.WarmUp, c.Pod.WarmFrom = 20*time.Minute, 30*time.Second, time.Minute, 0.5
			c.Metrics.Noise, c.Metrics.Loss = 0.05, 0.1
			c.Metrics.Faults = []plant.Fault{{At: time.Hour, For: time.Minute, Factor: 0}}
			c.Metrics.Outages = []plant.Outage{{At: 2 * time.Hour, For: 2 * time.Minute, Gap: true}}
		}, "8540de6450092097"},
	} {
		t.Run(name, func(t *testing.T) {
			config := plant.Defaults()
			tc.change(&config)
			if got := sumOf(t, config); got != tc.want {
				t.Errorf("the run has the sum %s, want %s", got, tc.want)
			}
		})
	}
}

// sumOf is the checksum of four hours with an HPA, by either metric, in all fields that a moment and an observation had.
func sumOf(t *testing.T, config plant.Config) string {
	t.Helper()
	var seen bytes.Buffer
	for _, metric := range peers.Metrics() {
		policy := &sim.Engine{Spec: peers.HPA(peers.Goal{Metric: metric, Busy: 0.7, PodRate: 10, Min: 2, Max: 40})}
		policy.Watch = func(_ *engine.State, o *engine.Observation, d *engine.Decision) { writeSeen(&seen, o, d) }
		s, err := sim.New(sim.Config{
			Policy: policy, Plant: config, Load: load.Noise(load.Sawtooth(20, 150, 40*time.Minute), 0.1, time.Minute, 3),
			Begin: time.Unix(1_700_000_000, 0).UTC(), Replicas: 4, Seed: 7,
		})
		if err != nil {
			t.Fatal(err)
		}
		counter := sim.NewCounter(2, 40)
		s.Run(4*time.Hour, func(step *sim.Step) {
			m := &step.Moment
			counter.Add(m)
			fmt.Fprintln(&seen, m.At, m.Rate, m.Replicas, m.Pods, m.Ready, m.Nodes, m.Capacity, m.Busy, m.Arrived, m.Served, m.Dropped, m.Backlog, m.Wait, m.Demand)
		})
		fmt.Fprintf(&seen, "%+v\n", counter.Scores())
	}
	sum := sha256.Sum256(seen.Bytes())
	return fmt.Sprintf("%x", sum[:8])
}

func writeSeen(w *bytes.Buffer, o *engine.Observation, d *engine.Decision) {
	fmt.Fprintln(w, o.SpecReplicas, o.StatusReplicas, d.Current, d.Desired)
	for i := range o.Pods {
		p := &o.Pods[i]
		fmt.Fprintln(w, p.Phase, p.Readiness, p.ReadySince, p.Started, p.Deleting)
	}
	for i := range o.Readings {
		r := &o.Readings[i]
		fmt.Fprintln(w, r.Problem, r.Value, r.Time, r.Window, r.Partial, r.RefreshError, r.Requests)
		for _, s := range r.Pods {
			fmt.Fprintln(w, s.Known, s.Value, s.Time, s.Window, s.Partial)
		}
	}
}
