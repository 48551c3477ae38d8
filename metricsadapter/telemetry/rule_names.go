package telemetry

import (
	"sync"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/rule"
)

// Other is the label value of all queries that are not a rule's query.
const Other = "other"

// maxRules is the number of rules with their own label value; further rules share Other.
const maxRules = 1000

// Rules returns the rules in force, which change when their files do.
type Rules interface {
	Rules() *rule.Set
}

// ruleNames maps queries to rules.
type ruleNames struct {
	rules Rules

	mu      sync.Mutex
	of      *rule.Set // source of byQuery
	byQuery map[plan.Query]string
}

// name returns the name of the first rule with the query.
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
