package expr

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// maxLeaves bounds the selectors of a query for times. Each operation between two vectors contains its sides twice.
const maxLeaves = 32

// maxTimesNodes bounds the syntax tree of a query for times, whose parts are shared: the printed text would double with
// each operation between two vectors without selectors, such as vector(1).
const maxTimesNodes = 2000

// Times returns a query for the times of the samples behind each element of this query's result. Its result has the
// same labels, and its values are Unix times in seconds. (The timestamps in a query result are all the evaluation
// time.) The rules are:
//
//   - A selector is as old as the newest sample that it reads of a series, for instants and for ranges.
//   - An element computed from several series, by an aggregation or an operation, is as old as the oldest of them. With
//     the youngest, one live series would hide that all others have stopped.
//   - Elements that a filter drops do not count.
//   - An offset that a selector has beyond the smallest offset of the query is intended and not age. A query whose
//     selectors all have an offset is that old.
//   - A sample of a recording rule is as old as the rule's evaluation; the samples that the rule read may be older.
//
// instant is the server's lookback for instant selectors. The Duration is the lookback that the query for times
// requires: the longest range, or instant. The error names the part of the query that prevents it: subqueries, whose
// samples no selector returns, the @ modifier, absent(), and selectors without a metric name.
func (e Expr) Times(instant time.Duration) (Expr, time.Duration, error) {
	root, err := parse(e.text) // A tree of its own: parts of it become parts of the other.
	if err != nil {
		return Expr{}, 0, fmt.Errorf("the canonical text does not parse: %w", err)
	}
	w := newTimesBuilder(root, instant)
	made, err := w.times(root)
	switch {
	case err != nil:
		return Expr{}, 0, fmt.Errorf("sample times cannot be determined: %w", err)
	case made.expr == nil:
		return Expr{}, 0, errors.New("sample times cannot be determined: the query reads no series")
	}
	if outer, ok := made.expr.(*parser.ParenExpr); ok {
		made.expr = outer.Expr
	}
	times := canonical(made.expr)
	if len(times.text) > MaxLength {
		return Expr{}, 0, fmt.Errorf("sample times cannot be determined: the query for them would be longer than %d bytes", MaxLength)
	}
	return times, w.longest, nil
}

// timesBuilder builds a query for times from a query.
type timesBuilder struct {
	// instant is the lookback of instant selectors; longest the most that any selector reads back.
	instant, longest time.Duration
	// newest is the smallest offset of a selector, or 0 if that is in the future.
	newest time.Duration
	// gaps requests gap counts of ranges instead of times. subqueryRange and subqueryOffset are those of the enclosing
	// subqueries.
	gaps                          gapKind
	subqueryRange, subqueryOffset time.Duration
}

func newTimesBuilder(root parser.Expr, instant time.Duration) timesBuilder {
	w := timesBuilder{instant: instant}
	first, ranges := true, map[*parser.VectorSelector]bool{}
	for node := range nodes(root) { // parents first
		switch n := node.(type) {
		case *parser.MatrixSelector:
			w.longest = max(w.longest, n.Range)
			if selector, ok := n.VectorSelector.(*parser.VectorSelector); ok {
				ranges[selector] = true
			}
		case *parser.VectorSelector:
			if !ranges[n] {
				w.longest = max(w.longest, instant)
			}
			if offset := max(0, n.OriginalOffset); first || offset < w.newest {
				first, w.newest = false, offset
			}
		}
	}
	return w
}

// timesExpr is the query for the times of a part of the query, and its number of selectors. expr is nil for a part
// without samples.
type timesExpr struct {
	expr   parser.Expr
	leaves int
}

var noTimes timesExpr

func (w timesBuilder) times(node parser.Expr) (timesExpr, error) {
	made, err := w.timesOf(node)
	if err == nil && made.leaves > maxLeaves {
		return noTimes, fmt.Errorf("the query for them would have more than %d selectors", maxLeaves)
	}
	if err == nil && made.expr != nil && hasMoreNodes(made.expr, maxTimesNodes) {
		return noTimes, fmt.Errorf("the query for them would have more than %d operations", maxTimesNodes)
	}
	return made, err
}

func (w timesBuilder) timesOf(node parser.Expr) (timesExpr, error) {
	switch n := node.(type) {
	case *parser.NumberLiteral:
		return noTimes, nil
	case *parser.VectorSelector:
		return w.selector(n, w.instant, false)
	case *parser.MatrixSelector:
		selector, ok := n.VectorSelector.(*parser.VectorSelector)
		if !ok || n.RangeExpr != nil {
			return noTimes, fmt.Errorf("%s is not a plain range selector", n)
		}
		return w.selector(selector, n.Range, true)
	case *parser.SubqueryExpr:
		if w.gaps != noGaps {
			return w.subquery(n)
		}
		return noTimes, fmt.Errorf("[%s:] is a subquery", n.Range)
	case *parser.ParenExpr:
		return w.times(n.Expr)
	case *parser.UnaryExpr:
		return w.times(n.Expr)
	case *parser.AggregateExpr:
		return w.aggregation(n)
	case *parser.Call:
		return w.call(n)
	case *parser.BinaryExpr:
		return w.binary(n)
	}
	return noTimes, fmt.Errorf("%s is not supported", node)
}

// selector returns the time of the newest sample of each series that a selector reads within its lookback. With gaps
// set, a range returns its gaps.
func (w timesBuilder) selector(s *parser.VectorSelector, back time.Duration, isRange bool) (timesExpr, error) {
	if s.Timestamp != nil || s.StartOrEnd != 0 || s.OriginalOffsetExpr != nil {
		return noTimes, fmt.Errorf("%s reads at a fixed time", s)
	}
	if !namesMetric(s) {
		return noTimes, fmt.Errorf("%s has no metric name", s)
	}
	switch {
	case w.gaps != noGaps && (isRange || w.subqueryRange > 0):
		if !isRange {
			back = 0 // an instant selector in a subquery reads the subquery's range
		}
		return w.rangeGaps(s, back)
	case w.gaps != noGaps:
		return w.instantGaps(s), nil
	}
	plain := &parser.VectorSelector{Name: s.Name, LabelMatchers: s.LabelMatchers, OriginalOffset: s.OriginalOffset}
	made := function("timestamp", plain)
	if back < w.longest {
		oldest := operation(function("time"), parser.SUB, durationLiteral(back+s.OriginalOffset))
		made = paren(operation(made, parser.GTR, oldest))
	}
	if late := s.OriginalOffset - w.newest; late > 0 {
		made = paren(operation(made, parser.ADD, durationLiteral(late)))
	}
	return timesExpr{made, 1}, nil
}

// namesMetric reports whether all series have one name. timestamp() drops the name, and fails on two series that are
// then equal.
func namesMetric(s *parser.VectorSelector) bool {
	for _, m := range s.LabelMatchers {
		if m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual && m.Value != "" {
			return true
		}
	}
	return false
}
