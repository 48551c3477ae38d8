package plant

import (
	"slices"
	"time"
)

// images count the nodes that have the image of a target, or pull it. Pods have no specific node: a pod goes to a node without
// the image first, as with a scheduler that prefers the emptiest node.
type images struct {
	cached int
	pulls  []pull
}

// pull is a pull on one node. The pods that still fit on the node wait for it.
type pull struct {
	end time.Duration
	fit int
}

// startImages states that the nodes of the pods that a plant starts with have the image.
func (p *Plant) startImages(pods int) { p.images.cached = min(p.nodes.count, pods) }

// dropRemoved drops the images of removed nodes.
func (i *images) dropRemoved(nodes *nodes) { i.cached = min(i.cached, nodes.count) }

// imageAt is the time at which the node of a pod that is bound now has the image. Without limited nodes, each pod has a node
// without the image.
func (p *Plant) imageAt(instant time.Duration) time.Duration {
	took := &p.config.Pod.Image
	if took.Median == 0 {
		return instant
	}
	i, size := &p.images, p.config.Nodes.Pods
	i.pulls = slices.DeleteFunc(i.pulls, func(p pull) bool { return p.end <= instant || p.fit == 0 })
	if !p.nodes.unlimited() && i.cached >= p.nodes.count {
		return i.join(instant)
	}
	end := instant + took.draw(p.dice.images)
	if i.cached++; size > 1 {
		i.pulls = append(i.pulls, pull{end, size - 1})
	}
	return end
}

// join waits for the oldest pull on a node on which the pod fits. Without one, the pod goes to a node that has the image.
func (i *images) join(instant time.Duration) (end time.Duration) {
	if len(i.pulls) == 0 {
		return instant
	}
	i.pulls[0].fit--
	return i.pulls[0].end
}
