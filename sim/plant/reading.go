package plant

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"flyball.dev/flyball/autoscaler/engine"
)

// Signal is what can be measured of a plant.
type Signal uint8

// The signals. Of each pod there are [SignalServed] and [SignalCPU] only.
const (
	SignalArrived Signal = iota + 1 // the rate of work that comes, in units a second
	SignalServed                    // the rate of work that is done
	SignalBacklog                   // the work that waits, in units
	SignalWait                      // the 95th percentile of the waiting time, in seconds
	SignalCPU                       // in cores
	SignalBusy                      // the mean share of its rate that a ready pod uses, from 0 to 1
)

// signalNames are in the order of the signals.
var signalNames = []string{"arrived", "served", "backlog", "wait", "cpu", "busy"}

// ParseSignal gives the signal with a name.
func ParseSignal(name string) (Signal, error) {
	i := slices.Index(signalNames, name)
	if i < 0 {
		return 0, fmt.Errorf("%q is no signal: use one of %s", name, strings.Join(signalNames, ", "))
	}
	return Signal(i + 1), nil
}

// SignalFor gives what a metric measures where nobody says otherwise: CPU a resource, the work that is done each pod, and
// the work that comes whatever is measured of the whole.
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

// byPod says whether each pod has its own value of the metric.
func byPod(m *engine.Metric) bool {
	return m.Type == engine.Resource || m.Type == engine.ContainerResource || m.Type == engine.Pods
}

// CanMeasure says what is wrong with a metric for this plant, or nothing.
func (c *Config) CanMeasure(m *engine.Metric) error {
	signal := c.signal(m)
	switch isCPU := m.Type == engine.Resource || m.Type == engine.ContainerResource; {
	case isCPU && m.Name != "cpu":
		return fmt.Errorf("metric %q: the plant's pods use no resource but cpu: leave the metric out", m.Name)
	case isCPU && signal != SignalCPU:
		return fmt.Errorf("metric %q: a resource is what pods use of it: give it no other signal", m.Name)
	case byPod(m) && signal != SignalServed && signal != SignalCPU:
		return fmt.Errorf("metric %q: of each pod there are the signals served and cpu only: make it an External metric", m.Name)
	default:
		return nil
	}
}

func (c *Config) signal(m *engine.Metric) Signal {
	name := m.Name
	if name == "" {
		name = m.Query // a Prometheus metric has no other
	}
	if signal, named := c.Metrics.Signals[name]; named {
		return signal
	}
	return SignalFor(m)
}

// Observe tells what is seen of the target and its metrics now, as a controller would see it. It uses the memory that seen
// has.
func (p *Plant) Observe(seen *engine.Observation, metrics []engine.Metric) {
	seen.SpecReplicas, seen.StatusReplicas = p.replicas, 0
	seen.PodsProblem, seen.PodsReason = "", ""
	seen.Pods = seen.Pods[:0]
	for i := range p.pods {
		seen.Pods = append(seen.Pods, p.pods[i].seen)
		if p.pods[i].stage < draining {
			seen.StatusReplicas++
		}
	}
	for len(seen.Readings) < len(metrics) {
		seen.Readings = append(seen.Readings, engine.Reading{})
	}
	seen.Readings = seen.Readings[:len(metrics)]
	visible := p.visible()
	for i := range metrics {
		if m := &metrics[i]; byPod(m) {
			p.readPods(&seen.Readings[i], m, visible)
		} else {
			p.readWhole(&seen.Readings[i], p.config.signal(m), visible)
		}
	}
}

// readWhole tells a value of the target as a whole. A rate is the difference of the first and the last scrape of the window.
func (p *Plant) readWhole(r *engine.Reading, signal Signal, in span) {
	*r = engine.Reading{Pods: r.Pods[:0], Requests: r.Requests[:0]}
	first, last := p.ends(in)
	gauge := signal == SignalBacklog || signal == SignalWait
	switch {
	case last == nil || (first == last && !gauge):
		r.Problem = "there are too few samples in the window"
		return
	case gauge:
		r.Time = p.time(last.at)
	default:
		r.Time, r.Window = p.time(last.at), p.config.Metrics.Window
	}
	seconds := (last.at - first.at).Seconds()
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

// noAnswer is what the source says during an outage.
const noAnswer = "Prometheus does not answer"

// partial says why values over these scrapes are; empty where they are not.
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

// ends are the first and the last scrape that succeeded.
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

// readPods tells each pod's value.
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

// sample is the difference of a pod's first and last scrape in the window. A pod that was found once has none yet.
func (p *Plant) sample(pod *pod, signal Signal, in span) engine.Sample {
	if pod.stage < starting {
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
	grown := to.served - from.served
	if signal == SignalCPU {
		grown = to.cpu - from.cpu
	}
	sample := engine.Sample{
		Known: true, Time: p.time(p.nth(last).at), Window: p.config.Metrics.Window,
		Partial: p.partial(span{max(in.first, pod.firstScrape), in.end}),
	}
	seconds := (p.nth(last).at - p.nth(first).at).Seconds()
	if sample.Partial != "" {
		seconds = sample.Window.Seconds()
	}
	sample.Value = thousandths(to.factor * grown / seconds)
	return sample
}

// thousandths of a value; an infinite one is as great as a value can be.
func thousandths(x float64) int64 {
	if x *= 1000; x < math.MaxInt64/2 {
		return int64(math.Round(x))
	}
	return math.MaxInt64 / 2
}
