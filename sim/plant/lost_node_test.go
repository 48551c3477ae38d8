package plant_test

import (
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/plant"
)

// TestLostNode: the oldest pods stop at once, seem ready for 50 seconds, are found lost, and are replaced after five more minutes. A scale-in
// takes them first only once they are found.
func TestLostNode(t *testing.T) {
	lose := func(c *plant.Config) {
		c.Nodes = plant.Nodes{Pods: 2, Least: 3, Most: 3, Lost: []plant.LostNodes{{At: 10 * time.Second, Count: 1}}}
	}
	p := build(t, 4, lose)
	for _, want := range []struct{ steps, pods, ready, blocked, seemReady, found int }{
		{2, 4, 4, 0, 2 + 2, 0}, {1, 4, 2, 2, 2 + 2, 0}, {9, 4, 2, 2, 2, 2}, {60, 4, 2, 2, 2, 0}, {10, 4, 4, 0, 4, 0},
	} {
		m := run(p, want.steps, 0)
		if m.Pods != want.pods || m.Ready != want.ready || m.Blocked != want.blocked {
			t.Errorf("at %s: %+v, want %+v", m.At, m, want)
		}
		seemReady, found := seen(p)
		if seemReady != want.seemReady || found != want.found {
			t.Errorf("at %s: %d seem ready and %d are found lost, want %+v", p.Now(), seemReady, found, want)
		}
	}

	p = build(t, 4, lose)
	run(p, 4, 0)
	p.Scale(3) // a lost pod seems ready, and the youngest one leaves
	if m := run(p, 1, 0); m.Ready != 1 || m.Blocked != 2 {
		t.Errorf("after a scale-in before the node is found lost: %+v", m)
	}
	run(p, 10, 0)
	p.Scale(1)
	if m := run(p, 1, 0); m.Ready != 1 || m.Blocked != 0 || m.Pods != 1 {
		t.Errorf("after a scale-in of lost pods: %+v", m)
	}
}

// TestSharedNodesAreNotLost: pods of several plants have no order by age.
func TestSharedNodesAreNotLost(t *testing.T) {
	_, err := plant.NewPool(plant.Nodes{Pods: 2, Most: 3, Lost: []plant.LostNodes{{Count: 1}}})
	if want := "nodes.lost has 1 items: it must be empty for nodes that several plants share"; err == nil || err.Error() != want {
		t.Errorf("the error is %v, want %s", err, want)
	}
}

// seen returns how many pods the API shows as ready, and as lost.
func seen(p *plant.Plant) (ready, found int) {
	var o engine.Observation
	p.Observe(&o, nil)
	for i := range o.Pods {
		if o.Pods[i].Readiness == engine.Ready {
			ready++
		}
		if o.Pods[i].Lost {
			found++
		}
	}
	return ready, found
}
