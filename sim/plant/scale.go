package plant

import "flyball.dev/flyball/autoscaler/engine"

// MostPods is the maximum number of pods, like a quota.
const MostPods = 10_000

// mostPods is the maximum number of pods in any stage.
func (p *Plant) mostPods() int32 {
	if quota := p.config.Quota; quota > 0 {
		return int32(min(quota, MostPods))
	}
	return MostPods
}

// existing is the number of pods that are not terminating.
func (p *Plant) existing() (count int32) {
	for i := range p.pods {
		if p.pods[i].stage < draining {
			count++
		}
	}
	return count
}

// createMissing creates the desired pods that do not exist, up to the quota. Terminating pods count towards a configured quota.
func (p *Plant) createMissing(count int32) {
	allowed := min(p.replicas, p.mostPods())
	if p.config.Quota > 0 {
		allowed = min(allowed, p.mostPods()-(int32(len(p.pods))-count))
	}
	for ; count < allowed; count++ {
		p.create()
	}
}

// Scale sets the desired number of pods.
func (p *Plant) Scale(replicas int32) {
	p.replicas, p.counts.valid = replicas, false
	count := p.existing()
	p.createMissing(count)
	for _, least := range []stage{waiting, pulling, crashed, lost, starting, serving} {
		for i := len(p.pods) - 1; i >= 0 && count > replicas; i-- { // the youngest first
			if stage := p.pods[i].stage; stage == least || least == serving && stage == unreported {
				p.retire(&p.pods[i])
				count--
			}
		}
	}
	p.removeGone()
	p.bindPods()
	p.nodes.removeSpare(p.now)
	p.images.dropRemoved(p.nodes)
}

// create adds a pod that waits for a node. It reuses the memory of a removed pod.
func (p *Plant) create() *pod {
	if len(p.pods) < cap(p.pods) {
		p.pods = p.pods[:len(p.pods)+1]
	} else {
		p.pods = append(p.pods, pod{})
	}
	next := &p.pods[len(p.pods)-1]
	scrapes := next.scrapes
	if scrapes == nil {
		scrapes = make([]podScrape, len(p.scrapes))
	}
	*next = pod{
		api:   engine.Pod{Phase: engine.Pending, Readiness: engine.NotReady},
		stage: waiting, next: never, created: p.now, scrapes: scrapes,
	}
	return next
}

// removeGone removes terminated pods. The others stay in the order of their creation.
func (p *Plant) removeGone() {
	kept := 0
	for i := range p.pods {
		if p.pods[i].stage != gone {
			p.pods[kept], p.pods[i] = p.pods[i], p.pods[kept]
			kept++
		}
	}
	p.pods = p.pods[:kept]
}

// bindPods binds waiting pods to nodes with capacity, the oldest first, and orders nodes for the others.
func (p *Plant) bindPods() {
	unbound := 0
	for i := range p.pods {
		switch pod := &p.pods[i]; {
		case pod.stage != waiting:
		case unbound == 0 && p.nodes.reserve():
			p.bind(pod, p.now)
			p.advancePod(pod) // a pod with a start-up time of 0 is ready at once
		default:
			unbound++
		}
	}
	p.order(unbound)
}

// advance updates pods and nodes to the current time. The counts of the pods are those of the step before.
func (p *Plant) advance() {
	ended, evicted, unbound := false, false, p.counts.waiting
	if p.counts.next <= p.now {
		ended, evicted = p.advancePods()
	}
	p.loseNodes()
	if ended {
		p.removeGone()
		if p.config.Quota > 0 || evicted {
			p.createMissing(p.existing())
			unbound = true
		}
	}
	if unbound || p.nodes.isComing() {
		p.nodes.arrive(p.now)
		p.bindPods()
		p.counts.valid = false
	}
	p.nodes.removeSpare(p.now)
	p.images.dropRemoved(p.nodes)
}

// advancePods moves all pods to the current time, and reports whether a pod ended, and whether one of a lost node did.
func (p *Plant) advancePods() (ended, evicted bool) {
	p.counts.valid = false
	for i := range p.pods {
		pod := &p.pods[i]
		if pod.next > p.now {
			continue
		}
		if p.advancePod(pod); pod.stage == gone {
			ended, evicted = true, evicted || pod.nodeLost
			if !pod.nodeLost {
				p.nodes.used--
			}
		}
	}
	return ended, evicted
}
