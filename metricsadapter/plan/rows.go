package plan

import (
	"fmt"
	"regexp"

	promlabels "github.com/prometheus/prometheus/model/labels"

	"flyball.dev/flyball/metricsadapter/expr"
	"flyball.dev/flyball/metricsadapter/rule"
)

// ForRows plans a query that returns only the rows which [ForRule] with its Filter gives for a namespace and for the objects whose
// names match an anchored regular expression, empty for all. The server can aggregate them, over times at which no client read the
// metric. A query whose rows cannot be computed separately is an error.
func ForRows(g *rule.MetricQuery, selector Selector, namespace, names string) (expr.Expr, error) {
	if g.Scope == rule.ObjectScope {
		return expr.Expr{}, fmt.Errorf("%s: its query is a different one for each object", g.Rule)
	}
	q, filter, err := ForRule(g, selector, ObjectRef{Namespace: namespace})
	if err != nil {
		return expr.Expr{}, err
	}
	e, err := expr.Parse(q.Text)
	if err != nil {
		return expr.Expr{}, err
	}
	var matchers []*promlabels.Matcher
	if filter != All {
		if matchers, _, err = selector.matchers(); err != nil {
			return expr.Expr{}, err
		}
	}
	if q.Namespace != "" && g.Scope == rule.ClusterScope {
		matchers = append(matchers, promlabels.MustNewMatcher(promlabels.MatchEqual, q.Namespace, namespace))
	}
	if names != "" {
		m, err := matchName(q.Object, names)
		if err != nil {
			return expr.Expr{}, err
		}
		matchers = append(matchers, m)
	}
	for _, m := range matchers {
		if e, err = e.Restrict(m); err != nil {
			return expr.Expr{}, fmt.Errorf("%s: %w", g.Rule, err)
		}
	}
	return e, nil
}

// matchName matches the label of an object. A name without special characters is compared, which servers can look up.
func matchName(label, names string) (*promlabels.Matcher, error) {
	if regexp.QuoteMeta(names) == names {
		return promlabels.NewMatcher(promlabels.MatchEqual, label, names)
	}
	return promlabels.NewMatcher(promlabels.MatchRegexp, label, names)
}
