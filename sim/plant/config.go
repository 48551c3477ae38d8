package plant

import (
	"fmt"
	"time"
)

// Config describes a target. [Defaults] gives one to start from.
type Config struct {
	// Step of virtual time. Whatever happens within a step takes effect at its end.
	Step time.Duration
	Pod  Pod
	// Bound is how long work may wait, at the 95th percentile, before it is late; 0 for a backlog, whose work is never late.
	Bound time.Duration
	// Room is how much work can wait; what does not fit is dropped. 0 for no limit.
	Room    float64
	Nodes   Nodes
	Metrics Metrics
}

// Pod describes what each pod does.
type Pod struct {
	// Rate is how much work a pod does at most, in units a second.
	Rate float64
	CPU  CPU
	// Start is the time from a pod's arrival on its node until it is ready. In the first half it pulls its image and is
	// Pending, in the second it runs and is not ready.
	Start Duration
	// WarmUp is how long a pod that has become ready is slower: its rate grows in a straight line from the share WarmFrom.
	WarmUp   time.Duration
	WarmFrom float64
	// Drain is how long a pod that is taken away remains, without new work.
	Drain time.Duration
	// FailsAfter is the mean time that a pod serves until its container fails and starts again; 0 for never.
	FailsAfter time.Duration
}

// CPU of a pod, in cores.
type CPU struct {
	Request float64
	// Idle is used without work, Full at the pod's full rate, and Starting by a container that starts.
	Idle, Full, Starting float64
}

// Nodes are the room for pods.
type Nodes struct {
	// Pods that fit on a node; 0 for room without end, and then the rest means nothing.
	Pods int
	// Least nodes there are, from the beginning, and Most there can be.
	Least, Most int
	// Delay until a node has come that pods wait for; Keep is how long one is kept that nobody needs.
	Delay Duration
	Keep  time.Duration
}

// Metrics describes how what happens becomes known.
type Metrics struct {
	// Every is the time between two scrapes, Window what a rate is taken over, and Lag the age at which a scrape can be
	// asked for.
	Every, Window, Lag time.Duration
	// Noise is the standard deviation of a value's error, as a share of it; Loss the share of scrapes that fail.
	Noise, Loss float64
	Faults      []Fault
	Outages     []Outage
	// Signals are what metrics measure, by their name or, where they have none, their query. One that is not named here
	// measures [SignalFor] of its type.
	Signals map[string]Signal
}

// Fault is a time in which the metrics are wrong.
type Fault struct {
	// At is when it begins, since the plant did; For how long it lasts.
	At, For time.Duration
	// Factor that every value is multiplied with; 0 where nothing is scraped.
	Factor float64
}

// Outage is a time in which the source of the metrics gets no newer samples. It serves those that it had when the outage began, with
// their times; [engine.Metric.MaxAge] says from when on they are unknown.
type Outage struct {
	// At is the time since the plant began at which the outage begins; For is its length.
	At, For time.Duration
	// Gap says that Prometheus itself is down, so that scrapes fail too: until the range of a rate has no missing scrape any more, the
	// rate reads low, as rate() does, and is partial. Otherwise only the answers are late.
	Gap bool
}

// Defaults describes a service of pods that do ten units a second each with one core, start in half a minute, and are
// scraped every 15 seconds.
func Defaults() Config {
	return Config{
		Step: 5 * time.Second,
		Pod: Pod{
			Rate: 10, CPU: CPU{Request: 1, Full: 1, Starting: 1},
			Start: Duration{Median: 30 * time.Second, Sigma: 0.45}, WarmFrom: 1,
		},
		Bound:   500 * time.Millisecond,
		Metrics: Metrics{Every: 15 * time.Second, Window: time.Minute, Lag: 15 * time.Second},
	}
}

// Validate says what is wrong, or nothing.
func (c *Config) Validate() error {
	p, m, n := &c.Pod, &c.Metrics, &c.Nodes
	for _, check := range []struct {
		wrong          bool
		field, problem string
		value          any
	}{
		{c.Step < leastStep || c.Step > mostStep, "step", fmt.Sprintf("must be from %s to %s", leastStep, mostStep), c.Step},
		{!(p.Rate > 0), "pod.rate", "must be greater than 0", p.Rate},
		{!(p.CPU.Request > 0), "pod.cpu.request", "must be greater than 0", p.CPU.Request},
		{!(p.CPU.Idle >= 0) || p.CPU.Idle > p.CPU.Full, "pod.cpu.idle", fmt.Sprintf("must be from 0 to pod.cpu.full, which is %g", p.CPU.Full), p.CPU.Idle},
		{!(p.CPU.Starting >= 0), "pod.cpu.starting", "must not be negative", p.CPU.Starting},
		{!p.Start.valid(), "pod.start", "must have a median and a sigma that are not negative", p.Start},
		{p.WarmUp < 0, "pod.warmUp", "must not be negative", p.WarmUp},
		{!(p.WarmFrom > 0) || p.WarmFrom > 1, "pod.warmFrom", "must be greater than 0 and at most 1", p.WarmFrom},
		{p.Drain < 0, "pod.drain", "must not be negative", p.Drain},
		{p.FailsAfter < 0, "pod.failsAfter", "must not be negative", p.FailsAfter},
		{c.Bound < 0, "bound", "must not be negative", c.Bound},
		{!(c.Room >= 0), "room", "must not be negative", c.Room},
		{n.Pods < 0, "nodes.pods", "must not be negative", n.Pods},
		{n.Least < 0 || n.Least > n.Most, "nodes.least", fmt.Sprintf("must be from 0 to nodes.most, which is %d", n.Most), n.Least},
		{!n.Delay.valid(), "nodes.delay", "must have a median and a sigma that are not negative", n.Delay},
		{n.Keep < 0, "nodes.keep", "must not be negative", n.Keep},
		{m.Every < c.Step, "metrics.every", fmt.Sprintf("must be at least a step, which is %s", c.Step), m.Every},
		{m.Window < 2*m.Every, "metrics.window", fmt.Sprintf("must be at least two scrapes long, and they are every %s", m.Every), m.Window},
		{m.Lag < 0, "metrics.lag", "must not be negative", m.Lag},
		{m.Window+m.Lag > mostScrapes*m.Every, "metrics.window", fmt.Sprintf("must be, with the lag, at most %d scrapes long", mostScrapes), m.Window},
		{!(m.Noise >= 0) || m.Noise > 1, "metrics.noise", "must be from 0 to 1", m.Noise},
		{!(m.Loss >= 0) || m.Loss >= 1, "metrics.loss", "must be at least 0 and less than 1", m.Loss},
	} {
		if check.wrong {
			return fmt.Errorf("%s is %v: it %s", check.field, check.value, check.problem)
		}
	}
	for i, f := range m.Faults {
		if f.At < 0 || f.For < 0 || !(f.Factor >= 0) {
			return fmt.Errorf("metrics.faults[%d] is at %s for %s with factor %v: none of them must be negative", i, f.At, f.For, f.Factor)
		}
	}
	for i, o := range m.Outages {
		switch {
		case o.At < 0 || o.For < 0:
			return fmt.Errorf("metrics.outages[%d] is at %s for %s: none of them must be negative", i, o.At, o.For)
		case m.remembered() > mostScrapes+2:
			return fmt.Errorf("metrics.outages[%d].for is %s: it must be, with window and lag, at most %d scrapes long", i, o.For, mostScrapes)
		}
	}
	return nil
}

// A step shorter than the least would take for ever; in one longer than the most, pods would start and fail unseen.
const (
	leastStep = 100 * time.Millisecond
	mostStep  = time.Minute
)

// mostScrapes that are remembered of a pod.
const mostScrapes = 1000
