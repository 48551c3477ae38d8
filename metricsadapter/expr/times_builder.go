package expr

import (
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

func (w timesBuilder) aggregation(n *parser.AggregateExpr) (timesExpr, error) {
	if n.Op == parser.COUNT_VALUES {
		return noTimes, fmt.Errorf("%s creates a label from values", n.Op)
	}
	if n.Param != nil && readsSeries(n.Param) {
		return noTimes, fmt.Errorf("the parameter of %s is a series", n.Op)
	}
	inner, err := w.times(n.Expr)
	if err != nil {
		return noTimes, err
	}
	if keepsOrAddsLabels(n.Op) {
		return filtered(inner, parser.LAND, nil, n), nil
	}
	return timesExpr{&parser.AggregateExpr{Op: w.aggregator(), Expr: inner.expr, Grouping: n.Grouping, Without: n.Without}, inner.leaves}, nil
}

// aggregator is the aggregation over several series: the oldest of their times, or the sum of their counts.
func (w timesBuilder) aggregator() parser.ItemType {
	if w.gaps != noGaps {
		return parser.SUM
	}
	return parser.MIN
}

// constant is the query for a constant: its time is the evaluation time, and it has no gap.
func (w timesBuilder) constant() parser.Expr {
	if w.gaps != noGaps {
		return function("vector", &parser.NumberLiteral{})
	}
	return function("vector", function("time"))
}

func (w timesBuilder) call(n *parser.Call) (timesExpr, error) {
	name := n.Func.Name
	switch name {
	case "absent", "absent_over_time", "info", "histogram_quantiles":
		return noTimes, fmt.Errorf("%s() returns labels that no series has", name)
	case "vector":
		inner, err := w.times(n.Args[0])
		if err != nil || inner.expr != nil {
			return timesExpr{function("vector", inner.expr), inner.leaves}, err
		}
		return timesExpr{w.constant(), 0}, nil
	}
	series, err := operand(n)
	if err != nil {
		return noTimes, err
	}
	if series == nil {
		if isVector(n) { // such as hour()
			return timesExpr{w.constant(), 0}, nil
		}
		return noTimes, nil
	}
	inner, err := w.argument(name, series)
	if err != nil {
		return noTimes, err
	}
	switch name {
	case "label_replace", "label_join":
		inner.expr = &parser.Call{Func: n.Func, Args: append(parser.Expressions{inner.expr}, n.Args[1:]...)}
	case "histogram_quantile", "histogram_fraction":
		inner.expr = &parser.AggregateExpr{Op: w.aggregator(), Expr: inner.expr, Grouping: []string{"le"}, Without: true}
	case "scalar":
		inner.expr = function("scalar", &parser.AggregateExpr{Op: w.aggregator(), Expr: inner.expr})
	}
	return inner, nil
}

func (w timesBuilder) binary(n *parser.BinaryExpr) (timesExpr, error) {
	left, err := w.times(n.LHS)
	if err != nil {
		return noTimes, err
	}
	if n.Op == parser.LAND || n.Op == parser.LUNLESS {
		return filtered(left, n.Op, n.VectorMatching, n.RHS), nil
	}
	right, err := w.times(n.RHS)
	if err != nil {
		return noTimes, err
	}
	var made timesExpr
	switch {
	case n.Op == parser.LOR:
		return timesExpr{
			paren(&parser.BinaryExpr{Op: n.Op, LHS: left.expr, RHS: right.expr, VectorMatching: n.VectorMatching}),
			left.leaves + right.leaves,
		}, nil
	case left.expr == nil:
		made = right
	case right.expr == nil:
		made = left
	case !isVector(n):
		return noTimes, fmt.Errorf("%s has two scalar operands", n)
	case w.gaps != noGaps:
		made = elementwiseSum(left, right, n.VectorMatching)
	default:
		made = elementwiseMin(left, right, n.VectorMatching)
	}
	if isFilter(n) && isVector(n) {
		return filtered(made, parser.LAND, nil, n), nil
	}
	return made, nil
}

// elementwiseMin returns the smaller of two times, for each pair that matches. PromQL has no function for it; (a + b -
// |a - b|) / 2 has the same labels as the operation's own result.
func elementwiseMin(left, right timesExpr, matching *parser.VectorMatching) timesExpr {
	meet := func(op parser.ItemType) parser.Expr {
		return &parser.BinaryExpr{Op: op, LHS: left.expr, RHS: right.expr, VectorMatching: matching}
	}
	twice := operation(paren(meet(parser.ADD)), parser.SUB, function("abs", meet(parser.SUB)))
	return timesExpr{paren(operation(paren(twice), parser.DIV, &parser.NumberLiteral{Val: 2})), 2 * (left.leaves + right.leaves)}
}

// argument handles the operand of a function. last_over_time reads the newest sample of its range, like an instant
// selector.
func (w timesBuilder) argument(name string, series parser.Expr) (timesExpr, error) {
	if matrix, ok := series.(*parser.MatrixSelector); ok && name == "last_over_time" && w.gaps != noGaps && w.subqueryRange == 0 {
		if selector, ok := matrix.VectorSelector.(*parser.VectorSelector); ok {
			return w.selector(selector, matrix.Range, false)
		}
	}
	return w.times(series)
}

// elementwiseSum returns the sum of two counts, for each pair that matches.
func elementwiseSum(left, right timesExpr, matching *parser.VectorMatching) timesExpr {
	made := &parser.BinaryExpr{Op: parser.ADD, LHS: left.expr, RHS: right.expr, VectorMatching: matching}
	return timesExpr{paren(made), left.leaves + right.leaves}
}

// filtered keeps the times of the elements that the query keeps.
func filtered(times timesExpr, op parser.ItemType, matching *parser.VectorMatching, by parser.Expr) timesExpr {
	if matching == nil {
		matching = &parser.VectorMatching{Card: parser.CardManyToMany}
	}
	made := &parser.BinaryExpr{Op: op, LHS: times.expr, RHS: paren(by), VectorMatching: matching}
	return timesExpr{paren(made), times.leaves + countSelectors(by)}
}

func function(name string, args ...parser.Expr) parser.Expr {
	return &parser.Call{Func: parser.Functions[name], Args: slices.Clone(parser.Expressions(args))}
}

// operation builds an operation on elements with the same labels, or on scalars.
func operation(left parser.Expr, op parser.ItemType, right parser.Expr) parser.Expr {
	made := &parser.BinaryExpr{Op: op, LHS: left, RHS: right}
	if isVector(left) && isVector(right) {
		made.VectorMatching = &parser.VectorMatching{Card: parser.CardOneToOne}
	}
	return made
}

func paren(inner parser.Expr) parser.Expr { return &parser.ParenExpr{Expr: inner} }

func durationLiteral(d time.Duration) parser.Expr { return &parser.NumberLiteral{Val: d.Seconds()} }
