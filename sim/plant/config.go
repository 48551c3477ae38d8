package plant

import (
	"fmt"
	"time"
)

// Config describes a target. Start from [Defaults].
type Config struct {
	// Step of virtual time. Events within a step take effect at its end.
	Step time.Duration
	Pod  Pod
	// Bound is the maximum waiting time at the 95th percentile before work is late; 0 for a backlog, whose work is never late.
	Bound time.Duration
	// Room is the capacity of the queue, in units of work. Work beyond it is dropped. 0 for no limit.
	Room float64
	// Quota is the maximum number of pods, terminating ones included, as of a ResourceQuota. Pods beyond it do not exist. 0 for
	// no limit.
	Quota   int
	Nodes   Nodes
	Metrics Metrics
}

// Pod describes each pod.
type Pod struct {
	// Rate is the maximum throughput of a pod, in units per second.
	Rate float64
	CPU  CPU
	// Start is the time from binding a pod to a node until the pod is ready. In the first half it pulls its image and is
	// Pending, in the second it runs and is not ready.
	Start Duration
	// Image is the time in which a node pulls the image for its first pod, before Start. A Median of 0 for images that all nodes
	// have.
	Image Duration
	// StartFails is the share of starts at whose end the container fails. It starts again after a back-off of 10 seconds that
	// doubles with each failure, up to five minutes. CrashLoops is the share of new pods of which every start fails.
	StartFails, CrashLoops float64
	// WarmUp is the time in which the rate of a ready pod grows linearly from the share WarmFrom to 1.
	WarmUp   time.Duration
	WarmFrom float64
	// Drain is the time that a deleted pod remains without new work.
	Drain time.Duration
	// FailsAfter is the mean time until the container of a ready pod fails and restarts; 0 for never.
	FailsAfter time.Duration
}

// CPU of a pod, in cores.
type CPU struct {
	Request float64
	// Idle is the usage without work, Full at the pod's full rate, and Starting that of a starting container.
	Idle, Full, Starting float64
}

// Nodes describe the capacity for pods.
type Nodes struct {
	// Pods per node; 0 for unlimited capacity, and then the other fields have no effect.
	Pods int
	// Least and Most bound the number of nodes. A plant starts with Least, or more if its pods need them.
	Least, Most int
	// Delay until an ordered node is ready; Keep is the time until an unneeded node is removed.
	Delay Duration
	Keep  time.Duration
	// Added are nodes that an administrator adds, in ascending order of their times. They raise both bounds.
	Added []AddedNodes
	// Lost are nodes that stop reporting, in ascending order of their times. The oldest pods are on them.
	Lost []LostNodes
}

// AddedNodes are nodes that become ready at a time since the start of the plant.
type AddedNodes struct {
	At    time.Duration
	Count int
}

// LostNodes are nodes that are lost at a time since the start of the plant.
type LostNodes struct {
	At    time.Duration
	Count int
}

// Metrics describes the scrapes and the metrics.
type Metrics struct {
	// Every is the time between two scrapes, Window the range of a rate, and Lag the age at which a scrape becomes visible.
	Every, Window, Lag time.Duration
	// Noise is the standard deviation of the error of a value, as a share of the value; Loss the share of failed scrapes.
	Noise, Loss float64
	Faults      []Fault
	Outages     []Outage
	// Signals of the metrics, by name or, for a metric without a name, by query. The default is [SignalFor].
	Signals map[string]Signal
}

// Fault is a period of wrong metrics.
type Fault struct {
	// At is the time since the start of the plant; For the length.
	At, For time.Duration
	// Factor multiplies every value; 0 fails the scrapes.
	Factor float64
}

// Outage is a period in which the source of the metrics gets no newer samples. It serves the last samples with their times until
// they are older than [engine.Metric.MaxAge].
type Outage struct {
	// At is the time since the start of the plant; For the length.
	At, For time.Duration
	// Gap states that Prometheus is down, so that scrapes fail, too. While the range of a rate contains a missing scrape, the
	// rate is too low, as with rate(), and marked as partial. Without Gap, only queries fail.
	Gap bool
}

// Defaults describes a service whose pods serve ten units per second with one core, start in 30 seconds (median), and are
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

// Validate returns an error that names the first invalid field.
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
		{!(p.CPU.Idle >= 0) || p.CPU.Idle > p.CPU.Full, "pod.cpu.idle", fmt.Sprintf("must be from 0 to pod.cpu.full (%g)", p.CPU.Full), p.CPU.Idle},
		{!(p.CPU.Starting >= 0), "pod.cpu.starting", "must not be negative", p.CPU.Starting},
		{!p.Start.valid(), "pod.start", validDuration, p.Start},
		{!p.Image.valid(), "pod.image", validDuration, p.Image},
		{!(p.StartFails >= 0) || p.StartFails > 1, "pod.startFails", "must be from 0 to 1", p.StartFails},
		{!(p.CrashLoops >= 0) || p.CrashLoops > 1, "pod.crashLoops", "must be from 0 to 1", p.CrashLoops},
		{p.WarmUp < 0, "pod.warmUp", "must not be negative", p.WarmUp},
		{!(p.WarmFrom > 0) || p.WarmFrom > 1, "pod.warmFrom", "must be greater than 0 and at most 1", p.WarmFrom},
		{p.Drain < 0, "pod.drain", "must not be negative", p.Drain},
		{p.FailsAfter < 0, "pod.failsAfter", "must not be negative", p.FailsAfter},
		{c.Bound < 0, "bound", "must not be negative", c.Bound},
		{!(c.Room >= 0), "room", "must not be negative", c.Room},
		{c.Quota < 0, "quota", "must not be negative", c.Quota},
		{n.Pods < 0, "nodes.pods", "must not be negative", n.Pods},
		{n.Least < 0 || n.Least > n.Most, "nodes.least", fmt.Sprintf("must be from 0 to nodes.most (%d)", n.Most), n.Least},
		{!n.Delay.valid(), "nodes.delay", validDuration, n.Delay},
		{n.Keep < 0, "nodes.keep", "must not be negative", n.Keep},
		{m.Every < c.Step, "metrics.every", fmt.Sprintf("must be at least step (%s)", c.Step), m.Every},
		{m.Window < 2*m.Every, "metrics.window", fmt.Sprintf("must be at least twice metrics.every (%s)", m.Every), m.Window},
		{m.Lag < 0, "metrics.lag", "must not be negative", m.Lag},
		{m.Window+m.Lag > mostScrapes*m.Every, "metrics.window", fmt.Sprintf("must be, with metrics.lag, at most %d times metrics.every", mostScrapes), m.Window},
		{!(m.Noise >= 0) || m.Noise > 1, "metrics.noise", "must be from 0 to 1", m.Noise},
		{!(m.Loss >= 0) || m.Loss >= 1, "metrics.loss", "must be at least 0 and less than 1", m.Loss},
	} {
		if check.wrong {
			return fmt.Errorf("%s is %v: it %s", check.field, check.value, check.problem)
		}
	}
	if err := n.validateEvents(); err != nil {
		return err
	}
	for i, f := range m.Faults {
		if f.At < 0 || f.For < 0 || !(f.Factor >= 0) {
			return fmt.Errorf("metrics.faults[%d] is at %s for %s with factor %v: all three must be at least 0", i, f.At, f.For, f.Factor)
		}
	}
	for i, o := range m.Outages {
		switch {
		case o.At < 0 || o.For < 0:
			return fmt.Errorf("metrics.outages[%d] is at %s for %s: both must be at least 0", i, o.At, o.For)
		case m.storedScrapes() > mostScrapes+2:
			return fmt.Errorf("metrics.outages[%d].for is %s: it must be, with metrics.window and metrics.lag, at most %d times metrics.every", i, o.For, mostScrapes)
		}
	}
	return nil
}

// leastStep bounds the run time. In a step longer than mostStep, pods would start and fail within one step.
const (
	leastStep = 100 * time.Millisecond
	mostStep  = time.Minute
)

// mostScrapes is the maximum number of stored scrapes per pod.
const mostScrapes = 1000
