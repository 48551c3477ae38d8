package telemetry

import (
	"sync"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/rule"
)

// Other is the name of all queries that are no rule's as a whole.
const Other = "other"

// maxRules is how many rules are told apart; the queries of further ones are told with the others.
const maxRules = 1000

// Rules gives the rules in force; they change when their files do.
type Rules interface {
	Rules() *rule.Set
}

// ruleNames tells which rule a query is of.
type ruleNames struct {
	rules Rules

	mu      sync.Mutex
	of      *rule.Set // that byQuery was made of
	byQuery map[plan.Query]string
}

// name gives the name of the first rule whose query it is.
func (n *ruleNames) name(q plan.Query) string {
	set := n.rules.Rules()
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.of != set {
		n.of, n.byQuery = set, byQuery(set)
	}
	if name, ok := n.byQuery[q]; ok {
		return name
	}
	return Other
}

func byQuery(set *rule.Set) map[plan.Query]string {
	named := map[plan.Query]string{}
	add := func(name string, g *rule.MetricQuery) {
		if g == nil || len(named) >= maxRules {
			return
		}
		q, _, err := plan.ForRule(g, plan.Selector{}, plan.ObjectRef{})
		if _, taken := named[q]; err != nil || taken {
			return
		}
		named[q] = name
	}
	for _, r := range set.Custom {
		add("custom "+r.Object.Resource.String()+" "+r.Name, &r.MetricQuery)
	}
	for _, r := range set.External {
		add("external "+r.Name, &r.MetricQuery)
	}
	for _, r := range set.Resources {
		add("resource "+r.Name+" containers", r.Containers)
		add("resource "+r.Name+" nodes", r.Nodes)
	}
	return named
}
