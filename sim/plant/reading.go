package plant

import (
	"fmt"
	"math"
	"slices"
	"strings"

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
	o.Pods = o.Pods[:0]
	for i := range p.pods {
		o.Pods = append(o.Pods, p.pods[i].api)
		if p.pods[i].stage < draining {
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
	*r = engine.Reading{Pods: r.Pods[:0], Requests: r.Requests[:0]}
	if p.outage() != nil {
		r.RefreshError = noAnswer
	}
	signal := p.config.signal(m)
	for i := range p.pods {
		r.Pods = append(r.Pods, p.sample(&p.pods[i], signal, in))
		if m.TargetType == engine.Utilization {
			r.Requests = append(r.Requests, thousandths(p.config.Pod.CPU.Request))
		}
	}
}

// sample is the difference of a pod's last and first scrape in the range. A pod with one scrape has no sample.
func (p *Plant) sample(pod *pod, signal Signal, in span) engine.Sample {
	if pod.api.Phase == engine.Pending { // its container has not run
		return engine.Sample{}
	}
	first, last := -1, -1
	for number := max(in.first, pod.firstScrape); number < in.end; number++ {
		if pod.scrapes[number%len(pod.scrapes)].ok {
			if first < 0 {
				first = number
			}
			last = number
		}
	}
	if first == last {
		return engine.Sample{}
	}
	from, to := &pod.scrapes[first%len(pod.scrapes)], &pod.scrapes[last%len(pod.scrapes)]
	increase := to.served - from.served
	if signal == SignalCPU {
		increase = to.cpu - from.cpu
	}
	sample := engine.Sample{
		Known: true, Time: p.time(p.nth(last).time), Window: p.config.Metrics.Window,
		Partial: p.partial(span{max(in.first, pod.firstScrape), in.end}),
	}
	seconds := (p.nth(last).time - p.nth(first).time).Seconds()
	if sample.Partial != "" {
		seconds = sample.Window.Seconds()
	}
	sample.Value = thousandths(to.factor * increase / seconds)
	return sample
}

// thousandths of a value. An infinite value gives the maximum.
func thousandths(x float64) int64 {
	if x *= 1000; x < math.MaxInt64/2 {
		return int64(math.Round(x))
	}
	return math.MaxInt64 / 2
}
