package sim

import (
	"fmt"
	"os"
	"time"

	"flyball.dev/flyball/cmd/flyball/internal/input"
	"flyball.dev/flyball/sim/plant"
)

// plantFile is the file of --plant. docs/simulator.md has an example with every field.
type plantFile struct {
	Step    string      `json:"step"`
	Pod     podFile     `json:"pod"`
	Bound   string      `json:"bound"`
	Room    float64     `json:"room"`
	Quota   int         `json:"quota"`
	Nodes   nodesFile   `json:"nodes"`
	Metrics metricsFile `json:"metrics"`
}

type podFile struct {
	Rate float64 `json:"rate"`
	CPU  struct {
		Request  float64 `json:"request"`
		Idle     float64 `json:"idle"`
		Full     float64 `json:"full"`
		Starting float64 `json:"starting"`
	} `json:"cpu"`
	Start      chanceFile `json:"start"`
	WarmUp     string     `json:"warmUp"`
	WarmFrom   float64    `json:"warmFrom"`
	Drain      string     `json:"drain"`
	FailsAfter string     `json:"failsAfter"`
	Image      chanceFile `json:"image"`
	StartFails float64    `json:"startFails"`
	CrashLoops float64    `json:"crashLoops"`
}

type chanceFile struct {
	Median string  `json:"median"`
	Sigma  float64 `json:"sigma"`
	Least  string  `json:"least"`
	Most   string  `json:"most"`
}

type nodesFile struct {
	Pods  int        `json:"pods"`
	Least int        `json:"least"`
	Most  int        `json:"most"`
	Delay chanceFile `json:"delay"`
	Keep  string     `json:"keep"`
	Added []nodesAt  `json:"added"`
	Lost  []nodesAt  `json:"lost"`
}

// nodesAt are nodes that come or go at a time.
type nodesAt struct {
	At    string `json:"at"`
	Count int    `json:"count"`
}

type metricsFile struct {
	Every   string            `json:"every"`
	Window  string            `json:"window"`
	Lag     string            `json:"lag"`
	Noise   float64           `json:"noise"`
	Loss    float64           `json:"loss"`
	Faults  []faultFile       `json:"faults"`
	Signals map[string]string `json:"signals"`
}

type faultFile struct {
	At     string  `json:"at"`
	For    string  `json:"for"`
	Factor float64 `json:"factor"`
}

// readPlant reads a file over the defaults; an empty path returns the defaults.
func readPlant(path string) (*plant.Config, error) {
	defaults := plant.Defaults()
	if path == "" {
		return &defaults, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err // it names the file
	}
	config, err := parsePlant(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return config, nil
}

func parsePlant(text []byte) (*plant.Config, error) {
	defaults := plant.Defaults()
	f := fileOf(&defaults)
	if err := input.UnmarshalOne(text, f); err != nil {
		return nil, err
	}
	config, err := f.config()
	if err != nil {
		return nil, err
	}
	return config, config.Validate()
}

// fileOf returns the defaults in the form of a file.
func fileOf(c *plant.Config) *plantFile {
	f := &plantFile{Step: c.Step.String(), Bound: c.Bound.String()}
	f.Pod.Rate, f.Pod.WarmFrom = c.Pod.Rate, c.Pod.WarmFrom
	f.Pod.CPU.Request, f.Pod.CPU.Idle, f.Pod.CPU.Full, f.Pod.CPU.Starting = c.Pod.CPU.Request, c.Pod.CPU.Idle, c.Pod.CPU.Full, c.Pod.CPU.Starting
	f.Pod.Start = chanceFile{Median: c.Pod.Start.Median.String(), Sigma: c.Pod.Start.Sigma}
	f.Metrics = metricsFile{Every: c.Metrics.Every.String(), Window: c.Metrics.Window.String(), Lag: c.Metrics.Lag.String()}
	return f
}

func (f *plantFile) config() (*plant.Config, error) {
	var t times
	p, n, m := &f.Pod, &f.Nodes, &f.Metrics
	c := &plant.Config{
		Step: t.of("step", f.Step), Bound: t.of("bound", f.Bound), Room: f.Room, Quota: f.Quota,
		Pod: plant.Pod{
			Rate:   p.Rate,
			CPU:    plant.CPU{Request: p.CPU.Request, Idle: p.CPU.Idle, Full: p.CPU.Full, Starting: p.CPU.Starting},
			Start:  t.chance("pod.start", p.Start),
			Image:  t.chance("pod.image", p.Image),
			WarmUp: t.of("pod.warmUp", p.WarmUp), WarmFrom: p.WarmFrom,
			Drain: t.of("pod.drain", p.Drain), FailsAfter: t.of("pod.failsAfter", p.FailsAfter),
			StartFails: p.StartFails, CrashLoops: p.CrashLoops,
		},
		Nodes: plant.Nodes{
			Pods: n.Pods, Least: n.Least, Most: n.Most, Keep: t.of("nodes.keep", n.Keep),
			Delay: t.chance("nodes.delay", n.Delay),
		},
		Metrics: plant.Metrics{
			Every: t.of("metrics.every", m.Every), Window: t.of("metrics.window", m.Window), Lag: t.of("metrics.lag", m.Lag),
			Noise: m.Noise, Loss: m.Loss, Signals: map[string]plant.Signal{},
		},
	}
	for i, added := range n.Added {
		c.Nodes.Added = append(c.Nodes.Added, plant.AddedNodes{At: t.of(fmt.Sprintf("nodes.added[%d].at", i), added.At), Count: added.Count})
	}
	for i, lost := range n.Lost {
		c.Nodes.Lost = append(c.Nodes.Lost, plant.LostNodes{At: t.of(fmt.Sprintf("nodes.lost[%d].at", i), lost.At), Count: lost.Count})
	}
	for i, fault := range m.Faults {
		field := fmt.Sprintf("metrics.faults[%d]", i)
		c.Metrics.Faults = append(c.Metrics.Faults, plant.Fault{At: t.of(field+".at", fault.At), For: t.of(field+".for", fault.For), Factor: fault.Factor})
	}
	for metric, name := range m.Signals {
		signal, err := plant.ParseSignal(name)
		if err != nil {
			return nil, fmt.Errorf("metrics.signals[%s]: %w", metric, err)
		}
		c.Metrics.Signals[metric] = signal
	}
	return c, t.err
}

// times parses the durations of a file. err is the first error.
type times struct{ err error }

// chance parses a random duration.
func (t *times) chance(field string, f chanceFile) plant.Duration {
	return plant.Duration{
		Median: t.of(field+".median", f.Median), Sigma: f.Sigma, Least: t.of(field+".least", f.Least), Most: t.of(field+".most", f.Most),
	}
}

// of parses a field; an empty one is 0.
func (t *times) of(field, text string) time.Duration {
	if text == "" {
		return 0
	}
	d, err := time.ParseDuration(text)
	if err != nil && t.err == nil {
		t.err = fmt.Errorf("%s: Invalid value: %q: must be a duration such as 90s or 5m", field, text)
	}
	return d
}
