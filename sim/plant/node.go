package plant

import "time"

// nodes count the room for pods. Which pod is on which node is not told; a node can be given back once there is as much
// room as one has.
type nodes struct {
	config *Nodes
	count  int
	used   int // pods that have room
	// coming is when those come that were ordered.
	coming []time.Duration
	// spareSince is since when a whole node has not been needed; never where one is.
	spareSince time.Duration
}

func newNodes(config *Nodes) nodes {
	return nodes{config: config, count: config.Least, spareSince: never}
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

// order asks for as many nodes as so many pods wait for, beyond those that are coming.
func (p *Plant) order(waiting int) {
	n := &p.nodes
	for waiting > len(n.coming)*n.config.Pods && n.count+len(n.coming) < n.config.Most {
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
