package plant_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/plant"
)

// calm is a plant without randomness: pods start in 20 seconds, and are scraped every 5.
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

// run returns the last moment of a number of steps of five seconds.
func run(p *plant.Plant, steps int, rate float64) (m plant.Moment) {
	for range steps {
		m = p.Advance(rate, true)
	}
	return m
}

// TestOverload: a pod with a rate of 10 gets 20 units per second. The backlog grows by 10 per second, and the last unit waits
// for all of it.
func TestOverload(t *testing.T) {
	p := build(t, 1, nil)
	m := run(p, 6, 20)
	if m.Backlog != 300 || m.Served != 50 || m.Busy != 1 || !m.Late {
		t.Errorf("after half a minute: %+v", m)
	}
	if mean := 275.0 / 10; math.Abs(m.Wait-3*mean) > 30 || m.Wait < 3*mean {
		t.Errorf("waiting time %g, want %g from the backlog alone", m.Wait, 3*mean)
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

func TestNoServingPods(t *testing.T) {
	p := build(t, 0, nil)
	if m := run(p, 1, 0); m.Late || m.Wait != 0 {
		t.Errorf("without work and pods: %+v", m)
	}
	if m := run(p, 1, 1); !m.Late || !math.IsInf(m.Wait, 1) || m.Demand != 1 {
		t.Errorf("work without pods: %+v", m)
	}
}

func TestQueueLimitDropsWork(t *testing.T) {
	p := build(t, 1, func(c *plant.Config) { c.Room = 30 })
	if m := run(p, 1, 20); m.Backlog != 30 || m.Dropped != 20 {
		t.Errorf("%+v", m)
	}
}

// TestBacklog: without a bound no work is late, and the demand is the number of pods whose rates sum up to the load.
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

// TestNodeDelay: a node has capacity for five pods, and a second node is ready after a minute.
func TestNodeDelay(t *testing.T) {
	p := build(t, 3, func(c *plant.Config) {
		c.Nodes = plant.Nodes{Pods: 5, Most: 3, Delay: plant.Duration{Median: time.Minute}, Keep: time.Minute}
	})
	p.Scale(8)
	if m := run(p, 5, 0); m.Ready != 5 || m.Nodes != 1 || m.Pods != 8 {
		t.Errorf("capacity for five pods at first: %+v", m)
	}
	if m := run(p, 12, 0); m.Ready != 8 || m.Nodes != 2 {
		t.Errorf("after the node and the start: %+v", m)
	}
	p.Scale(2)
	if m := run(p, 12, 0); m.Ready != 2 || m.Nodes != 2 {
		t.Errorf("the spare node stays for a minute: %+v", m)
	}
	if m := run(p, 2, 0); m.Nodes != 1 {
		t.Errorf("and is then removed: %+v", m)
	}
	p.Scale(100)
	if m := run(p, 100, 0); m.Ready != 15 || m.Nodes != 3 {
		t.Errorf("more than three nodes: %+v", m)
	}
}

// TestScaleInOrder: pods in the earliest stage go first, and of serving pods the youngest.
func TestScaleInOrder(t *testing.T) {
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
		var observed engine.Observation
		p.Observe(&observed, nil)
		ready, deleting := 0, 0
		for _, pod := range observed.Pods {
			switch {
			case pod.Deleting:
				deleting++
				if !pod.Started.Equal(noon.Add(5 * time.Second)) {
					t.Errorf("the deleted pod started at %s", pod.Started)
				}
			case pod.Readiness == engine.Ready:
				ready++
			}
		}
		if len(observed.Pods) != want.pods || ready != want.ready || deleting != want.deleting {
			t.Errorf("%d replicas: %d pods, %d ready, %d being deleted", want.replicas, len(observed.Pods), ready, deleting)
		}
	}
	if m := run(p, 3, 0); m.Pods != 2 {
		t.Errorf("after they have drained: %+v", m)
	}
}

// TestQuota: the number of pods is limited, whatever the replicas.
func TestQuota(t *testing.T) {
	p := build(t, math.MaxInt32, nil)
	p.Scale(math.MaxInt32 - 1)
	var observed engine.Observation
	p.Observe(&observed, nil)
	if observed.SpecReplicas != math.MaxInt32-1 || observed.StatusReplicas != plant.MostPods || len(observed.Pods) != plant.MostPods {
		t.Errorf("%d replicas desired, %d pods", observed.SpecReplicas, observed.StatusReplicas)
	}
}

// TestFailures: a pod that fails every minute serves part of the time only.
func TestFailures(t *testing.T) {
	p := build(t, 100, func(c *plant.Config) { c.Pod.FailsAfter = time.Minute })
	ready, steps := 0, 2000
	for range steps {
		ready += p.Advance(0, true).Ready
	}
	// A minute of service, rounded up to a step, then a restart of ten seconds.
	if share := float64(ready) / float64(100*steps); share < 0.82 || share > 0.88 {
		t.Errorf("pods serve %.3f of the time, want about 62.5/72.5", share)
	}
}

// TestMetricsAreLate: a metric shows a step of the load after the lag, and in full after the range.
func TestMetricsAreLate(t *testing.T) {
	p := build(t, 20, func(c *plant.Config) {
		c.Metrics = plant.Metrics{Every: 5 * time.Second, Window: 20 * time.Second, Lag: 10 * time.Second}
	})
	run(p, 12, 10)
	var observed engine.Observation
	var got []int64
	for range 9 {
		p.Observe(&observed, []engine.Metric{rps})
		got = append(got, observed.Readings[0].Value)
		if age := p.Time().Sub(observed.Readings[0].Time); age != 10*time.Second {
			t.Errorf("the reading is %s old", age)
		}
		run(p, 1, 40)
	}
	if want := "[10000 10000 10000 20000 30000 40000 40000 40000 40000]"; fmt.Sprint(got) != want {
		t.Errorf("the readings are %v, want %s", got, want)
	}
}

// TestMetricErrors: the effect of noise, loss and faults on readings.
func TestMetricErrors(t *testing.T) {
	read := func(change func(*plant.Metrics)) (mean, spread, unknown float64) {
		p := build(t, 20, func(c *plant.Config) { change(&c.Metrics) })
		run(p, 12, 100)
		var observed engine.Observation
		values := []float64{}
		for range 2000 {
			p.Observe(&observed, []engine.Metric{rps})
			if r := &observed.Readings[0]; r.Problem != "" {
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
		"fault":  {func(m *plant.Metrics) { m.Faults = []plant.Fault{{For: 24 * time.Hour, Factor: 10}} }, 1000, 0, 0},
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

// TestCPU: CPU usage is proportional to the work, and limited to that of the full rate.
func TestCPU(t *testing.T) {
	p := build(t, 2, func(c *plant.Config) { c.Pod.CPU = plant.CPU{Request: 0.5, Idle: 0.1, Full: 0.9, Starting: 1} })
	var observed engine.Observation
	for rate, want := range map[float64]int64{0: 100, 10: 500, 20: 900, 90: 900} {
		run(p, 10, rate)
		p.Observe(&observed, []engine.Metric{cpu})
		r := &observed.Readings[0]
		if r.Pods[0].Value != want || r.Pods[1].Value != want || r.Requests[0] != 500 {
			t.Errorf("at %g per second the reading is %+v, want %d", rate, r, want)
		}
		for range 1000 { // until nothing waits
			run(p, 1, 0)
		}
	}
}

func TestInvalidConfigsAreRejected(t *testing.T) {
	for want, change := range map[string]func(*plant.Config){
		"step is 0s: it must be from 100ms to 1m0s":                                                func(c *plant.Config) { c.Step = 0 },
		"pod.rate is NaN: it must be greater than 0":                                               func(c *plant.Config) { c.Pod.Rate = math.NaN() },
		"pod.cpu.request is 0: it must be greater than 0":                                          func(c *plant.Config) { c.Pod.CPU.Request = 0 },
		"pod.cpu.idle is 2: it must be from 0 to pod.cpu.full (1)":                                 func(c *plant.Config) { c.Pod.CPU.Idle = 2 },
		"pod.warmFrom is 0: it must be greater than 0 and at most 1":                               func(c *plant.Config) { c.Pod.WarmFrom = 0 },
		"nodes.least is 3: it must be from 0 to nodes.most (2)":                                    func(c *plant.Config) { c.Nodes = plant.Nodes{Pods: 1, Least: 3, Most: 2} },
		"metrics.every is 1s: it must be at least step (5s)":                                       func(c *plant.Config) { c.Metrics.Every = time.Second },
		"metrics.window is 9s: it must be at least twice metrics.every (5s)":                       func(c *plant.Config) { c.Metrics.Window = 9 * time.Second },
		"metrics.window is 3h0m0s: it must be, with metrics.lag, at most 1000 times metrics.every": func(c *plant.Config) { c.Metrics.Window = 3 * time.Hour },
		"metrics.faults[0] is at 0s for 1m0s with factor -1: all three must be at least 0": func(c *plant.Config) {
			c.Metrics.Faults = []plant.Fault{{For: time.Minute, Factor: -1}}
		},
		"pod.start is 20s (sigma 0): it must have a sigma from 0 to 5, and a median that is not negative and within least and most": func(c *plant.Config) {
			c.Pod.Start.Least = time.Minute
		},
		"pod.startFails is 1.5: it must be from 0 to 1": func(c *plant.Config) { c.Pod.StartFails = 1.5 },
		"pod.crashLoops is -1: it must be from 0 to 1":  func(c *plant.Config) { c.Pod.CrashLoops = -1 },
		"quota is -1: it must not be negative":          func(c *plant.Config) { c.Quota = -1 },
		"nodes.added[0] has 0 nodes at 1m0s: it must have at least 1, at a time that is not negative": func(c *plant.Config) {
			c.Nodes.Added = []plant.AddedNodes{{At: time.Minute}}
		},
		"nodes.added[1].at is 1m0s: it must not be before that of the previous item (2m0s)": func(c *plant.Config) {
			c.Nodes.Added = []plant.AddedNodes{{At: 2 * time.Minute, Count: 1}, {At: time.Minute, Count: 1}}
		},
		"nodes.lost[0] has 0 nodes at 1m0s: it must have at least 1, at a time that is not negative": func(c *plant.Config) {
			c.Nodes = plant.Nodes{Pods: 1, Lost: []plant.LostNodes{{At: time.Minute}}}
		},
		"nodes.lost has 1 items, and nodes.pods is 0: set the number of pods on a node": func(c *plant.Config) {
			c.Nodes.Lost = []plant.LostNodes{{At: time.Minute, Count: 1}}
		},
		"metrics.loss is 1: it must be at least 0 and less than 1":                                                                   func(c *plant.Config) { c.Metrics.Loss = 1 },
		"pod.start is 20s (sigma -1): it must have a sigma from 0 to 5, and a median that is not negative and within least and most": func(c *plant.Config) { c.Pod.Start.Sigma = -1 },
	} {
		config := calm(change)
		if err := config.Validate(); err == nil || err.Error() != want {
			t.Errorf("the error is %v, want %s", err, want)
		}
		if _, err := plant.New(config, noon, 1, 1); err == nil {
			t.Errorf("New accepted a config, want the error %s", want)
		}
	}
}

func TestUnsupportedMetricsAreRejected(t *testing.T) {
	config := calm(func(c *plant.Config) {
		c.Metrics.Signals = map[string]plant.Signal{"depth": plant.SignalBacklog, "cpu": plant.SignalWait}
	})
	for want, m := range map[string]engine.Metric{
		`metric "memory": the only resource of simulated pods is cpu: remove the metric`:    {Type: engine.Resource, Name: "memory"},
		`metric "cpu": the signal of a resource metric must be cpu`:                         {Type: engine.Resource, Name: "cpu"},
		`metric "depth": pods have only the signals served and cpu: use an External metric`: {Type: engine.Pods, Name: "depth"},
	} {
		if err := config.CanMeasure(&m); err == nil || err.Error() != want {
			t.Errorf("the error is %v, want %s", err, want)
		}
	}
	if err := config.CanMeasure(&engine.Metric{Type: engine.External, Name: "depth"}); err != nil {
		t.Error(err)
	}
}
