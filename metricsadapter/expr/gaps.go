package expr

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

const (
	// GapsLabel is the label that distinguishes the elements of the result of [Expr.TimesAndGaps]. Elements without it
	// are sample times.
	GapsLabel = "__flyball__"
	// GapsValue marks elements whose value is [GapCounts].
	GapsValue = "gaps"
	// StartValue marks elements of which at least one series had a sample before the start of its range. Their values
	// have no meaning.
	StartValue = "start"

	// gapBits is the number of bits of each of the three counts in a value. The sum over a million series is exact.
	gapBits = 18
	// completeShare of the samples of its best recent range makes a series complete. shortBand is the width of the band
	// below it in which a series is short; below 0.6 the series has a large gap.
	completeShare, shortBand = 0.95, 0.35
	// maxGapsLength bounds a query for times and gaps, in bytes. It contains each selector about five times, and is not
	// user input.
	maxGapsLength = 8 * MaxLength
)

// GapCounts counts the series of an element by how complete their ranges are.
type GapCounts struct {
	// Complete series have at least 95% of the samples of their best recent range, Short series 60% to 95%, and Broken
	// series less.
	Complete, Short, Broken int
}

// ParseGapCounts decodes the value of an element marked with [GapsValue].
func ParseGapCounts(value float64) GapCounts {
	if !(value >= 0 && value < 1<<53) {
		return GapCounts{}
	}
	n := uint64(value)
	const mask = 1<<gapBits - 1
	return GapCounts{Complete: int(n & mask), Short: int(n >> gapBits & mask), Broken: int(n >> (2 * gapBits))}
}

// Total returns the number of series that were counted.
func (c GapCounts) Total() int { return c.Complete + c.Short + c.Broken }

// TimesAndGaps is [Expr.Times] for a query with range selectors. Its result also reports how complete the ranges are:
//
//   - The number of samples of a series in its range is compared with the largest number that the same series had in
//     recent ranges of this length. So the scrape interval is not needed, and a series that is younger than its range
//     is complete.
//   - Series that have ended do not count: Prometheus marks them stale when their target disappears.
//   - The counted range ends 1/32 of its length before the query's range, because the newest samples arrive late.
//   - A subquery reads its own range and that of the selectors in it. last_over_time() reads one sample and no range.
//   - The start elements report that a series has samples before the start of the range. Without a start element all
//     series are younger than the range, for example after Prometheus lost its data.
//
// timesErr is the reason why the result has no times; err the reason why neither can be determined. The Duration is
// that of Times.
func (e Expr) TimesAndGaps(instant time.Duration) (query Expr, back time.Duration, timesErr, err error) {
	if e.Window() == 0 {
		return Expr{}, 0, nil, errors.New("the query has no range selector")
	}
	times, _, timesErr := e.Times(instant)
	root, err := parse(e.text)
	if err != nil {
		return Expr{}, 0, nil, fmt.Errorf("the canonical text does not parse: %w", err)
	}
	w := newTimesBuilder(root, instant)
	counts, err := gapTree(e.text, w, gapCounts)
	if err != nil {
		return Expr{}, 0, nil, err
	}
	starts, err := gapTree(e.text, w, gapStarts)
	if err != nil {
		return Expr{}, 0, nil, err
	}
	made := union(labeled(counts, GapsValue), labeled(starts, StartValue))
	if timesErr == nil {
		root, err := parse(times.text)
		if err != nil {
			return Expr{}, 0, nil, fmt.Errorf("the query for times does not parse: %w", err)
		}
		made = union(toVector(root), made)
	}
	query = canonical(made)
	if len(query.text) > maxGapsLength {
		return Expr{}, 0, nil, fmt.Errorf("the query for the gaps would be longer than %d bytes", maxGapsLength)
	}
	return query, w.longest, timesErr, nil
}

// gapKind selects the values that a gap query returns for each series.
type gapKind uint8

const (
	noGaps gapKind = iota
	gapCounts
	gapStarts
)

func gapTree(text string, w timesBuilder, kind gapKind) (parser.Expr, error) {
	root, err := parse(text) // A separate tree: parts of it become parts of the new query.
	if err != nil {
		return nil, fmt.Errorf("the canonical text does not parse: %w", err)
	}
	w.gaps = kind
	made, err := w.times(root)
	switch {
	case err != nil:
		return nil, fmt.Errorf("gaps cannot be determined: %w", err)
	case made.expr == nil:
		return nil, errors.New("gaps cannot be determined: the query reads no range")
	}
	return toVector(made.expr), nil
}

// rangeGaps builds the query for a selector that reads a range.
func (w timesBuilder) rangeGaps(s *parser.VectorSelector, length time.Duration) (timesExpr, error) {
	length += w.subqueryRange
	offset := s.OriginalOffset + w.subqueryOffset
	withOffset := func(offset time.Duration) *parser.VectorSelector {
		return &parser.VectorSelector{Name: s.Name, LabelMatchers: s.LabelMatchers, OriginalOffset: offset}
	}
	if w.gaps == gapStarts {
		return timesExpr{operation(&parser.NumberLiteral{}, parser.MUL, function("timestamp", withOffset(offset+length))), 1}, nil
	}
	late := (length / 32).Truncate(time.Millisecond)
	count := func() parser.Expr {
		return function("count_over_time", &parser.MatrixSelector{VectorSelector: withOffset(offset + late), Range: length})
	}
	// The reference must reach back over the gap, which is at most as long as the lookback, and one range more.
	step := max(length/2, time.Second).Truncate(time.Millisecond)
	best := function("max_over_time", &parser.SubqueryExpr{Expr: count(), Range: w.longest + 2*length, Step: step})
	missing := operation(&parser.NumberLiteral{Val: completeShare}, parser.SUB, operation(count(), parser.DIV, best))
	class := function("clamp",
		function("ceil", operation(paren(missing), parser.DIV, &parser.NumberLiteral{Val: shortBand})),
		&parser.NumberLiteral{}, &parser.NumberLiteral{Val: 2})
	value := operation(&parser.NumberLiteral{Val: 2}, parser.POW, paren(operation(&parser.NumberLiteral{Val: gapBits}, parser.MUL, class)))
	live := &parser.BinaryExpr{Op: parser.LAND, LHS: value, RHS: withOffset(offset), VectorMatching: &parser.VectorMatching{Card: parser.CardManyToMany}}
	return timesExpr{paren(live), 1}, nil
}

// instantGaps builds the query for an instant selector. It has no gap, but the result needs its labels.
func (w timesBuilder) instantGaps(s *parser.VectorSelector) timesExpr {
	plain := &parser.VectorSelector{Name: s.Name, LabelMatchers: s.LabelMatchers, OriginalOffset: s.OriginalOffset}
	return timesExpr{paren(operation(&parser.NumberLiteral{}, parser.MUL, function("timestamp", plain))), 1}
}

// subquery counts the samples of each selector in a subquery, over its own range and that of the subquery.
func (w timesBuilder) subquery(n *parser.SubqueryExpr) (timesExpr, error) {
	if n.Timestamp != nil || n.StartOrEnd != 0 || n.OriginalOffsetExpr != nil || n.RangeExpr != nil {
		return noTimes, fmt.Errorf("%s reads at a fixed time", n)
	}
	w.subqueryRange += n.Range
	w.subqueryOffset += n.OriginalOffset
	return w.times(n.Expr)
}

func labeled(inner parser.Expr, value string) parser.Expr {
	text := func(s string) parser.Expr { return &parser.StringLiteral{Val: s} }
	return function("label_replace", inner, text(GapsLabel), text(value), text(""), text(""))
}

func union(left, right parser.Expr) parser.Expr {
	return &parser.BinaryExpr{Op: parser.LOR, LHS: left, RHS: right, VectorMatching: &parser.VectorMatching{Card: parser.CardManyToMany}}
}

func toVector(inner parser.Expr) parser.Expr {
	if isVector(inner) {
		return inner
	}
	return function("vector", inner)
}
