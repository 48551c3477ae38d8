package plant

import (
	"math"
	"time"
)

// Moment is the outcome of one step.
type Moment struct {
	// At is the start of the step, since the start of the plant; Length its length.
	At, Length time.Duration
	// Rate is the offered load, in units per second; Known is false if the real load is unknown.
	Rate  float64
	Known bool
	// Replicas is the desired number of pods, Pods the number of pods in any stage, and Ready the number of serving pods.
	Replicas    int32
	Pods, Ready int
	// Starting is the number of pods that pull their image or start, Blocked the number of those that cannot: they wait for a
	// node or after a failed start, their node is lost, or the quota refuses them and they do not exist.
	Starting, Blocked int
	// Wasted is the age of the pods that were deleted at the start of the step and were never ready, in pod seconds.
	Wasted float64
	Nodes  int
	// Capacity of the ready pods, in units per second, and Busy the used share of it.
	Capacity, Busy float64
	// Arrived, Served and Dropped are units of work; Backlog is the queue at the end of the step.
	Arrived, Served, Dropped, Backlog float64
	// Wait is the waiting time at the 95th percentile, in seconds; infinite without a serving pod.
	Wait float64
	// Late reports whether Wait exceeds the bound.
	Late bool
	// Demand is the minimum number of ready pods that serves the rate within the bound.
	Demand int32
}

// Advance simulates one step with an offered rate, which is finite and not negative. known is false if the real load at this
// time is unknown.
func (p *Plant) Advance(rate float64, known bool) Moment {
	dt := p.config.Step.Seconds()
	m := Moment{
		At: p.now, Length: p.config.Step, Rate: rate, Known: known, Replicas: p.replicas, Pods: len(p.pods), Nodes: p.nodes.count,
		Arrived: rate * dt, Demand: p.limits.demand(rate),
	}
	p.countPods(&m)
	before := p.backlog
	p.serve(&m)
	p.waitingTime(&m, before)
	p.addUp(&m)
	p.now += p.config.Step
	p.advance()
	p.scrape(m.Wait)
	return m
}

// podCounts are the pods by their stage, the first end of a stage, and whether a pod waits for a node. They hold until a pod changes.
type podCounts struct {
	valid                    bool
	ready, starting, blocked int
	capacity                 float64
	next                     time.Duration
	waiting                  bool
}

// countPods sets the counts of the pods. It counts again only where a pod has changed, because most steps change none.
func (p *Plant) countPods(m *Moment) {
	if !p.counts.valid {
		p.counts = p.count()
	}
	c := &p.counts
	m.Ready, m.Starting, m.Blocked, m.Capacity = c.ready, c.starting, c.blocked, c.capacity
	m.Wasted, p.wasted = p.wasted.Seconds(), 0
}

// count counts the pods. The capacity of pods that warm up changes with time, so that such counts do not hold.
func (p *Plant) count() podCounts {
	c := podCounts{valid: p.config.Pod.WarmUp == 0, next: never}
	missing := int(p.replicas)
	for i := range p.pods {
		pod := &p.pods[i]
		if pod.stage < draining {
			missing--
		}
		switch pod.stage {
		case serving:
			c.ready++
			c.capacity += p.rate(pod)
		case pulling, starting:
			c.starting++
		case waiting, crashed, lost, unreported:
			c.blocked++
		}
		c.next, c.waiting = min(c.next, pod.next), c.waiting || pod.stage == waiting
	}
	c.blocked += missing
	return c
}

// serve updates the queue: arrived and waiting work is served up to the capacity, the rest waits or is dropped.
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

// waitingTime computes the waiting time: that behind the backlog, plus that of random arrivals.
func (p *Plant) waitingTime(m *Moment, before float64) {
	switch {
	case m.Capacity > 0:
		mean := (before + m.Backlog) / 2 / m.Capacity
		if p.config.Bound > 0 {
			ready := float64(m.Ready)
			mean += meanWait(ready, m.Capacity/ready, m.Rate/m.Capacity)
		}
		m.Wait = percentile95 * mean
	case before+m.Arrived > 0:
		m.Wait = math.Inf(1)
	}
	m.Late = p.config.Bound > 0 && m.Wait > p.config.Bound.Seconds()
}

// addUp updates the counters of the target and of its pods. Pods share the load in proportion to their rates, as with a
// least-connections load balancer, so that all serving pods have the same utilization.
func (p *Plant) addUp(m *Moment) {
	dt := m.Length.Seconds()
	p.total.arrived += m.Arrived
	p.total.served += m.Served
	p.total.busy += m.Busy * dt
	cpu := &p.config.Pod.CPU
	busy, start, idle := (cpu.Idle+(cpu.Full-cpu.Idle)*m.Busy)*dt, cpu.Starting*dt, cpu.Idle*dt
	total := p.total.cpu
	for i := range p.pods {
		pod, used := &p.pods[i], 0.0
		switch pod.stage {
		case serving:
			pod.served += m.Busy * p.rate(pod) * dt
			used = busy
		case starting:
			used = start
		case draining:
			used = idle
		default:
			continue
		}
		pod.cpu += used
		total += used
	}
	p.total.cpu = total
}
