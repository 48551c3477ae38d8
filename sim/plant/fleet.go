package plant

import "flyball.dev/flyball/autoscaler/engine"

// MostPods is how many there can be of those that are asked for, as if by a quota.
const MostPods = 10_000

// Scale asks for so many replicas.
func (p *Plant) Scale(replicas int32) {
	p.replicas = replicas
	there := int32(0)
	for i := range p.pods {
		if p.pods[i].stage < draining {
			there++
		}
	}
	for ; there < min(replicas, MostPods); there++ {
		p.create()
	}
	for least := waiting; least <= serving; least++ {
		for i := len(p.pods) - 1; i >= 0 && there > replicas; i-- { // the youngest first
			if p.pods[i].stage == least {
				p.retire(&p.pods[i])
				there--
			}
		}
	}
	p.bury()
	p.house()
	p.nodes.giveBack(p.now)
}

// create makes a pod that waits for a node. It takes over the memory of one that is gone.
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
		seen:  engine.Pod{Phase: engine.Pending, Readiness: engine.NotReady},
		stage: waiting, next: never, scrapes: scrapes,
	}
	return next
}

// bury takes away those that are gone. The others stay in the order of their creation.
func (p *Plant) bury() {
	kept := 0
	for i := range p.pods {
		if p.pods[i].stage != gone {
			p.pods[kept], p.pods[i] = p.pods[i], p.pods[kept]
			kept++
		}
	}
	p.pods = p.pods[:kept]
}

// house gives pods that wait for a node the room that there is, the oldest first, and orders nodes for the others.
func (p *Plant) house() {
	homeless := 0
	for i := range p.pods {
		switch pod := &p.pods[i]; {
		case pod.stage != waiting:
		case homeless == 0 && p.nodes.take():
			p.bind(pod, p.now)
			p.live(pod) // one that starts in no time is ready at once
		default:
			homeless++
		}
	}
	p.order(homeless)
}

// advance brings pods and nodes to the present.
func (p *Plant) advance() {
	ended, homeless := false, false
	for i := range p.pods {
		pod := &p.pods[i]
		if pod.next <= p.now {
			p.live(pod)
			if pod.stage == gone {
				p.nodes.used--
				ended = true
			}
		}
		homeless = homeless || pod.stage == waiting
	}
	if ended {
		p.bury()
	}
	if homeless || len(p.nodes.coming) > 0 {
		p.nodes.arrive(p.now)
		p.house()
	}
	p.nodes.giveBack(p.now)
}
