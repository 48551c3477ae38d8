package scenario

import (
	"time"

	"flyball.dev/flyball/sim/load"
)

// offered is a load during parsing: the sum of its lines, then noise applied to the sum.
type offered struct {
	seed  uint64
	parts []load.Load
	noise []func(load.Load) load.Load
}

var loadWords = []option[func(*line, *offered)]{
	{"seed", func(l *line, o *offered) { o.seed = l.seed() }},
}

var loadLines = []option[func(*line, *offered)]{
	{"steady", func(l *line, o *offered) { o.add(load.Steady(l.rate())) }},
	{"step", func(l *line, o *offered) {
		before, after := l.rate(), l.rate()
		o.add(load.Step(before, after, l.named("at", 0)))
	}},
	{"ramp", func(l *line, o *offered) {
		from, to, instant := l.rate(), l.rate(), l.named("at", 0)
		o.add(load.Ramp(from, to, instant, l.named("take", 1)))
	}},
	{"sawtooth", func(l *line, o *offered) {
		low, high := l.rate(), l.rate()
		o.add(load.Sawtooth(low, high, l.named("every", 1)))
	}},
	{"diurnal", func(l *line, o *offered) {
		low, high := l.rate(), l.rate()
		o.add(load.Diurnal(low, high, l.named("every", 1)))
	}},
	{"onoff", func(l *line, o *offered) {
		high, low, on := l.rate(), l.rate(), l.named("on", 1)
		o.add(load.OnOff(high, low, on, l.named("off", 0)))
	}},
	{"spikes", func(l *line, o *offered) {
		low, high, every := l.rate(), l.rate(), l.named("every", 1)
		o.add(load.Spikes(low, high, every, l.named("last", 0)))
	}},
	{"noise", func(l *line, o *offered) {
		sigma, every, seed := l.share("standard deviation, a share of the load"), l.named("every", 1), o.nextSeed()
		o.noise = append(o.noise, func(of load.Load) load.Load { return load.Noise(of, sigma, every, seed) })
	}},
	{"poisson", func(l *line, o *offered) {
		every, seed := l.named("every", 1), o.nextSeed()
		o.noise = append(o.noise, func(of load.Load) load.Load { return load.Poisson(of, every, seed) })
	}},
}

func (o *offered) add(part load.Load) { o.parts = append(o.parts, part) }

// nextSeed returns a separate seed for each line with randomness.
func (o *offered) nextSeed() uint64 { return o.seed<<16 + uint64(len(o.noise)) }

// share reads a number from 0 to 1.
func (l *line) share(what string) float64 {
	word, _ := l.peek()
	share := l.ratio(what)
	if share > 1 {
		l.fail(word, "is not a valid %s: use a number from 0 to 1", what)
	}
	return share
}

// rate reads a rate in units per second.
func (l *line) rate() float64 {
	word, _ := l.peek()
	r := l.ratio("rate")
	if r > 1e12 {
		l.fail(word, "is not a valid rate: use at most 1e12 units per second")
	}
	return r
}

// named reads NAME D.
func (l *line) named(name string, least time.Duration) time.Duration {
	l.literally(name)
	return l.duration("duration", least)
}

// parseLoad parses the rest of the head and the lines of a load.
func parseLoad(head *line, input []text) (load.Load, error) {
	o := &offered{seed: 1}
	if err := settings(head, "setting of a load", loadWords, o); err != nil {
		return nil, err
	}
	for _, t := range input {
		l := t.read()
		if parse := choose(l, "line of a load", loadLines); parse != nil {
			parse(l, o)
		}
		if err := l.end(); err != nil {
			return nil, err
		}
	}
	if len(o.parts) == 0 {
		head.fail("", "the load is empty: add a line such as steady 100")
		return nil, head.end()
	}
	sum := load.Sum(o.parts...)
	for _, noise := range o.noise {
		sum = noise(sum)
	}
	return sum, head.end()
}
