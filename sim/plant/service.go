package plant

import (
	"math"
	"time"
)

// Moment is what happened in one step.
type Moment struct {
	// At is when the step began, since the plant did; Length how long it was.
	At, Length time.Duration
	// Rate that was offered, in units a second; Known is false where it is not known what it really was.
	Rate  float64
	Known bool
	// Replicas that were asked for, Pods that were there for it, whatever they did, and Ready those of them that served.
	Replicas    int32
	Pods, Ready int
	Nodes       int
	// Capacity of the ready pods, in units a second, and the share of it that was used.
	Capacity, Busy float64
	// Arrived, Served and Dropped are units of work; Backlog what waited at the end.
	Arrived, Served, Dropped, Backlog float64
	// Wait of what arrived, at the 95th percentile, in seconds; infinite where nobody serves.
	Wait float64
	// Late says that this was longer than the bound.
	Late bool
	// Demand is the least number of ready pods that would have carried the rate within the bound.
	Demand int32
}

// Advance goes one step on, with a rate of work that is offered: finite, not negative. known says whether it is what really
// came, or a guess for a time of which nothing is known.
func (p *Plant) Advance(rate float64, known bool) Moment {
	dt := p.config.Step.Seconds()
	m := Moment{
		At: p.now, Length: p.config.Step, Rate: rate, Known: known, Replicas: p.replicas, Pods: len(p.pods), Nodes: p.nodes.count,
		Arrived: rate * dt, Demand: p.limits.demand(rate),
	}
	for i := range p.pods {
		if p.pods[i].stage == serving {
			m.Ready++
			m.Capacity += p.rate(&p.pods[i])
		}
	}
	before := p.backlog
	p.serve(&m)
	p.waiting(&m, before)
	p.count(&m)
	p.now += p.config.Step
	p.advance()
	p.scrape(m.Wait)
	return m
}

// serve keeps the books of the queue: what came or waited, and was neither served nor dropped, waits.
func (p *Plant) serve(m *Moment) {
	work := p.backlog + m.Arrived
	can := m.Capacity * m.Length.Seconds()
	m.Served = min(work, can)
	m.Backlog = work - m.Served
	if room := p.config.Room; room > 0 && m.Backlog > room {
		m.Dropped, m.Backlog = m.Backlog-room, room
	}
	if can > 0 {
		m.Busy = m.Served / can
	}
	p.backlog = m.Backlog
}

// waiting tells how long it took to be served: behind the backlog first, and then as chance would have it.
func (p *Plant) waiting(m *Moment, before float64) {
	switch {
	case m.Capacity > 0:
		mean := (before + m.Backlog) / 2 / m.Capacity
		if p.config.Bound > 0 {
			ready := float64(m.Ready)
			mean += wait(ready, m.Capacity/ready, m.Rate/m.Capacity)
		}
		m.Wait = tail * mean
	case before+m.Arrived > 0:
		m.Wait = math.Inf(1)
	}
	m.Late = p.config.Bound > 0 && m.Wait > p.config.Bound.Seconds()
}

// count moves the counters of the target and of its pods. The load is shared by what pods can do, as a balancer does that
// sends work to whoever has least of it; so all that serve are equally busy.
func (p *Plant) count(m *Moment) {
	dt := m.Length.Seconds()
	p.total.arrived += m.Arrived
	p.total.served += m.Served
	p.total.busy += m.Busy * dt
	cpu := &p.config.Pod.CPU
	for i := range p.pods {
		pod := &p.pods[i]
		switch pod.stage {
		case serving:
			pod.served += m.Busy * p.rate(pod) * dt
			used := (cpu.Idle + (cpu.Full-cpu.Idle)*m.Busy) * dt
			pod.cpu += used
			p.total.cpu += used
		case starting:
			pod.cpu += cpu.Starting * dt
			p.total.cpu += cpu.Starting * dt
		case draining:
			pod.cpu += cpu.Idle * dt
			p.total.cpu += cpu.Idle * dt
		}
	}
}
