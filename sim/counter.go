package sim

import (
	"time"

	"flyball.dev/flyball/sim/plant"
)

// Counter computes the scores of a run.
type Counter struct {
	least, most int32

	seconds, violated, arrived, late float64
	pods, optimal                    float64 // seconds
	short, surplus                   float64 // shares of the demand, times seconds
	shortTime, surplusTime           float64
	calm                             calm
	trend                            trend
}

// NewCounter returns a Counter for an autoscaler with these bounds.
func NewCounter(least, most int32) *Counter { return &Counter{least: least, most: most} }

// Add counts a step. Call it with every step, in order.
func (c *Counter) Add(m *plant.Moment) {
	c.calm.add(m)
	c.trend.add(m)
	if !m.Known {
		return
	}
	dt := m.Length.Seconds()
	c.seconds += dt
	c.arrived += m.Arrived
	if m.Late {
		c.violated += dt
		c.late += m.Arrived
	} else {
		c.late += m.Dropped
	}
	c.pods += float64(m.Pods) * dt
	c.optimal += float64(max(c.least, min(c.most, m.Demand))) * dt
	c.elasticity(float64(m.Demand), float64(m.Ready), dt)
}

// elasticity adds to the metrics of the SPEC Research Group. Without demand, a surplus is relative to one pod.
func (c *Counter) elasticity(demand, supply, dt float64) {
	switch share := (supply - demand) / max(demand, 1) * dt; {
	case share > 0:
		c.surplus += share
		c.surplusTime += dt
	case share < 0:
		c.short -= share
		c.shortTime += dt
	}
}

// Scores returns the scores of all steps; zero without steps.
func (c *Counter) Scores() Scores {
	s := Scores{
		Seconds: c.seconds, SLOViolationSeconds: c.violated,
		PodHours: c.pods / 3600, OptimalPodHours: c.optimal / 3600,
		Changes: c.calm.changes, Reversals: c.calm.reversals, Flaps: c.calm.flaps, Churn: c.calm.churn,
		ThetaU: percent(c.short, c.seconds), ThetaO: percent(c.surplus, c.seconds),
		TauU: percent(c.shortTime, c.seconds), TauO: percent(c.surplusTime, c.seconds),
		Instability: percent(float64(c.trend.apart), float64(c.trend.compared)),
	}
	if c.arrived > 0 {
		s.LateShare = c.late / c.arrived
	}
	return s
}

func percent(part, whole float64) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * part / whole
}

// calm counts changes of the desired replicas.
type calm struct {
	started                   bool
	replicas                  int32
	rising                    bool
	changedAt                 time.Duration
	changes, reversals, flaps int
	churn                     int64
}

// add counts a change outside of gaps.
func (c *calm) add(m *plant.Moment) {
	before := c.replicas
	c.replicas = m.Replicas
	if !c.started || before == m.Replicas {
		c.started = true
		return
	}
	rising, first := m.Replicas > before, c.changedAt == 0
	if m.Known {
		c.changes++
		c.churn += max(int64(m.Replicas)-int64(before), int64(before)-int64(m.Replicas))
		if !first && rising != c.rising {
			c.reversals++
			if m.At-c.changedAt <= flap {
				c.flaps++
			}
		}
	}
	c.rising, c.changedAt = rising, m.At
}

// sampling is the interval over which the directions of supply and demand are compared.
const sampling = time.Minute

// trend compares the directions of supply and demand, once per interval.
type trend struct {
	next            time.Duration
	started         bool
	supply, demand  int
	compared, apart int // intervals
}

func (t *trend) add(m *plant.Moment) {
	if m.At < t.next {
		return
	}
	t.next = m.At - m.At%sampling + sampling
	if t.started && m.Known {
		t.compared++
		if sign(m.Ready-t.supply) != sign(int(m.Demand)-t.demand) {
			t.apart++
		}
	}
	t.started, t.supply, t.demand = m.Known, m.Ready, int(m.Demand)
}

func sign(x int) int { return min(1, max(-1, x)) }
