package expr

import (
	"fmt"
	"slices"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Restrict limits the query to elements of its result whose label matches, and leaves those elements unchanged. It adds
// the matcher only to the selectors that the label of the result comes from: a series that is joined by another label
// may have another value of this one, or none. The error names the operation that combines series with different
// values, so that no part of the result can be computed separately.
func (e Expr) Restrict(matcher *labels.Matcher) (Expr, error) {
	root, err := parse(e.text) // A tree of its own: e is not to change.
	if err != nil {
		return Expr{}, fmt.Errorf("the canonical text does not parse: %w", err)
	}
	if err := restrict(root, matcher); err != nil {
		return Expr{}, fmt.Errorf("the query cannot be restricted to values of label %s: %w", matcher.Name, err)
	}
	return canonical(root), nil
}

func restrict(node parser.Expr, m *labels.Matcher) error {
	switch n := node.(type) {
	case *parser.VectorSelector:
		n.LabelMatchers = append(n.LabelMatchers, m)
		return nil
	case *parser.MatrixSelector:
		return restrict(n.VectorSelector, m)
	case *parser.SubqueryExpr:
		return restrict(n.Expr, m)
	case *parser.ParenExpr:
		return restrict(n.Expr, m)
	case *parser.UnaryExpr:
		return restrict(n.Expr, m)
	case *parser.AggregateExpr:
		return restrictAggregation(n, m)
	case *parser.Call:
		return restrictCall(n, m)
	case *parser.BinaryExpr:
		return restrictBinary(n, m)
	}
	return fmt.Errorf("%s has no labels", node)
}

func restrictAggregation(n *parser.AggregateExpr, m *labels.Matcher) error {
	if slices.Contains(n.Grouping, m.Name) == n.Without {
		return fmt.Errorf("%s aggregates over that label", n.Op)
	}
	if named, ok := n.Param.(*parser.StringLiteral); ok && named.Val == m.Name {
		return fmt.Errorf("%s sets that label", n.Op)
	}
	return restrict(n.Expr, m)
}

func restrictCall(n *parser.Call, m *labels.Matcher) error {
	switch n.Func.Name {
	case "label_replace", "label_join":
		if written, ok := n.Args[1].(*parser.StringLiteral); !ok || written.Val == m.Name {
			return fmt.Errorf("%s() sets that label", n.Func.Name)
		}
	case "absent", "absent_over_time", "vector", "scalar", "info":
		return fmt.Errorf("%s() does not keep the labels of its series", n.Func.Name)
	}
	series, err := operand(n)
	if err != nil {
		return err
	}
	if series == nil {
		return fmt.Errorf("%s() has no labels", n.Func.Name)
	}
	return restrict(series, m)
}

func restrictBinary(n *parser.BinaryExpr, m *labels.Matcher) error {
	switch {
	case !isVector(n.LHS) && !isVector(n.RHS):
		return fmt.Errorf("%s has no labels", n)
	case !isVector(n.RHS):
		return restrict(n.LHS, m)
	case !isVector(n.LHS):
		return restrict(n.RHS, m)
	}
	// Where vector matching includes the label, restricting both sides loses nothing.
	if slices.Contains(n.VectorMatching.MatchingLabels, m.Name) == n.VectorMatching.On {
		if err := restrict(n.LHS, m); err != nil {
			return err
		}
		return restrict(n.RHS, m)
	}
	side, err := labelSide(n, m.Name)
	if err != nil {
		return err
	}
	return restrict(side, m)
}

// labelSide returns the side of an operation that the label of the result comes from, where the sides may differ in it.
func labelSide(n *parser.BinaryExpr, label string) (parser.Expr, error) {
	included := slices.Contains(n.VectorMatching.Include, label)
	switch {
	case n.Op == parser.LAND || n.Op == parser.LUNLESS:
		return n.LHS, nil
	case n.VectorMatching.Card == parser.CardManyToOne && !included, n.VectorMatching.Card == parser.CardOneToMany && included:
		return n.LHS, nil
	case n.VectorMatching.Card == parser.CardOneToMany, n.VectorMatching.Card == parser.CardManyToOne:
		return n.RHS, nil
	}
	return nil, fmt.Errorf("%s matches series with different values of that label", n.Op)
}
