package expr

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// maxLeaves bounds the selectors of a query for times. Each operation between two vectors names its sides twice.
const maxLeaves = 32

// maxTimesNodes bounds the syntax tree of a query for times, whose parts are shared: printed, it would double with each
// operation between two vectors that have no selector, such as vector(1).
const maxTimesNodes = 2000

// Times gives a query for the times of the samples behind each element of this query's answer: an answer with the same
// labels, whose values are times in seconds since 1970. (The times that come with an answer are all that of the
// evaluation.) The rule is:
//
//   - A selector is as old as the newest sample that it reads of a series, whether it reads that one or a range of them.
//   - What is made of several series, by grouping or by an operation, is as old as the oldest of them. Were it the
//     youngest, one series that still comes would vouch for all that have ceased to.
//   - What a filter drops does not count.
//   - What is read from further in the past than the rest of the query, by offset, is so on purpose: only what it is late
//     beyond that is age. Where everything is read from the past, everything is that old.
//   - A recording rule's sample is as old as the rule's evaluation; what the rule read may be older.
//
// instant is how far back the server looks for an instant's sample. The Duration is how far it must look back for the
// query for times: the longest range, or instant. The error says what in the query keeps the times from being told:
// subqueries, which read samples that no selector tells of, @, absent(), and selectors that do not name a metric.
func (e Expr) Times(instant time.Duration) (Expr, time.Duration, error) {
	root, err := parse(e.text) // A tree of its own: parts of it become parts of the other.
	if err != nil {
		return Expr{}, 0, fmt.Errorf("the canonical text does not parse: %w", err)
	}
	w := newTimesBuilder(root, instant)
	made, err := w.times(root)
	switch {
	case err != nil:
		return Expr{}, 0, fmt.Errorf("the times of the samples cannot be told: %w", err)
	case made.expr == nil:
		return Expr{}, 0, errors.New("the times of the samples cannot be told: there are none")
	}
	if outer, ok := made.expr.(*parser.ParenExpr); ok {
		made.expr = outer.Expr
	}
	times := canonical(made.expr)
	if len(times.text) > MaxLength {
		return Expr{}, 0, fmt.Errorf("the times of the samples cannot be told: a query for them is longer than %d bytes", MaxLength)
	}
	return times, w.longest, nil
}

// timesBuilder makes a query for times out of a query.
type timesBuilder struct {
	// readsInstant is how far back instants are looked for; longest the most that any selector looks back.
	instant, longest time.Duration
	// newest is the smallest offset of a selector, or 0 if that is in the future.
	newest time.Duration
	// gaps asks for gaps in ranges instead of times. within and shift are the range and the offset of the subqueries around.
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

// timesExpr is what tells the times of a part of the query, and how many selectors it has; no expr for a part that is
// made of no sample.
type timesExpr struct {
	expr   parser.Expr
	leaves int
}

var noTimes timesExpr

func (w timesBuilder) times(node parser.Expr) (timesExpr, error) {
	made, err := w.timesOf(node)
	if err == nil && made.leaves > maxLeaves {
		return noTimes, fmt.Errorf("that takes more than %d selectors", maxLeaves)
	}
	if err == nil && made.expr != nil && hasMoreNodes(made.expr, maxTimesNodes) {
		return noTimes, fmt.Errorf("that takes more than %d operations", maxTimesNodes)
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
			return noTimes, fmt.Errorf("%s is no plain range", n)
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
	return noTimes, fmt.Errorf("%s is not known here", node)
}

// selector gives the time of the newest sample of each series that a selector reads in the time that it looks back. Of a
// range it may be asked for gaps instead.
func (w timesBuilder) selector(s *parser.VectorSelector, back time.Duration, isRange bool) (timesExpr, error) {
	if s.Timestamp != nil || s.StartOrEnd != 0 || s.OriginalOffsetExpr != nil {
		return noTimes, fmt.Errorf("%s reads a fixed moment", s)
	}
	if !namesMetric(s) {
		return noTimes, fmt.Errorf("%s names no metric", s)
	}
	switch {
	case w.gaps != noGaps && (isRange || w.subqueryRange > 0):
		if !isRange {
			back = 0 // of an instant in a subquery, the subquery's range is what is read
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

// namesMetric says that all series have one name: timestamp() drops it, and refuses two that then look alike.
func namesMetric(s *parser.VectorSelector) bool {
	for _, m := range s.LabelMatchers {
		if m.Name == model.MetricNameLabel && m.Type == labels.MatchEqual && m.Value != "" {
			return true
		}
	}
	return false
}
