package expr

import (
	"fmt"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// WithMatchers adds the matchers to every selector of the query.
func (e Expr) WithMatchers(matchers ...*labels.Matcher) (Expr, error) {
	root, err := parse(e.text) // A tree of its own: e is not to change.
	if err != nil {
		return Expr{}, fmt.Errorf("the canonical text does not parse: %w", err)
	}
	for node := range nodes(root) {
		if selector, ok := node.(*parser.VectorSelector); ok {
			selector.LabelMatchers = append(selector.LabelMatchers, matchers...)
		}
	}
	return canonical(root), nil
}

// Enforce lets the query read only series whose label has the value. A selector that asks for another value is an
// error rather than an empty answer, because its writer would look for the reason in vain. So is a query that exceeds the
// limits of [Parse] with the matcher.
func (e Expr) Enforce(label, value string) (Expr, error) {
	for node := range nodes(e.root) {
		selector, ok := node.(*parser.VectorSelector)
		if !ok {
			continue
		}
		for _, m := range selector.LabelMatchers {
			if m.Name == label && !m.Matches(value) {
				return Expr{}, fmt.Errorf("the query selects %s, but may only read %s=%q: leave that matcher out",
					m, label, value)
			}
		}
	}
	matcher, err := labels.NewMatcher(labels.MatchEqual, label, value)
	if err != nil {
		return Expr{}, fmt.Errorf("label %q with value %q cannot be matched: %w", label, value, err)
	}
	confined, err := e.WithMatchers(matcher)
	if err != nil {
		return Expr{}, err
	}
	if err := checkLimits(confined.text); err != nil {
		return Expr{}, fmt.Errorf("with the matcher %s in each of its %d selectors %w", matcher, e.SelectorCount(), err)
	}
	return confined, nil
}

// SelectorCount counts the query's selectors. A query without any, such as time(), reads no series.
func (e Expr) SelectorCount() int { return countSelectors(e.root) }
