package plant

import "time"

// nodes count the room for pods. Which pod is on which node is not told; a node can be given back once there is as much
// room as one has.
type nodes struct {
	config *Nodes
	count  int
	used   int // pods that have room
	// waiting pods have none.
	waiting int
	// coming is when those come that were ordered.
	coming []time.Duration
	// spareSince is since when a whole node has not been needed; never where one is.
	spareSince time.Duration
}

func newNodes(config *Nodes) *nodes {
	return &nodes{config: config, count: config.Least, spareSince: never}
}

// Pool is nodes that several plants share. A plant of it finds less room when others have taken it, and what one gives back
// another may have. The one that is advanced first is served first.
type Pool struct{ nodes *nodes }

// NewPool gives a pool. An error names what of the config cannot be.
func NewPool(config Nodes) (*Pool, error) {
	whole := Defaults()
	whole.Nodes = config
	if err := whole.Validate(); err != nil {
		return nil, err
	}
	return &Pool{newNodes(&config)}, nil
}

// hold makes nodes for so many more pods, as far as there can be, which is what there is in the beginning.
func (n *nodes) hold(pods int) {
	if size := n.config.Pods; size > 0 {
		n.count = max(n.count, min(n.config.Most, (n.used+pods+size-1)/size))
	}
}

func (n *nodes) unlimited() bool { return n.config.Pods == 0 }

// take makes room for a pod, and says whether there was any.
func (n *nodes) take() bool {
	if !n.unlimited() && n.used >= n.count*n.config.Pods {
		return false
	}
	n.used++
	return true
}

// arrive adds the nodes that have come by now.
func (n *nodes) arrive(now time.Duration) {
	left := n.coming[:0]
	for _, at := range n.coming {
		if at <= now {
			n.count++
		} else {
			left = append(left, at)
		}
	}
	n.coming = left
}

// order says how many pods of the plant wait, and asks for as many nodes as all that wait take, beyond those that are coming.
func (p *Plant) order(waiting int) {
	n := p.nodes
	n.waiting += waiting - p.homeless
	p.homeless = waiting
	for n.waiting > len(n.coming)*n.config.Pods && n.count+len(n.coming) < n.config.Most {
		n.coming = append(n.coming, p.now+n.config.Delay.draw(p.dice.nodes))
	}
}

// giveBack lets nodes go, one each time that a whole one has not been needed for long enough.
func (n *nodes) giveBack(now time.Duration) {
	for !n.unlimited() {
		if n.count*n.config.Pods-n.used < n.config.Pods || n.count <= n.config.Least {
			n.spareSince = never
			return
		}
		if n.spareSince == never {
			n.spareSince = now
		}
		if now-n.spareSince < n.config.Keep {
			return
		}
		n.count--
		n.spareSince = now
	}
}
