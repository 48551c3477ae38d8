package plant

import (
	"fmt"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// The node lifecycle controller, by default, sets the pods of a node that does not report to not ready after lostGrace, and evicts them
// lostEviction later. Their controller replaces them only then.
const (
	lostGrace    = 50 * time.Second
	lostEviction = 5 * time.Minute
)

// loseNodes takes the nodes that are lost by now, with the oldest pods that have a node.
func (p *Plant) loseNodes() {
	for all := p.config.Nodes.Lost; p.losses < len(all) && all[p.losses].At <= p.now; p.losses++ {
		count := min(all[p.losses].Count, p.nodes.count)
		p.nodes.count -= count
		left := count * p.config.Nodes.Pods
		p.counts.valid = false
		for i := 0; i < len(p.pods) && left > 0; i++ {
			if pod := &p.pods[i]; !pod.nodeLost && pod.stage > waiting && pod.stage < draining {
				p.lose(pod, all[p.losses].At)
				left--
			}
		}
	}
}

// lose ends a pod's work. The API shows a ready one as ready until its node is found lost. One that is not ready stays as it is.
func (p *Plant) lose(pod *pod, instant time.Duration) {
	p.nodes.used--
	pod.nodeLost = true
	if pod.stage == serving {
		pod.stage, pod.next = unreported, instant+lostGrace
		return
	}
	pod.stage, pod.next = lost, instant+lostGrace+lostEviction
}

// findLost shows a pod of a lost node as not ready.
func (pod *pod) findLost(found time.Time, instant time.Duration) {
	pod.stage, pod.next = lost, instant+lostEviction
	pod.api.Readiness, pod.api.ReadySince, pod.api.Lost = engine.NotReady, found, true
}

// validateEvents returns an error that names the first invalid item of Added or Lost.
func (n *Nodes) validateEvents() error {
	if err := validateItems("nodes.added", n.Added); err != nil {
		return err
	}
	if len(n.Lost) > 0 && n.Pods == 0 {
		return fmt.Errorf("nodes.lost has %d items, and nodes.pods is 0: set the number of pods on a node", len(n.Lost))
	}
	items := make([]AddedNodes, len(n.Lost))
	for i, l := range n.Lost {
		items[i] = AddedNodes(l)
	}
	return validateItems("nodes.lost", items)
}

func validateItems(field string, items []AddedNodes) error {
	for i, a := range items {
		switch {
		case a.At < 0 || a.Count < 1:
			return fmt.Errorf("%s[%d] has %d nodes at %s: it must have at least 1, at a time that is not negative", field, i, a.Count, a.At)
		case i > 0 && a.At < items[i-1].At:
			return fmt.Errorf("%s[%d].at is %s: it must not be before that of the previous item (%s)", field, i, a.At, items[i-1].At)
		}
	}
	return nil
}
