package plant_test

import (
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/plant"
)

// TestResourceQuota: pods beyond the quota do not exist, and terminating pods count towards it.
func TestResourceQuota(t *testing.T) {
	p := build(t, 3, func(c *plant.Config) { c.Quota, c.Pod.Drain = 5, 10*time.Second })
	p.Scale(8)
	var o engine.Observation
	p.Observe(&o, nil)
	if o.SpecReplicas != 8 || o.StatusReplicas != 5 || len(o.Pods) != 5 {
		t.Errorf("%d of %d replicas, %d pods", o.StatusReplicas, o.SpecReplicas, len(o.Pods))
	}
	if m := run(p, 1, 0); m.Blocked != 3 || m.Starting != 2 || m.Ready != 3 {
		t.Errorf("beyond the quota: %+v", m)
	}
	run(p, 10, 0) // all five are ready
	p.Scale(2)    // three drain
	p.Scale(5)
	if m := run(p, 1, 0); m.Pods != 5 || m.Ready != 2 || m.Blocked != 3 {
		t.Errorf("while pods terminate: %+v", m)
	}
	run(p, 1, 0)
	if m := run(p, 1, 0); m.Pods != 5 || m.Starting != 3 || m.Blocked != 0 {
		t.Errorf("after they have terminated: %+v", m)
	}
}

// TestImage: the first pod of a node waits for the image, the others of that node for the same pull. Pods of later nodes do so, too.
func TestImage(t *testing.T) {
	p := build(t, 1, func(c *plant.Config) {
		c.Nodes = plant.Nodes{Pods: 3, Least: 1, Most: 2, Delay: plant.Duration{Median: 30 * time.Second}}
		c.Pod.Image.Median = time.Minute
	})
	p.Scale(5) // two on the first node, in 20 s; two on the next, in 30+60+20 s
	for _, want := range []struct{ steps, ready, starting, blocked int }{
		{1, 1, 2, 2}, {4, 3, 0, 2}, {2, 3, 2, 0}, {15, 3, 2, 0}, {1, 5, 0, 0},
	} {
		if m := run(p, want.steps, 0); m.Ready != want.ready || m.Starting != want.starting || m.Blocked != want.blocked {
			t.Errorf("at %s: %+v, want %+v", m.At, m, want)
		}
	}
}

// TestImageWithoutNodes: each pod has a node without the image.
func TestImageWithoutNodes(t *testing.T) {
	p := build(t, 1, func(c *plant.Config) { c.Pod.Image.Median = time.Minute })
	p.Scale(2)
	if m := run(p, 16, 0); m.Ready != 1 || m.Starting != 1 {
		t.Errorf("before the end of the pull and the start: %+v", m)
	}
	if m := run(p, 1, 0); m.Ready != 2 {
		t.Errorf("after them: %+v", m)
	}
}

// TestCrashLoop: a container that fails at the end of each start, which takes ten seconds, waits for 10, 20 and 40 seconds. The first pods of
// a plant are sound.
func TestCrashLoop(t *testing.T) {
	p := build(t, 1, func(c *plant.Config) { c.Pod.CrashLoops = 1 })
	p.Scale(2)
	for _, want := range []struct {
		steps   int
		blocked int
	}{{4, 0}, {2, 1}, {2, 0}, {4, 1}, {2, 0}, {8, 1}, {2, 0}, {1, 1}} {
		for range want.steps {
			if m := run(p, 1, 0); m.Ready != 1 || m.Blocked != want.blocked || m.Starting != 1-want.blocked {
				t.Fatalf("at %s: %+v, want %d blocked pods", m.At, m, want.blocked)
			}
		}
	}
	p.Scale(1) // a pod of 26 steps is wasted
	if m := run(p, 1, 0); m.Wasted != 125 {
		t.Errorf("%g pod seconds are wasted", m.Wasted)
	}
}

// TestStartFails: with a share of failing starts, all pods become ready in the end.
func TestStartFails(t *testing.T) {
	p := build(t, 1, func(c *plant.Config) { c.Pod.StartFails = 0.5 })
	p.Scale(21)
	if m := run(p, 5, 0); m.Ready < 5 || m.Ready > 17 || m.Blocked+m.Ready != 21 {
		t.Errorf("after the first starts: %+v", m)
	}
	if m := run(p, 360, 0); m.Ready != 21 {
		t.Errorf("after half an hour: %+v", m)
	}
}

// TestAddedNodes: an administrator adds nodes beyond the maximum, and they stay.
func TestAddedNodes(t *testing.T) {
	p := build(t, 2, func(c *plant.Config) {
		c.Nodes = plant.Nodes{Pods: 2, Least: 1, Most: 1, Added: []plant.AddedNodes{{At: time.Minute, Count: 2}}}
	})
	p.Scale(9)
	if m := run(p, 12, 0); m.Nodes != 1 || m.Ready != 2 || m.Blocked != 7 {
		t.Errorf("before: %+v", m)
	}
	if m := run(p, 5, 0); m.Nodes != 3 || m.Ready != 6 || m.Blocked != 3 {
		t.Errorf("after: %+v", m)
	}
	p.Scale(0)
	if m := run(p, 60, 0); m.Nodes != 3 {
		t.Errorf("without pods: %+v", m)
	}
}

// TestStartUpTimesAreBounded: no start is shorter or longer than the bounds of a wide distribution, which has both tails.
func TestStartUpTimesAreBounded(t *testing.T) {
	p := build(t, 0, func(c *plant.Config) {
		c.Pod.Start = plant.Duration{Median: time.Minute, Sigma: 3, Least: 10 * time.Second, Most: 5 * time.Minute}
	})
	p.Scale(100)
	if m := run(p, 2, 0); m.Ready != 0 {
		t.Errorf("before the minimum %d are ready", m.Ready)
	}
	if m := run(p, 1, 0); m.Ready < 5 || m.Ready > 60 {
		t.Errorf("at the minimum %d are ready", m.Ready)
	}
	if m := run(p, 57, 0); m.Ready > 95 {
		t.Errorf("before the maximum %d are ready", m.Ready)
	}
	if m := run(p, 1, 0); m.Ready != 100 {
		t.Errorf("at the maximum %d are ready", m.Ready)
	}
}
