package plan

import (
	"errors"
	"fmt"
	"time"

	"flyball.dev/flyball/metricsadapter/expr"
	"flyball.dev/flyball/metricsadapter/rule"
)

// serverLookback is how far back Prometheus looks for an instant's sample unless it is told otherwise.
const serverLookback = 5 * time.Minute

// Query is one question to Prometheus. Equal values are the same question, to be asked once.
type Query struct {
	// Server is the name of the connection that is asked; empty for the default one.
	Server string
	// Text is PromQL in its canonical form.
	Text string
	// Lookback bounds the age of an instant's sample; 0 leaves it to the server.
	Lookback time.Duration
	// Namespace and Object are the labels by which the answer is indexed; empty for none.
	Namespace, Object string
	// Owner is the namespace whose objects alone have the query asked, and which pays for it; empty where a rule's query
	// serves many.
	Owner string
	// FixedNamespace is the namespace of rows that do not tell theirs, because the query reads no other; empty for none.
	FixedNamespace string
}

// ObjectRef is what a value is read of.
type ObjectRef struct {
	// Namespace that is asked; empty for what is in none.
	Namespace string
	// Object by its name. It may be left out where the rule's Scope is not EachObject.
	Object string
}

// ForRule plans the reading of a rule's metric, narrowed by a selector. What the answer's own labels can decide is left
// to the Filter, so that all selectors share one query; the rest becomes matchers of a query of its own. The place counts
// only where the rule's Scope asks for it, so that all places share one query as well.
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
		return Query{}, Filter{}, fmt.Errorf("the metric selector %s has no place in the rule's query: "+
			"put <<.LabelMatchers>> into metricsQuery, or leave the selector out", selector.selector)
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

// ForInline plans a query that was written in a spec. Where label is set, each of its selectors only reads series whose
// label is the namespace.
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

// ForCompiled plans a query that was written in a spec, and that was parsed and confined before. instant is what
// [expr.Expr.ReadsInstant] says of it.
func ForCompiled(text string, instant bool, namespace string, maxAge time.Duration) Query {
	return Query{Text: text, Lookback: lookback(instant, maxAge), Owner: namespace}
}

// lookback makes samples that are too old vanish at the server. The age of a range's samples is bounded by the range.
func lookback(instant bool, maxAge time.Duration) time.Duration {
	if maxAge <= 0 || maxAge >= serverLookback || !instant {
		return 0
	}
	return maxAge.Truncate(time.Millisecond)
}

// String names the query in messages.
func (q Query) String() string { return fmt.Sprintf("query %s", q.Text) }
