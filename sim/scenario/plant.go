package scenario

import (
	"flyball.dev/flyball/sim/plant"
)

// Plant is a simulated target.
type Plant struct {
	Config plant.Config
	// Replicas at the start.
	Replicas int32
	Seed     uint64
}

var plantWords = []option[func(*line, *Plant)]{
	{"replicas", func(l *line, p *Plant) { p.Replicas = l.number("count", 0, MaxReplicas) }},
	{"seed", func(l *line, p *Plant) { p.Seed = l.seed() }},
}

func (l *line) seed() uint64 { return uint64(l.number("seed", 0, 1_000_000_000)) }

var plantLines = []option[func(*line, *plant.Config)]{
	{"step", func(l *line, c *plant.Config) { c.Step = l.duration("step", 0) }},
	{"rate", func(l *line, c *plant.Config) { c.Pod.Rate = l.ratio("rate of a pod") }},
	{"cpu", parseCPU},
	{"start", func(l *line, c *plant.Config) { c.Pod.Start = l.randomDuration("time to start") }},
	{"warmup", func(l *line, c *plant.Config) {
		c.Pod.WarmUp = l.duration("time to warm up", 0)
		l.literally("from")
		c.Pod.WarmFrom = l.share("share of the rate")
	}},
	{"drain", func(l *line, c *plant.Config) { c.Pod.Drain = l.duration("time to drain", 0) }},
	{"fails", func(l *line, c *plant.Config) {
		l.literally("after")
		c.Pod.FailsAfter = l.duration("mean time to a failure", 0)
	}},
	{"image", func(l *line, c *plant.Config) { c.Pod.Image = l.randomDuration("time to pull an image") }},
	{"startfails", func(l *line, c *plant.Config) { c.Pod.StartFails = l.share("share of starts") }},
	{"crashloops", func(l *line, c *plant.Config) { c.Pod.CrashLoops = l.share("share of pods") }},
	{"quota", func(l *line, c *plant.Config) { c.Quota = int(l.number("number of pods", 1, MaxReplicas)) }},
	{"bound", parseBound},
	{"room", func(l *line, c *plant.Config) { c.Room = l.ratio("amount of work") }},
	{"nodes", parseNodes},
	{"added", parseAdded},
	{"lost", parseLost},
	{"scrapes", parseScrapes},
	{"noise", func(l *line, c *plant.Config) { c.Metrics.Noise = l.share("share of a value") }},
	{"loss", func(l *line, c *plant.Config) { c.Metrics.Loss = l.share("share of scrapes") }},
	{"fault", func(l *line, c *plant.Config) { parseFault(l, c, l.ratio("factor")) }},
	{"outage", func(l *line, c *plant.Config) { parseFault(l, c, 0) }},
	{"signal", parseSignal},
}

// parsePlant parses the rest of the head and the lines of a plant.
func parsePlant(head *line, input []text) (*Plant, error) {
	p := &Plant{Config: plant.Defaults(), Replicas: 1, Seed: 1}
	if err := settings(head, "setting of a plant", plantWords, p); err != nil {
		return nil, err
	}
	for _, t := range input {
		l := t.read()
		if parse := choose(l, "line of a plant", plantLines); parse != nil {
			parse(l, &p.Config)
		}
		if err := l.end(); err != nil {
			return nil, err
		}
	}
	if err := p.Config.Validate(); err != nil {
		head.fail("", "the plant is not valid: %v", err)
	}
	return p, head.end()
}

// literally reads a fixed word, which makes the line easier to read.
func (l *line) literally(word string) { choose(l, "word here", []option[bool]{{word, true}}) }

// randomDuration reads D [sigma S] [least D] [most D].
func (l *line) randomDuration(what string) plant.Duration {
	d := plant.Duration{Median: l.duration(what, 0)}
	for {
		switch word, after := l.peek(); word {
		case "sigma":
			l.rest = after
			d.Sigma = l.ratio("sigma")
		case "least":
			l.rest = after
			d.Least = l.duration("least of a "+what, 0)
		case "most":
			l.rest = after
			d.Most = l.duration("most of a "+what, 0)
		default:
			return d
		}
	}
}

// parseCPU parses [request Q] [idle Q] [full Q] [starting Q].
func parseCPU(l *line, c *plant.Config) {
	cpu := &c.Pod.CPU
	for l.more() {
		into := choose(l, "part of the CPU", []option[*float64]{
			{"request", &cpu.Request}, {"idle", &cpu.Idle}, {"full", &cpu.Full}, {"starting", &cpu.Starting},
		})
		if q := l.quantity("number of cores"); l.err == nil {
			*into = q.AsApproximateFloat64()
		}
	}
}

// parseBound parses D or none.
func parseBound(l *line, c *plant.Config) {
	if l.rest == "none" {
		c.Bound, l.rest = 0, ""
		return
	}
	c.Bound = l.duration("bound of the waiting time", 1)
}

// parseNodes parses of PODS from LEAST to MOST delay D [sigma S] [keep D].
func parseNodes(l *line, c *plant.Config) {
	n := &c.Nodes
	l.literally("of")
	n.Pods = int(l.number("number of pods on a node", 1, MaxReplicas))
	l.literally("from")
	n.Least = int(l.number("least number of nodes", 0, MaxReplicas))
	l.literally("to")
	n.Most = int(l.number("greatest number of nodes", 0, MaxReplicas))
	l.literally("delay")
	n.Delay = l.randomDuration("time until a node is ready")
	if l.more() {
		l.literally("keep")
		n.Keep = l.duration("time that a node is kept", 0)
	}
}

// parseAdded parses N at D.
func parseAdded(l *line, c *plant.Config) {
	c.Nodes.Added = append(c.Nodes.Added, nodesAt(l))
}

// parseLost parses N at D.
func parseLost(l *line, c *plant.Config) {
	c.Nodes.Lost = append(c.Nodes.Lost, plant.LostNodes(nodesAt(l)))
}

func nodesAt(l *line) plant.AddedNodes {
	a := plant.AddedNodes{Count: int(l.number("number of nodes", 1, MaxReplicas))}
	l.literally("at")
	a.At = l.duration("time since the start", 0)
	return a
}

// parseScrapes parses every D window D [lag D].
func parseScrapes(l *line, c *plant.Config) {
	m := &c.Metrics
	l.literally("every")
	m.Every = l.duration("time between scrapes", 1)
	l.literally("window")
	m.Window = l.duration("window of a rate", 1)
	if m.Lag = 0; l.more() {
		l.literally("lag")
		m.Lag = l.duration("lag", 0)
	}
}

// parseFault parses at D for D.
func parseFault(l *line, c *plant.Config, factor float64) {
	f := plant.Fault{Factor: factor}
	l.literally("at")
	f.At = l.duration("time since the start", 0)
	l.literally("for")
	f.For = l.duration("length of a fault", 0)
	c.Metrics.Faults = append(c.Metrics.Faults, f)
}

// parseSignal parses METRIC SIGNAL.
func parseSignal(l *line, c *plant.Config) {
	metric := l.word("name of a metric")
	if c.Metrics.Signals == nil {
		c.Metrics.Signals = map[string]plant.Signal{}
	}
	c.Metrics.Signals[metric] = choose(l, "signal", []option[plant.Signal]{
		{"arrived", plant.SignalArrived},
		{"served", plant.SignalServed},
		{"backlog", plant.SignalBacklog},
		{"wait", plant.SignalWait},
		{"cpu", plant.SignalCPU},
		{"busy", plant.SignalBusy},
	})
}
