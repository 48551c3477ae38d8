package source

import (
	"sync"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/metricsadapter/rule"
)

// planKey is the input of a plan.
type planKey struct {
	namespace string
	metric    engine.Metric
	// grouped is the rule's query; nil for none. object is the object that an Object metric describes.
	grouped *rule.MetricQuery
	object  rule.Object
}

// plansKept bounds the plans of a generation. The cache has two.
const plansKept = 20_000

// plans caches plans. It drops those without a request for a whole generation. The zero value is an empty cache.
type plans struct {
	mu           sync.Mutex
	young, older map[planKey]*planned
}

func (p *plans) get(q planKey, compute func(planKey) *planned) *planned {
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

func (p *plans) add(q planKey, known *planned) {
	if p.young == nil || len(p.young) >= plansKept {
		p.older, p.young = p.young, map[planKey]*planned{}
	}
	p.young[q] = known
}
