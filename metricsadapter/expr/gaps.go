package expr

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/prometheus/promql/parser"
)

const (
	// GapsLabel is the label by which the elements of the answer to [Expr.TimesAndGaps] are told apart. Elements without it
	// are times.
	GapsLabel = "__flyball__"
	// GapsValue marks elements that hold [GapCounts].
	GapsValue = "gaps"
	// StartValue marks elements of which at least one series had a sample before its range began. Their values mean nothing.
	StartValue = "start"

	// gapBits is how many bits of a gap count each of its three numbers has. The sum over a million series is exact.
	gapBits = 18
	// completeShare of the samples of its best recent range makes a series complete; incompleteShare is the width of the band
	// below it in which a series is short. Below that band, at less than 0.6, the series has a large gap.
	completeShare, shortBand = 0.95, 0.35
	// maxGapsLength of a query for times and gaps in bytes. It names each selector about five times, and is not user input.
	maxGapsLength = 8 * MaxLength
)

// GapCounts says how complete the ranges are that an element of an answer was made of.
type GapCounts struct {
	// Complete series have at least 95% of the samples that they had in their best recent range; Short ones 60% to 95%, and
	// Broken ones less.
	Complete, Short, Broken int
}

// ParseGapCounts reads the value of an element that is marked with [GapsValue].
func ParseGapCounts(value float64) GapCounts {
	if !(value >= 0 && value < 1<<53) {
		return GapCounts{}
	}
	n := uint64(value)
	const mask = 1<<gapBits - 1
	return GapCounts{Complete: int(n & mask), Short: int(n >> gapBits & mask), Broken: int(n >> (2 * gapBits))}
}

// Total is the number of series whose ranges were looked at.
func (c GapCounts) Total() int { return c.Complete + c.Short + c.Broken }

// TimesAndGaps is [Expr.Times] for a query that reads ranges; its answer also says how complete the ranges are:
//
//   - A series is compared with itself: the number of samples in its range, with the largest number that it had in a range
//     of this length within the last few. So the interval of the scrapes is not needed, and a series that is younger than
//     its range is complete.
//   - Series that have ended do not count: Prometheus marks them stale when their target has gone.
//   - The range that is counted ends a thirty-second part earlier than the query's: the newest samples arrive late.
//   - A subquery reads its own range and that of the selectors in it. last_over_time() reads one sample, and no range.
//   - The start elements say that a series reached back to the beginning of the range. An answer without one is made of
//     series that are all younger than the range, as after the loss of Prometheus' data.
//
// timesErr says why the times are left out; err why neither can be had. The Duration is as that of Times.
func (e Expr) TimesAndGaps(instant time.Duration) (query Expr, back time.Duration, timesErr, err error) {
	if e.Window() == 0 {
		return Expr{}, 0, nil, errors.New("the query reads no range")
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
		return Expr{}, 0, nil, fmt.Errorf("a query for the gaps is longer than %d bytes", maxGapsLength)
	}
	return query, w.longest, timesErr, nil
}

// gapKind selects what a tree of gaps tells of each series.
type gapKind uint8

const (
	noGaps gapKind = iota
	gapCounts
	gapStarts
)

func gapTree(text string, w timesBuilder, kind gapKind) (parser.Expr, error) {
	root, err := parse(text) // A tree of its own: parts of it become parts of the other.
	if err != nil {
		return nil, fmt.Errorf("the canonical text does not parse: %w", err)
	}
	w.gaps = kind
	made, err := w.times(root)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the gaps in its ranges cannot be told: %w", err)
	case made.expr == nil:
		return nil, errors.New("the gaps in its ranges cannot be told: there are none")
	}
	return toVector(made.expr), nil
}

// rangeGaps is for a selector that reads a range.
func (w timesBuilder) rangeGaps(s *parser.VectorSelector, length time.Duration) (timesExpr, error) {
	length += w.subqueryRange
	offset := s.OriginalOffset + w.subqueryOffset
	at := func(offset time.Duration) *parser.VectorSelector {
		return &parser.VectorSelector{Name: s.Name, LabelMatchers: s.LabelMatchers, OriginalOffset: offset}
	}
	if w.gaps == gapStarts {
		return timesExpr{operation(&parser.NumberLiteral{}, parser.MUL, function("timestamp", at(offset+length))), 1}, nil
	}
	late := (length / 32).Truncate(time.Millisecond)
	count := func() parser.Expr {
		return function("count_over_time", &parser.MatrixSelector{VectorSelector: at(offset + late), Range: length})
	}
	// The reference must reach back over the gap, which is at most as long as a sample is looked for, and one range more.
	step := max(length/2, time.Second).Truncate(time.Millisecond)
	best := function("max_over_time", &parser.SubqueryExpr{Expr: count(), Range: w.longest + 2*length, Step: step})
	missing := operation(&parser.NumberLiteral{Val: completeShare}, parser.SUB, operation(count(), parser.DIV, best))
	class := function("clamp",
		function("ceil", operation(paren(missing), parser.DIV, &parser.NumberLiteral{Val: shortBand})),
		&parser.NumberLiteral{}, &parser.NumberLiteral{Val: 2})
	value := operation(&parser.NumberLiteral{Val: 2}, parser.POW, paren(operation(&parser.NumberLiteral{Val: gapBits}, parser.MUL, class)))
	live := &parser.BinaryExpr{Op: parser.LAND, LHS: value, RHS: at(offset), VectorMatching: &parser.VectorMatching{Card: parser.CardManyToMany}}
	return timesExpr{paren(live), 1}, nil
}

// instantGaps is for a selector that reads no range: it has no gap, but its labels are needed.
func (w timesBuilder) instantGaps(s *parser.VectorSelector) timesExpr {
	plain := &parser.VectorSelector{Name: s.Name, LabelMatchers: s.LabelMatchers, OriginalOffset: s.OriginalOffset}
	return timesExpr{paren(operation(&parser.NumberLiteral{}, parser.MUL, function("timestamp", plain))), 1}
}

// subquery looks at what a subquery reads: each of its selectors, over its own range and the subquery's.
func (w timesBuilder) subquery(n *parser.SubqueryExpr) (timesExpr, error) {
	if n.Timestamp != nil || n.StartOrEnd != 0 || n.OriginalOffsetExpr != nil || n.RangeExpr != nil {
		return noTimes, fmt.Errorf("%s reads a fixed moment", n)
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
