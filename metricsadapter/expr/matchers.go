package expr

import (
	"fmt"
	"slices"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// WithMatchers adds the matchers to every selector of the query.
func (e Expr) WithMatchers(matchers ...*labels.Matcher) (Expr, error) {
	root, err := parse(e.text) // A separate tree: e is immutable.
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

// Enforce restricts every selector of the query to series whose label has the value. A selector that requires another
// value is an error rather than an empty result, so that its author sees the cause. A query that exceeds the limits of
// [Parse] with the matcher is an error, too.
func (e Expr) Enforce(label, value string) (Expr, error) {
	for node := range nodes(e.root) {
		selector, ok := node.(*parser.VectorSelector)
		if !ok {
			continue
		}
		for _, m := range selector.LabelMatchers {
			if m.Name == label && !m.Matches(value) {
				return Expr{}, fmt.Errorf("the query selects %s, but may only read %s=%q: remove that matcher",
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
		return Expr{}, fmt.Errorf("with matcher %s in each of its %d selectors, %w", matcher, e.SelectorCount(), err)
	}
	if err := e.checkConfined(confined, matcher); err != nil {
		return Expr{}, err
	}
	return confined, nil
}

// checkConfined reads the confined text back, as the server will, and returns an error unless it has the selectors of the
// query, each with the matcher. An error is a defect of the parser or the printer, which must not open another namespace.
func (e Expr) checkConfined(confined Expr, matcher *labels.Matcher) error {
	root, err := parse(confined.text)
	if err != nil {
		return fmt.Errorf("the query with matcher %s does not parse: %w", matcher, err)
	}
	selectors := 0
	for node := range nodes(root) {
		selector, ok := node.(*parser.VectorSelector)
		if !ok {
			continue
		}
		selectors++
		if !slices.ContainsFunc(selector.LabelMatchers, func(m *labels.Matcher) bool { return m.String() == matcher.String() }) {
			return fmt.Errorf("matcher %s cannot be added to %s: write the selector in another form", matcher, selector)
		}
	}
	if selectors != e.SelectorCount() {
		return fmt.Errorf("with matcher %s the query has %d selectors instead of %d: write it in another form", matcher, selectors, e.SelectorCount())
	}
	return nil
}

// SelectorCount returns the number of selectors. A query without selectors, such as time(), reads no series.
func (e Expr) SelectorCount() int { return countSelectors(e.root) }
