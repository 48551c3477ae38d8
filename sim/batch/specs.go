package batch

import (
	"time"

	"flyball.dev/flyball/autoscaler/batch"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/schedule"
)

// window is open between two times of the night. An invalid window never opens.
func (c *Config) window(name string, from, to float64) schedule.Window {
	instant := func(t float64) string {
		return c.Begin.Add(time.Duration(t * float64(time.Second))).UTC().Format("2006-01-02T15:04:05")
	}
	w, err := schedule.Compile(name, schedule.Timing{From: instant(from), To: instant(to)})
	if err != nil {
		return schedule.Window{}
	}
	return w
}

// counted is a window with exact replicas.
func (c *Config) counted(name string, from, to float64, replicas int32) schedule.Window {
	w := c.window(name, from, to)
	w.Min, w.HasMin, w.Max, w.HasMax = replicas, true, replicas, true
	return w
}

// spec has the defaults of autoscaling/v2.
func spec(most int32) *engine.Spec {
	rules := engine.Rules{Select: engine.SelectMax, Tolerance: 0.1}
	return &engine.Spec{MaxReplicas: max(1, most), Up: rules, Down: rules}
}

// backlogOf is the backlog as a metric, with a target per replica in thousandths.
func backlogOf(each int64) engine.Metric {
	return engine.Metric{Type: engine.External, Name: "backlog", TargetType: engine.AverageValue, Target: max(1, each)}
}

// Batch has a batch window for the window of the night. With arrivals it has a metric of their rate.
func (c *Config) Batch(most int32, plan batch.Spec, arrivals bool) *engine.Spec {
	b := engine.Batch{Plan: plan, Backlog: backlogOf(1)}
	if arrivals {
		b.Arrivals = backlogOf(1)
	}
	s := spec(most)
	s.Windows, s.Batches = []schedule.Window{c.window("night", c.Opens, c.Closes)}, []engine.Batch{b}
	return s
}

// Fixed has constant replicas during the window and none outside of it, as a KEDA cron trigger.
func (c *Config) Fixed(replicas int32) *engine.Spec {
	s := spec(replicas)
	s.Metrics = []engine.Metric{backlogOf(1)}
	s.Windows = []schedule.Window{
		c.counted("before", 0, c.Opens, 0), c.counted("night", c.Opens, c.Closes, replicas), c.counted("after", c.Closes, c.Ends, 0),
	}
	return s
}

// PerReplica has a target of backlog per replica, as an HPA, from the start of the window.
func (c *Config) PerReplica(most int32, backlog float64) *engine.Spec {
	s := spec(most)
	s.Down.Stabilization = 5 * time.Minute
	s.Metrics = []engine.Metric{backlogOf(int64(backlog * 1000))}
	s.Windows = []schedule.Window{c.counted("before", 0, c.Opens, 0)}
	return s
}
