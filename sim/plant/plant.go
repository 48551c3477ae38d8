package plant

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// Plant is a simulated target. Its memory grows with the number of pods, not with time.
type Plant struct {
	config   Config
	start    time.Time
	now      time.Duration // since start
	dice     dice
	replicas int32
	pods     []pod // by age, the oldest first
	nodes    *nodes
	images   images
	unbound  int           // pods without a node, as last reported to nodes
	wasted   time.Duration // of pods deleted before they were ready, since the last step
	losses   int           // items of Lost whose nodes are lost
	counts   podCounts
	limits   limits
	backlog  float64
	total    totals

	scrapes    []scrape // a ring
	scraped    int      // number of scrapes so far
	nextScrape time.Duration
}

// New returns a plant with replicas that have been ready for an hour, and nodes for them within the bounds of the config.
func New(config Config, start time.Time, replicas int32, seed uint64) (*Plant, error) {
	return NewIn(nil, config, start, replicas, seed)
}

// NewIn is [New] for a plant whose pods run on the nodes of a shared pool; nil for nodes by the config.
func NewIn(pool *Pool, config Config, start time.Time, replicas int32, seed uint64) (*Plant, error) {
	if pool != nil {
		config.Nodes = *pool.nodes.config
	}
	if err := config.Validate(); err != nil {
		return nil, err
	}
	p := &Plant{
		config: config, start: start, dice: newDice(seed),
		limits: newLimits(config.Pod.Rate, config.Bound), scrapes: make([]scrape, config.Metrics.storedScrapes()),
	}
	if p.nodes = newNodes(&p.config.Nodes); pool != nil {
		p.nodes = pool.nodes
	}
	p.replicas = replicas
	p.startPods()
	p.bindPods()
	p.scrape(0)
	return p, nil
}

// startPods creates the first pods. Those with a node are ready.
func (p *Plant) startPods() {
	count := int(min(p.replicas, p.mostPods()))
	p.nodes.addFor(count)
	ready := 0
	for range count {
		pod := p.create()
		if p.nodes.reserve() {
			p.startReady(pod)
			ready++
		}
	}
	p.startImages(ready)
}

// startReady makes a pod ready since an hour before the start.
func (p *Plant) startReady(pod *pod) {
	pod.api.Phase, pod.api.Started = engine.Running, p.time(-time.Hour)
	p.becomeReady(pod, -time.Hour)
	if pod.next != never {
		pod.next = max(0, pod.next+time.Hour) // the exponential distribution is memoryless
	}
}

// Now is the time since the start.
func (p *Plant) Now() time.Duration { return p.now }

// Time is the current time.
func (p *Plant) Time() time.Time { return p.time(p.now) }

func (p *Plant) time(since time.Duration) time.Time { return p.start.Add(since) }

// Replicas is the desired number of pods.
func (p *Plant) Replicas() int32 { return p.replicas }
