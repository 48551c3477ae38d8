package plant

import (
	"fmt"
	"time"
)

// nodes count the capacity for pods. Pods have no specific node. A node can be removed when the free capacity is that of a node.
type nodes struct {
	config *Nodes
	count  int
	used   int // pods with a node
	// waiting pods have no node.
	waiting int
	// ordered are the times at which ordered nodes become ready.
	ordered []time.Duration
	// spareSince is the time since which a node has been unneeded; never if all are needed.
	spareSince time.Duration
	// joined is the number of items of Added whose nodes are ready, added the number of their nodes.
	joined, added int
}

func newNodes(config *Nodes) *nodes {
	return &nodes{config: config, count: config.Least, spareSince: never}
}

// Pool is a set of nodes that several plants share. The plant that advances first gets capacity first.
type Pool struct{ nodes *nodes }

// NewPool returns a pool. An error names the invalid field of the config.
func NewPool(config Nodes) (*Pool, error) {
	whole := Defaults()
	whole.Nodes = config
	if len(config.Lost) > 0 {
		return nil, fmt.Errorf("nodes.lost has %d items: it must be empty for nodes that several plants share", len(config.Lost))
	}
	if err := whole.Validate(); err != nil {
		return nil, err
	}
	return &Pool{newNodes(&config)}, nil
}

// addFor adds nodes for more pods at the start, up to the maximum.
func (n *nodes) addFor(pods int) {
	if size := n.config.Pods; size > 0 {
		n.count = max(n.count, min(n.config.Most, (n.used+pods+size-1)/size))
	}
}

// least and most bound the number of nodes, those of an administrator included.
func (n *nodes) least() int { return n.config.Least + n.added }
func (n *nodes) most() int  { return n.config.Most + n.added }

// isComing reports whether more nodes become ready later.
func (n *nodes) isComing() bool { return len(n.ordered) > 0 || n.joined < len(n.config.Added) }

func (n *nodes) unlimited() bool { return n.config.Pods == 0 }

// reserve reserves capacity for a pod, and reports whether a node has any.
func (n *nodes) reserve() bool {
	if !n.unlimited() && n.used >= n.count*n.config.Pods {
		return false
	}
	n.used++
	return true
}

// arrive adds the ordered nodes that are ready by now, and those that an administrator has added.
func (n *nodes) arrive(now time.Duration) {
	for ; n.joined < len(n.config.Added) && n.config.Added[n.joined].At <= now; n.joined++ {
		n.count += n.config.Added[n.joined].Count
		n.added += n.config.Added[n.joined].Count
	}
	left := n.ordered[:0]
	for _, at := range n.ordered {
		if at <= now {
			n.count++
		} else {
			left = append(left, at)
		}
	}
	n.ordered = left
}

// order updates the number of waiting pods of the plant, and orders the nodes that all waiting pods need.
func (p *Plant) order(waiting int) {
	n := p.nodes
	n.waiting += waiting - p.unbound
	p.unbound = waiting
	for n.waiting > len(n.ordered)*n.config.Pods && n.count+len(n.ordered) < n.most() {
		n.ordered = append(n.ordered, p.now+n.config.Delay.draw(p.dice.nodes))
	}
}

// removeSpare removes a node each time that one has been unneeded for the configured time.
func (n *nodes) removeSpare(now time.Duration) {
	for !n.unlimited() {
		if n.count*n.config.Pods-n.used < n.config.Pods || n.count <= n.least() {
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
