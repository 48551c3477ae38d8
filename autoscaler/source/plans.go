package source

import (
	"sync"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/metricsadapter/rule"
)

// question is what a plan depends on.
type question struct {
	namespace string
	metric    engine.Metric
	// grouped is the rule's query; nil for none. object is what an Object metric describes.
	grouped *rule.MetricQuery
	object  rule.Object
}

// plansKept bounds the plans of one generation; two are kept.
const plansKept = 20_000

// plans remembers plans. What was not asked for during a whole generation is forgotten. The zero plans is ready to use.
type plans struct {
	mu           sync.Mutex
	young, older map[question]*planned
}

func (p *plans) get(q question, compute func(question) *planned) *planned {
	p.mu.Lock()
	defer p.mu.Unlock()
	if known, ok := p.young[q]; ok {
		return known
	}
	known, ok := p.older[q]
	if !ok {
		known = compute(q)
	}
	p.add(q, known)
	return known
}

func (p *plans) add(q question, known *planned) {
	if p.young == nil || len(p.young) >= plansKept {
		p.older, p.young = p.young, map[question]*planned{}
	}
	p.young[q] = known
}
