package plan

import (
	"errors"
	"fmt"
	"time"

	"flyball.dev/flyball/metricsadapter/expr"
	"flyball.dev/flyball/metricsadapter/rule"
)

// serverLookback is the default lookback of Prometheus for instant selectors.
const serverLookback = 5 * time.Minute

// Query is one query for Prometheus. Equal values are the same query, which is sent once.
type Query struct {
	// Server is the name of the connection that is asked; empty for the default one.
	Server string
	// Text is PromQL in its canonical form.
	Text string
	// Lookback bounds the age of an instant's sample; 0 leaves it to the server.
	Lookback time.Duration
	// Namespace and Object are the labels by which the answer is indexed; empty for none.
	Namespace, Object string
	// Owner is the namespace whose objects alone use the query, and whose query budget it is charged to; empty where
	// the query of a rule serves many namespaces.
	Owner string
	// Tenant is the value of the server's tenant header; empty for that of its configuration.
	Tenant string
	// FixedNamespace is the namespace of rows without a namespace label, because the query reads no other namespace;
	// empty for none.
	FixedNamespace string
}

// ObjectRef identifies the object whose value is read.
type ObjectRef struct {
	// Namespace of the object; empty for cluster-scoped objects.
	Namespace string
	// Object is its name. It may be empty where the rule's Scope is not ObjectScope.
	Object string
}

// ForRule plans the query for a rule's metric, restricted by a selector. Where the labels of the result suffice, the
// Filter applies the selector, so that all selectors share one query; otherwise the selector becomes matchers of a
// separate query. The object matters only where the rule's Scope requires it, so that all objects share one query as
// well.
func ForRule(g *rule.MetricQuery, selector Selector, in ObjectRef) (Query, Filter, error) {
	if g.NoValueReason != "" {
		return Query{}, Filter{}, errors.New(g.NoValueReason)
	}
	narrowing, filter := rule.QueryParameters{Namespace: in.Namespace, Object: in.Object}, All
	switch {
	case selector.Empty():
	case selector.onlyOn(g.SelectableLabels):
		filter = Filter{selector: selector.selector, namespace: g.Labels.Namespace, object: g.Labels.Object}
	case !g.TakesMatchers:
		return Query{}, Filter{}, fmt.Errorf("the metric selector %s cannot be applied to the rule's query: "+
			"add <<.LabelMatchers>> to metricsQuery, or remove the selector", selector.selector)
	default:
		var err error
		if narrowing.Matchers, narrowing.Values, err = selector.matchers(); err != nil {
			return Query{}, Filter{}, err
		}
	}
	e, err := g.Render(narrowing)
	if err != nil {
		return Query{}, Filter{}, err
	}
	q := Query{
		Server:    g.Server,
		Text:      e.String(),
		Lookback:  lookback(e.ReadsInstant(), g.MaxAge),
		Namespace: g.Labels.Namespace,
		Object:    g.Labels.Object,
	}
	if g.Scope != rule.ClusterScope {
		q.FixedNamespace, q.Owner = in.Namespace, in.Namespace
	}
	return q, filter, nil
}

// ForInline plans a query that is written in a spec. Where label is set, each selector of the query reads only series
// whose label is the namespace.
func ForInline(query, label, namespace string, maxAge time.Duration) (Query, error) {
	e, err := expr.Parse(query)
	if err != nil {
		return Query{}, err
	}
	if label != "" {
		if e, err = e.Enforce(label, namespace); err != nil {
			return Query{}, err
		}
	}
	return ForCompiled(e.String(), e.ReadsInstant(), namespace, maxAge), nil
}

// ForCompiled plans a query of a spec that was parsed and restricted before. instant is the result of
// [expr.Expr.ReadsInstant].
func ForCompiled(text string, instant bool, namespace string, maxAge time.Duration) Query {
	return Query{Text: text, Lookback: lookback(instant, maxAge), Owner: namespace}
}

// lookback returns a lookback that drops samples that are too old at the server. A range bounds the age of its own
// samples.
func lookback(instant bool, maxAge time.Duration) time.Duration {
	if maxAge <= 0 || maxAge >= serverLookback || !instant {
		return 0
	}
	return maxAge.Truncate(time.Millisecond)
}

// String returns the query for messages.
func (q Query) String() string { return fmt.Sprintf("query %s", q.Text) }
