package plant

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// stage is where a pod is in its life. The order is that in which a ReplicaSet spares pods: those that have come least far
// are taken away first.
type stage uint8

const (
	waiting  stage = iota + 1 // for a node
	pulling                   // its image
	starting                  // its container
	serving
	draining
	gone
)

// pod is one pod.
type pod struct {
	// seen is what the API shows of it.
	seen  engine.Pod
	stage stage
	// next is when the stage ends; readyAt since when it has been ready. Both since the plant began.
	next, readyAt time.Duration
	// served and cpu are its counters, in units of work and in core seconds.
	served, cpu float64
	// scrapes are the last ones, in a ring; firstScrape is the number of the first that found it running.
	scrapes     []podScrape
	firstScrape int
}

// bind puts a pod on a node.
func (p *Plant) bind(pod *pod, at time.Duration) {
	pod.stage = pulling
	pod.seen.Started = p.time(at)
	// Both halves are drawn at once, and the second is the same as the first.
	pod.next = at + p.config.Pod.Start.draw(p.dice.starts)/2
	pod.readyAt = pod.next + (pod.next - at)
}

// live takes a pod through all stages that have ended by now.
func (p *Plant) live(pod *pod) {
	for pod.next <= p.now {
		at := pod.next
		switch pod.stage {
		case pulling:
			pod.stage, pod.next = starting, pod.readyAt
			pod.seen.Phase, pod.seen.Readiness, pod.seen.ReadySince = engine.Running, engine.NotReady, p.time(at)
			pod.firstScrape = p.scraped
		case starting:
			p.becomeReady(pod, at)
		case serving: // its container fails
			pod.stage = starting
			pod.seen.Readiness, pod.seen.ReadySince = engine.NotReady, p.time(at)
			pod.next = at + max(p.config.Step, p.config.Pod.Start.draw(p.dice.starts)/2)
		case draining:
			pod.stage, pod.next = gone, never
		}
	}
}

func (p *Plant) becomeReady(pod *pod, at time.Duration) {
	pod.stage, pod.readyAt, pod.next = serving, at, never
	pod.seen.Readiness, pod.seen.ReadySince = engine.Ready, p.time(at)
	if mean := p.config.Pod.FailsAfter; mean > 0 {
		after := min(float64(mean)*p.dice.failures.ExpFloat64(), float64(never/4))
		pod.next = at + max(p.config.Step, time.Duration(after))
	}
}

// retire takes a pod away. One that has served finishes what it has.
func (p *Plant) retire(pod *pod) {
	switch {
	case pod.stage == serving && p.config.Pod.Drain > 0:
		pod.stage, pod.next = draining, p.now+p.config.Pod.Drain
		pod.seen.Deleting = true
		return
	case pod.stage != waiting:
		p.nodes.used--
	}
	pod.stage, pod.next = gone, never
}

// rate of a pod that serves, in units a second. While it warms up it is slower.
func (p *Plant) rate(pod *pod) float64 {
	c := &p.config.Pod
	if age := p.now - pod.readyAt; age < c.WarmUp {
		return c.Rate * (c.WarmFrom + (1-c.WarmFrom)*float64(age)/float64(c.WarmUp))
	}
	return c.Rate
}
