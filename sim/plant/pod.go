package plant

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// stage of a pod's life cycle. A ReplicaSet deletes pods in this order, pods in earlier stages first; an unreported pod is a serving one to it.
type stage uint8

const (
	waiting    stage = iota + 1 // for a node
	pulling                     // its image
	crashed                     // its container failed at its start, and waits for the next one
	lost                        // its node does not report, as the API shows
	unreported                  // its node does not report, and the API shows it as ready
	starting                    // its container
	serving
	draining
	gone
)

// pod is one pod.
type pod struct {
	// api is the pod as the API shows it.
	api   engine.Pod
	stage stage
	// next is the end of the stage; readyAt the time at which the pod became ready. Both are times since the start of the plant.
	next, readyAt time.Duration
	// created is the time since the start of the plant at which the pod was created.
	created time.Duration
	// served and cpu are counters, in units of work and in core seconds.
	served, cpu float64
	// scrapes is a ring of the last scrapes; firstScrape the number of the first scrape of the running pod.
	scrapes     []podScrape
	firstScrape int
	// failures is the number of failed starts in a row. broken states that all starts fail, wasReady that one did not.
	failures         int
	broken, wasReady bool
	// nodeLost states that the pod has no capacity of a node any more.
	nodeLost bool
}

// bind binds a pod to a node.
func (p *Plant) bind(pod *pod, instant time.Duration) {
	pod.stage = pulling
	pod.api.Started = p.time(instant)
	// One draw gives both halves.
	half := p.config.Pod.Start.draw(p.dice.starts) / 2
	pod.next = p.imageAt(instant) + half
	pod.readyAt = pod.next + half
	pod.broken = p.drawBroken()
}

// advancePod moves a pod through all stages that ended by now.
func (p *Plant) advancePod(pod *pod) {
	for pod.next <= p.now {
		instant := pod.next
		switch pod.stage {
		case pulling:
			pod.stage, pod.next = starting, pod.readyAt
			pod.api.Phase, pod.api.Readiness, pod.api.ReadySince = engine.Running, engine.NotReady, p.time(instant)
			pod.firstScrape = p.scraped
		case crashed:
			pod.stage = starting
			pod.next = instant + max(p.config.Step, p.config.Pod.Start.draw(p.dice.starts)/2)
		case starting:
			if p.startFails(pod) {
				p.crash(pod, instant)
			} else {
				p.becomeReady(pod, instant)
			}
		case serving: // its container fails
			pod.stage = starting
			pod.api.Readiness, pod.api.ReadySince = engine.NotReady, p.time(instant)
			pod.next = instant + max(p.config.Step, p.config.Pod.Start.draw(p.dice.starts)/2)
		case unreported:
			pod.findLost(p.time(instant), instant)
		case draining, lost:
			pod.stage, pod.next = gone, never
		}
	}
}

func (p *Plant) becomeReady(pod *pod, instant time.Duration) {
	pod.stage, pod.readyAt, pod.next = serving, instant, never
	pod.wasReady, pod.failures = true, 0
	pod.api.Readiness, pod.api.ReadySince = engine.Ready, p.time(instant)
	if mean := p.config.Pod.FailsAfter; mean > 0 {
		after := min(float64(mean)*p.dice.failures.ExpFloat64(), float64(never/4))
		pod.next = instant + max(p.config.Step, time.Duration(after))
	}
}

// retire deletes a pod. A serving pod drains first.
func (p *Plant) retire(pod *pod) {
	switch {
	case pod.stage == serving && p.config.Pod.Drain > 0:
		pod.stage, pod.next = draining, p.now+p.config.Pod.Drain
		pod.api.Deleting = true
		return
	case pod.stage != waiting && !pod.nodeLost:
		p.nodes.used--
	}
	if !pod.wasReady {
		p.wasted += p.now - pod.created
	}
	pod.stage, pod.next = gone, never
}

// rate of a serving pod, in units per second. It is lower while the pod warms up.
func (p *Plant) rate(pod *pod) float64 {
	c := &p.config.Pod
	if age := p.now - pod.readyAt; age < c.WarmUp {
		return c.Rate * (c.WarmFrom + (1-c.WarmFrom)*float64(age)/float64(c.WarmUp))
	}
	return c.Rate
}
