package plant_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/plant"
)

// calm is a plant without chance: pods start in 20 seconds, and are scraped every 5.
func calm(change func(*plant.Config)) plant.Config {
	c := plant.Defaults()
	c.Pod.Start = plant.Duration{Median: 20 * time.Second}
	c.Metrics = plant.Metrics{Every: 5 * time.Second, Window: 20 * time.Second}
	if change != nil {
		change(&c)
	}
	return c
}

func build(t *testing.T, replicas int32, change func(*plant.Config)) *plant.Plant {
	t.Helper()
	p, err := plant.New(calm(change), noon, replicas, 1)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// run gives the last moment of so many steps of five seconds.
func run(p *plant.Plant, steps int, rate float64) (m plant.Moment) {
	for range steps {
		m = p.Advance(rate, true)
	}
	return m
}

// TestOverload: 20 units a second for a pod that can do 10. It falls behind by 10 a second, and what comes last waits for
// all of that.
func TestOverload(t *testing.T) {
	p := build(t, 1, nil)
	m := run(p, 6, 20)
	if m.Backlog != 300 || m.Served != 50 || m.Busy != 1 || !m.Late {
		t.Errorf("after half a minute: %+v", m)
	}
	if mean := 275.0 / 10; math.Abs(m.Wait-3*mean) > 30 || m.Wait < 3*mean {
		t.Errorf("the wait is %g, and the backlog alone makes it %g", m.Wait, 3*mean)
	}
	p.Scale(4) // ready after 20 seconds, in which 200 more have come; then 40 a second are done
	if m = run(p, 4, 20); m.Backlog != 500 || m.Ready != 1 {
		t.Errorf("before the new pods are ready: %+v", m)
	}
	if m = run(p, 5, 20); m.Backlog != 0 || m.Ready != 4 || m.Served != 200 {
		t.Errorf("after 25 seconds with them: %+v", m)
	}
	if m = run(p, 1, 20); m.Late || m.Busy != 0.5 {
		t.Errorf("with nothing left behind: %+v", m)
	}
}

func TestNobodyServes(t *testing.T) {
	p := build(t, 0, nil)
	if m := run(p, 1, 0); m.Late || m.Wait != 0 {
		t.Errorf("nobody waits for nothing: %+v", m)
	}
	if m := run(p, 1, 1); !m.Late || !math.IsInf(m.Wait, 1) || m.Demand != 1 {
		t.Errorf("one waits for nobody: %+v", m)
	}
}

func TestRoom(t *testing.T) {
	p := build(t, 1, func(c *plant.Config) { c.Room = 30 })
	if m := run(p, 1, 20); m.Backlog != 30 || m.Dropped != 20 {
		t.Errorf("%+v", m)
	}
}

// TestBacklog: without a bound nothing is ever late, and as many pods are needed as it takes to do the work.
func TestBacklog(t *testing.T) {
	p := build(t, 1, func(c *plant.Config) { c.Bound = 0 })
	if m := run(p, 12, 31); m.Late || m.Demand != 4 || m.Backlog != 21*60 || m.Wait != 3*(21*57.5)/10 {
		t.Errorf("%+v", m)
	}
}

func TestWarmUp(t *testing.T) {
	p := build(t, 0, func(c *plant.Config) { c.Pod.WarmUp, c.Pod.WarmFrom = 20*time.Second, 0.5 })
	p.Scale(1)
	var got []float64
	for range 9 {
		got = append(got, p.Advance(0, true).Capacity)
	}
	if want := "[0 0 0 0 5 6.25 7.5 8.75 10]"; fmt.Sprint(got) != want {
		t.Errorf("the capacity is %v, want %s", got, want)
	}
}

// TestNodesComeLate: five pods fit on a node, and a second one takes a minute to come.
func TestNodesComeLate(t *testing.T) {
	p := build(t, 3, func(c *plant.Config) {
		c.Nodes = plant.Nodes{Pods: 5, Most: 3, Delay: plant.Duration{Median: time.Minute}, Keep: time.Minute}
	})
	p.Scale(8)
	if m := run(p, 5, 0); m.Ready != 5 || m.Nodes != 1 || m.Pods != 8 {
		t.Errorf("there is room for five at first: %+v", m)
	}
	if m := run(p, 12, 0); m.Ready != 8 || m.Nodes != 2 {
		t.Errorf("after the node and the start: %+v", m)
	}
	p.Scale(2)
	if m := run(p, 12, 0); m.Ready != 2 || m.Nodes != 2 {
		t.Errorf("a node is kept for a minute: %+v", m)
	}
	if m := run(p, 2, 0); m.Nodes != 1 {
		t.Errorf("and then given back: %+v", m)
	}
	p.Scale(100)
	if m := run(p, 100, 0); m.Ready != 15 || m.Nodes != 3 {
		t.Errorf("there are no more than three: %+v", m)
	}
}

// TestWhoGoesFirst: pods that have come least far, and of those that serve the youngest.
func TestWhoGoesFirst(t *testing.T) {
	p := build(t, 2, func(c *plant.Config) {
		c.Pod.Drain = 10 * time.Second
		c.Nodes = plant.Nodes{Pods: 4, Most: 1}
	})
	run(p, 1, 0)
	p.Scale(3)
	run(p, 5, 0) // the third is ready
	p.Scale(5)   // the fourth starts, the fifth waits
	for _, want := range []struct{ replicas, pods, ready, deleting int }{{4, 4, 3, 0}, {3, 3, 3, 0}, {2, 3, 2, 1}} {
		p.Scale(int32(want.replicas))
		var seen engine.Observation
		p.Observe(&seen, nil)
		ready, deleting := 0, 0
		for _, pod := range seen.Pods {
			switch {
			case pod.Deleting:
				deleting++
				if !pod.Started.Equal(noon.Add(5 * time.Second)) {
					t.Errorf("the pod that goes has started at %s", pod.Started)
				}
			case pod.Readiness == engine.Ready:
				ready++
			}
		}
		if len(seen.Pods) != want.pods || ready != want.ready || deleting != want.deleting {
			t.Errorf("%d replicas: %d pods, %d ready, %d being deleted", want.replicas, len(seen.Pods), ready, deleting)
		}
	}
	if m := run(p, 3, 0); m.Pods != 2 {
		t.Errorf("after they have drained: %+v", m)
	}
}

// TestQuota: whatever is asked for, there is an end to pods.
func TestQuota(t *testing.T) {
	p := build(t, math.MaxInt32, nil)
	p.Scale(math.MaxInt32 - 1)
	var seen engine.Observation
	p.Observe(&seen, nil)
	if seen.SpecReplicas != math.MaxInt32-1 || seen.StatusReplicas != plant.MostPods || len(seen.Pods) != plant.MostPods {
		t.Errorf("%d pods are asked for, and %d are there", seen.SpecReplicas, seen.StatusReplicas)
	}
}

// TestFailures: a pod that fails every minute, and starts for a while, serves for part of the time only.
func TestFailures(t *testing.T) {
	p := build(t, 100, func(c *plant.Config) { c.Pod.FailsAfter = time.Minute })
	ready, steps := 0, 2000
	for range steps {
		ready += p.Advance(0, true).Ready
	}
	// A minute of service, rounded up to a step, and then ten seconds of starting again.
	if share := float64(ready) / float64(100*steps); share < 0.82 || share > 0.88 {
		t.Errorf("pods serve %.3f of the time, want about 62.5/72.5", share)
	}
}

// TestMetricsAreLate: a step in the load is seen after the lag, and in full after the window.
func TestMetricsAreLate(t *testing.T) {
	p := build(t, 20, func(c *plant.Config) {
		c.Metrics = plant.Metrics{Every: 5 * time.Second, Window: 20 * time.Second, Lag: 10 * time.Second}
	})
	run(p, 12, 10)
	var seen engine.Observation
	var got []int64
	for range 9 {
		p.Observe(&seen, []engine.Metric{rps})
		got = append(got, seen.Readings[0].Value)
		if age := p.Time().Sub(seen.Readings[0].Time); age != 10*time.Second {
			t.Errorf("the reading is %s old", age)
		}
		run(p, 1, 40)
	}
	if want := "[10000 10000 10000 20000 30000 40000 40000 40000 40000]"; fmt.Sprint(got) != want {
		t.Errorf("the readings are %v, want %s", got, want)
	}
}

// TestMetricsAreWrong: what noise, loss and faults do to what is read.
func TestMetricsAreWrong(t *testing.T) {
	read := func(change func(*plant.Metrics)) (mean, spread, unknown float64) {
		p := build(t, 20, func(c *plant.Config) { change(&c.Metrics) })
		run(p, 12, 100)
		var seen engine.Observation
		values := []float64{}
		for range 2000 {
			p.Observe(&seen, []engine.Metric{rps})
			if r := &seen.Readings[0]; r.Problem != "" {
				unknown++
			} else {
				values = append(values, float64(r.Value)/1000)
			}
			run(p, 1, 100)
		}
		for _, x := range values {
			mean += x / float64(len(values))
		}
		for _, x := range values {
			spread += (x - mean) * (x - mean) / float64(len(values))
		}
		return mean, math.Sqrt(spread), unknown / 2000
	}
	for name, tc := range map[string]struct {
		change                func(*plant.Metrics)
		mean, spread, unknown float64
	}{
		"right": {func(*plant.Metrics) {}, 100, 0, 0},
		"noise": {func(m *plant.Metrics) { m.Noise = 0.1 }, 100, 10, 0},
		// Of four scrapes, two must have succeeded: 1 - 0.5⁴ - 4·0.5⁴.
		"loss":   {func(m *plant.Metrics) { m.Loss = 0.5 }, 100, 0, 5.0 / 16},
		"a lie":  {func(m *plant.Metrics) { m.Faults = []plant.Fault{{For: 24 * time.Hour, Factor: 10}} }, 1000, 0, 0},
		"outage": {func(m *plant.Metrics) { m.Faults = []plant.Fault{{At: time.Minute, For: 24 * time.Hour}} }, 100, 0, 1998.0 / 2000},
	} {
		t.Run(name, func(t *testing.T) {
			mean, spread, unknown := read(tc.change)
			if math.Abs(mean-tc.mean) > 1 || math.Abs(spread-tc.spread) > 0.7 || math.Abs(unknown-tc.unknown) > 0.04 {
				t.Errorf("a mean of %g ± %g, %g unknown; want %g ± %g, %g", mean, spread, unknown, tc.mean, tc.spread, tc.unknown)
			}
		})
	}
}

// TestCPU: half a pod's work is half its CPU, and overload shows as no more than all of it.
func TestCPU(t *testing.T) {
	p := build(t, 2, func(c *plant.Config) { c.Pod.CPU = plant.CPU{Request: 0.5, Idle: 0.1, Full: 0.9, Starting: 1} })
	var seen engine.Observation
	for rate, want := range map[float64]int64{0: 100, 10: 500, 20: 900, 90: 900} {
		run(p, 10, rate)
		p.Observe(&seen, []engine.Metric{cpu})
		r := &seen.Readings[0]
		if r.Pods[0].Value != want || r.Pods[1].Value != want || r.Requests[0] != 500 {
			t.Errorf("at %g a second the reading is %+v, want %d", rate, r, want)
		}
		for range 1000 { // until nothing waits
			run(p, 1, 0)
		}
	}
}

func TestRefusedConfigs(t *testing.T) {
	for want, change := range map[string]func(*plant.Config){
		"step is 0s: it must be from 100ms to 1m0s":                                         func(c *plant.Config) { c.Step = 0 },
		"pod.rate is NaN: it must be greater than 0":                                        func(c *plant.Config) { c.Pod.Rate = math.NaN() },
		"pod.cpu.request is 0: it must be greater than 0":                                   func(c *plant.Config) { c.Pod.CPU.Request = 0 },
		"pod.cpu.idle is 2: it must be from 0 to pod.cpu.full, which is 1":                  func(c *plant.Config) { c.Pod.CPU.Idle = 2 },
		"pod.warmFrom is 0: it must be greater than 0 and at most 1":                        func(c *plant.Config) { c.Pod.WarmFrom = 0 },
		"nodes.least is 3: it must be from 0 to nodes.most, which is 2":                     func(c *plant.Config) { c.Nodes = plant.Nodes{Pods: 1, Least: 3, Most: 2} },
		"metrics.every is 1s: it must be at least a step, which is 5s":                      func(c *plant.Config) { c.Metrics.Every = time.Second },
		"metrics.window is 9s: it must be at least two scrapes long, and they are every 5s": func(c *plant.Config) { c.Metrics.Window = 9 * time.Second },
		"metrics.window is 3h0m0s: it must be, with the lag, at most 1000 scrapes long":     func(c *plant.Config) { c.Metrics.Window = 3 * time.Hour },
		"metrics.faults[0] is at 0s for 1m0s with factor -1: none of them must be negative": func(c *plant.Config) {
			c.Metrics.Faults = []plant.Fault{{For: time.Minute, Factor: -1}}
		},
		"metrics.loss is 1: it must be at least 0 and less than 1":                             func(c *plant.Config) { c.Metrics.Loss = 1 },
		"pod.start is 20s (sigma -1): it must have a median and a sigma that are not negative": func(c *plant.Config) { c.Pod.Start.Sigma = -1 },
	} {
		config := calm(change)
		if err := config.Validate(); err == nil || err.Error() != want {
			t.Errorf("the error is %v, want %s", err, want)
		}
		if _, err := plant.New(config, noon, 1, 1); err == nil {
			t.Errorf("a plant was made in spite of: %s", want)
		}
	}
}

func TestMetricsThatCannotBe(t *testing.T) {
	config := calm(func(c *plant.Config) {
		c.Metrics.Signals = map[string]plant.Signal{"depth": plant.SignalBacklog, "cpu": plant.SignalWait}
	})
	for want, m := range map[string]engine.Metric{
		`metric "memory": the plant's pods use no resource but cpu: leave the metric out`:                   {Type: engine.Resource, Name: "memory"},
		`metric "cpu": a resource is what pods use of it: give it no other signal`:                          {Type: engine.Resource, Name: "cpu"},
		`metric "depth": of each pod there are the signals served and cpu only: make it an External metric`: {Type: engine.Pods, Name: "depth"},
	} {
		if err := config.CanMeasure(&m); err == nil || err.Error() != want {
			t.Errorf("the error is %v, want %s", err, want)
		}
	}
	if err := config.CanMeasure(&engine.Metric{Type: engine.External, Name: "depth"}); err != nil {
		t.Error(err)
	}
}
