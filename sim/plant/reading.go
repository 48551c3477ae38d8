package plant

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// Signal is a measurable quantity of a plant.
type Signal uint8

// The signals. Pods have only [SignalServed] and [SignalCPU].
const (
	SignalArrived Signal = iota + 1 // the rate of arriving work, in units per second
	SignalServed                    // the rate of served work
	SignalBacklog                   // the waiting work, in units
	SignalWait                      // the 95th percentile of the waiting time, in seconds
	SignalCPU                       // in cores
	SignalBusy                      // the mean share of its rate that a ready pod uses, from 0 to 1
)

// signalNames by signal, from the first.
var signalNames = []string{"arrived", "served", "backlog", "wait", "cpu", "busy"}

// ParseSignal returns the signal with a name.
func ParseSignal(name string) (Signal, error) {
	i := slices.Index(signalNames, name)
	if i < 0 {
		return 0, fmt.Errorf("%q is not a signal: use one of %s", name, strings.Join(signalNames, ", "))
	}
	return Signal(i + 1), nil
}

// SignalFor is the default signal of a metric: CPU for a resource, served work for a Pods metric, and arriving work for the
// other types.
func SignalFor(m *engine.Metric) Signal {
	switch m.Type {
	case engine.Resource, engine.ContainerResource:
		return SignalCPU
	case engine.Pods:
		return SignalServed
	default:
		return SignalArrived
	}
}

// byPod reports whether each pod has its own value of the metric.
func byPod(m *engine.Metric) bool {
	return m.Type == engine.Resource || m.Type == engine.ContainerResource || m.Type == engine.Pods
}

// CanMeasure returns an error if the plant does not have the metric.
func (c *Config) CanMeasure(m *engine.Metric) error {
	signal := c.signal(m)
	switch isCPU := m.Type == engine.Resource || m.Type == engine.ContainerResource; {
	case isCPU && m.Name != "cpu":
		return fmt.Errorf("metric %q: the only resource of simulated pods is cpu: remove the metric", m.Name)
	case isCPU && signal != SignalCPU:
		return fmt.Errorf("metric %q: the signal of a resource metric must be cpu", m.Name)
	case byPod(m) && signal != SignalServed && signal != SignalCPU:
		return fmt.Errorf("metric %q: pods have only the signals served and cpu: use an External metric", m.Name)
	default:
		return nil
	}
}

func (c *Config) signal(m *engine.Metric) Signal {
	name := m.Name
	if name == "" {
		name = m.Query // a Prometheus metric has no name
	}
	if signal, named := c.Metrics.Signals[name]; named {
		return signal
	}
	return SignalFor(m)
}

// Observe writes the current observation of a controller to o, and reuses its memory.
func (p *Plant) Observe(o *engine.Observation, metrics []engine.Metric) {
	o.SpecReplicas, o.StatusReplicas = p.replicas, 0
	o.PodsProblem, o.PodsReason = "", ""
	o.Pods = slices.Grow(o.Pods[:0], len(p.pods))[:len(p.pods)]
	for i := range p.pods {
		pod := &p.pods[i]
		o.Pods[i] = pod.api
		if pod.stage < draining {
			o.StatusReplicas++
		}
	}
	for len(o.Readings) < len(metrics) {
		o.Readings = append(o.Readings, engine.Reading{})
	}
	o.Readings = o.Readings[:len(metrics)]
	visible := p.visible()
	for i := range metrics {
		if m := &metrics[i]; byPod(m) {
			p.readPods(&o.Readings[i], m, visible)
		} else {
			p.readTarget(&o.Readings[i], p.config.signal(m), visible)
		}
	}
}

// readTarget reads a value of the whole target. A rate is the difference of the last and the first scrape in the range.
func (p *Plant) readTarget(r *engine.Reading, signal Signal, in span) {
	*r = engine.Reading{Pods: r.Pods[:0], Requests: r.Requests[:0]}
	first, last := p.ends(in)
	gauge := signal == SignalBacklog || signal == SignalWait
	switch {
	case last == nil || (first == last && !gauge):
		r.Problem = "too few samples in the range"
		return
	case gauge:
		r.Time = p.time(last.time)
	default:
		r.Time, r.Window = p.time(last.time), p.config.Metrics.Window
	}
	seconds := (last.time - first.time).Seconds()
	if !gauge {
		r.Partial = p.partial(in)
	}
	if r.Partial != "" {
		seconds = r.Window.Seconds()
	}
	r.Value = thousandths(last.factor * signal.between(first, last, seconds))
	if p.outage() != nil {
		r.RefreshError = noAnswer
	}
}

// noAnswer is the error of the source during an outage.
const noAnswer = "Prometheus does not answer"

// partial states why values over these scrapes are partial; empty if they are complete.
func (p *Plant) partial(in span) string {
	if len(p.config.Metrics.Outages) == 0 {
		return ""
	}
	for number := in.first; number < in.end; number++ {
		if p.nth(number).gap {
			return "the range spans a gap in the series"
		}
	}
	return ""
}

// ends are the first and the last successful scrape.
func (p *Plant) ends(in span) (first, last *scrape) {
	for number := in.first; number < in.end; number++ {
		if s := p.nth(number); s.ok {
			if first == nil {
				first = s
			}
			last = s
		}
	}
	return first, last
}

func (s Signal) between(first, last *scrape, seconds float64) float64 {
	switch s {
	case SignalBacklog:
		return last.backlog
	case SignalWait:
		return last.wait
	case SignalServed:
		return (last.served - first.served) / seconds
	case SignalCPU:
		return (last.cpu - first.cpu) / seconds
	case SignalBusy:
		return (last.busy - first.busy) / seconds
	default:
		return (last.arrived - first.arrived) / seconds
	}
}

// readPods reads the value of each pod.
func (p *Plant) readPods(r *engine.Reading, m *engine.Metric, in span) {
	*r = engine.Reading{Pods: slices.Grow(r.Pods[:0], len(p.pods))[:len(p.pods)], Requests: r.Requests[:0]}
	if p.outage() != nil {
		r.RefreshError = noAnswer
	}
	signal := p.config.signal(m)
	var last sampleRange
	for i := range p.pods {
		p.sample(&r.Pods[i], &p.pods[i], signal, in, &last)
	}
	if m.TargetType == engine.Utilization {
		request := thousandths(p.config.Pod.CPU.Request)
		for range p.pods {
			r.Requests = append(r.Requests, request)
		}
	}
}

// sampleRange is the range of a sample between two scrapes. Most pods have the range of the pod before.
type sampleRange struct {
	// earliest is the first scrape that the pod can have, and first and last are its successful ones; their slots are in the ring.
	earliest, first, last int
	firstSlot, lastSlot   int
	// time is that of the last scrape, and seconds the divisor of an increase.
	time    time.Time
	seconds float64
	partial string
}

// sample sets s to the difference of a pod's last and first scrape in the range. A pod with one scrape has no sample. cached is the
// range of the pod before, and becomes that of the pod.
func (p *Plant) sample(s *engine.Sample, pod *pod, signal Signal, in span, cached *sampleRange) {
	*s = engine.Sample{}
	if pod.api.Phase == engine.Pending { // its container has not run
		return
	}
	earliest := max(in.first, pod.firstScrape)
	whole := cached.last > cached.first && cached.earliest == earliest && cached.first == earliest && cached.last == in.end-1
	if !whole || !pod.scrapes[cached.firstSlot].ok || !pod.scrapes[cached.lastSlot].ok {
		if *cached = p.rangeOf(pod, earliest, in.end); cached.first >= cached.last {
			return
		}
	}
	from, to := &pod.scrapes[cached.firstSlot], &pod.scrapes[cached.lastSlot]
	increase := to.served - from.served
	if signal == SignalCPU {
		increase = to.cpu - from.cpu
	}
	*s = engine.Sample{
		Known: true, Time: cached.time, Window: p.config.Metrics.Window, Partial: cached.partial,
		Value: thousandths(to.factor * increase / cached.seconds),
	}
}

// rangeOf is the range between a pod's first and last successful scrape from earliest to before end.
func (p *Plant) rangeOf(pod *pod, earliest, end int) sampleRange {
	r := sampleRange{earliest: earliest, first: earliest, last: end - 1}
	for r.first < end && !pod.scrapes[r.first%len(pod.scrapes)].ok {
		r.first++
	}
	for r.last > r.first && !pod.scrapes[r.last%len(pod.scrapes)].ok {
		r.last--
	}
	if r.first >= r.last {
		return r
	}
	r.firstSlot, r.lastSlot = r.first%len(pod.scrapes), r.last%len(pod.scrapes)
	r.time, r.partial = p.time(p.nth(r.last).time), p.partial(span{earliest, end})
	if r.seconds = (p.nth(r.last).time - p.nth(r.first).time).Seconds(); r.partial != "" {
		r.seconds = p.config.Metrics.Window.Seconds()
	}
	return r
}

// thousandths of a value. An infinite value gives the maximum.
func thousandths(x float64) int64 {
	if x *= 1000; x < math.MaxInt64/2 {
		return int64(math.Round(x))
	}
	return math.MaxInt64 / 2
}
