package plant

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// Plant is a target that is simulated. It uses as much memory as it has pods, however long it goes on.
type Plant struct {
	config   Config
	began    time.Time
	now      time.Duration // since it began
	dice     dice
	replicas int32
	pods     []pod // by age, the oldest first
	nodes    *nodes
	homeless int // pods without a node, as the nodes know it
	limits   limits
	backlog  float64
	total    totals

	scrapes    []scrape // a ring
	scraped    int      // how many there have been
	nextScrape time.Duration
}

// New gives a plant that begins at an instant, with so many replicas that have been ready for an hour. Nodes are there for
// them where there can be so many.
func New(config Config, began time.Time, replicas int32, seed uint64) (*Plant, error) {
	return NewIn(nil, config, began, replicas, seed)
}

// NewIn gives a plant whose pods are on the nodes of a pool, and not on those of its config; nil for its own.
func NewIn(pool *Pool, config Config, began time.Time, replicas int32, seed uint64) (*Plant, error) {
	if pool != nil {
		config.Nodes = *pool.nodes.config
	}
	if err := config.Validate(); err != nil {
		return nil, err
	}
	p := &Plant{
		config: config, began: began, dice: newDice(seed),
		limits: newLimits(config.Pod.Rate, config.Bound), scrapes: make([]scrape, config.Metrics.remembered()),
	}
	if p.nodes = newNodes(&p.config.Nodes); pool != nil {
		p.nodes = pool.nodes
	}
	p.nodes.hold(int(min(replicas, MostPods)))
	p.replicas = replicas
	for range min(replicas, MostPods) {
		pod := p.create()
		if p.nodes.take() {
			p.settle(pod)
		}
	}
	p.house()
	p.scrape(0)
	return p, nil
}

// settle makes a pod one that has been ready for an hour.
func (p *Plant) settle(pod *pod) {
	pod.seen.Phase, pod.seen.Started = engine.Running, p.time(-time.Hour)
	p.becomeReady(pod, -time.Hour)
	if pod.next != never {
		pod.next = max(0, pod.next+time.Hour) // failing has no memory, and it has not failed so far
	}
}

// Now is the time since it began.
func (p *Plant) Now() time.Duration { return p.now }

// Time is the instant that this is.
func (p *Plant) Time() time.Time { return p.time(p.now) }

func (p *Plant) time(since time.Duration) time.Time { return p.began.Add(since) }

// Replicas that are asked for.
func (p *Plant) Replicas() int32 { return p.replicas }
