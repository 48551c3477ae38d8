package plan

import (
	"fmt"
	"time"

	"github.com/prometheus/common/model"

	"flyball.dev/flyball/metricsadapter/expr"
)

const (
	// gapShare of a row's series, in percent, may have gaps without making the row partial: one flapping target of many
	// must not block scaling in for all.
	gapShare = 5
	// shortFor is the number of ranges for which short series keep a row partial. One gap lasts little more than one
	// range. A series that is short for longer has scrapes that fail regularly, or an interval that does not divide the
	// range.
	shortFor = 2
)

// Gap is the state of a row that is partial, or was partial within the last range.
type Gap struct {
	// Reason states why the row is partial; empty where it is not partial now.
	Reason string
	// Since is when short series were first observed without a complete range in between; Last is the last observation.
	// 0 for never.
	Since, Last model.Time
}

// PartialReason states why a row's value may be too low, or an average over a part of its range: the range spans a gap
// in the row's series. It is empty for complete rows, for instants, and where gaps are unknown.
func (t *Table) PartialReason(row *Row) string {
	if row.Gap == nil {
		return ""
	}
	return row.Gap.Reason
}

// PartialRows returns the number of rows with a PartialReason, and the first reason.
func (t *Table) PartialRows() (count int, first string) {
	for i := range t.rows {
		if reason := t.PartialReason(&t.rows[i]); reason != "" {
			if count++; count == 1 {
				first = reason
			}
		}
	}
	return count, first
}

// companionAnswer is the result of a companion query by kind of element.
type companionAnswer struct{ times, gaps, starts model.Vector }

func splitAnswer(vector model.Vector) companionAnswer {
	var a companionAnswer
	for _, s := range vector {
		switch s.Metric[expr.GapsLabel] {
		case expr.GapsValue:
			a.gaps = append(a.gaps, withoutGapsLabel(s))
		case expr.StartValue:
			a.starts = append(a.starts, withoutGapsLabel(s))
		default:
			a.times = append(a.times, s)
		}
	}
	return a
}

func withoutGapsLabel(s *model.Sample) *model.Sample {
	metric := make(model.Metric, len(s.Metric))
	for name, value := range s.Metric {
		if name != expr.GapsLabel {
			metric[name] = value
		}
	}
	return &model.Sample{Metric: metric, Value: s.Value}
}

// markGaps marks the partial rows of a table.
func (t *Table) markGaps(q Query, answer companionAnswer, times SampleTimes) {
	b := builder{query: q, labelSets: map[string][]Label{}}
	counts, starts := b.rows(answer.gaps), b.rows(answer.starts)
	window := times.Companion.Window
	j := gapClassifier{
		window: window, evaluated: model.TimeFromUnixNano(times.Time.UnixNano()),
		// Formatted once: after an outage it may apply to all rows.
		young: fmt.Sprintf("no series covers the whole range of %s", window),
		ended: fmt.Sprintf("no series in the range of %s has a current sample", window),
	}
	for i, c, s := 0, 0, 0; i < len(t.rows); i++ {
		row := &t.rows[i]
		counted, started := matchRow(counts, &c, row), matchRow(starts, &s, row)
		row.Gap = j.gap(counted, started, times.Previous.sameLabels(row))
	}
}

// matchRow returns the element of sorted rows with the labels of the row, starting at *place; nil for none, and for an
// element without a number.
func matchRow(sorted []Row, place *int, row *Row) *Row {
	for *place < len(sorted) && compareRows(&sorted[*place], row) < 0 {
		*place++
	}
	if *place < len(sorted) && sorted[*place].Problem == "" && compareRows(&sorted[*place], row) == 0 {
		return &sorted[*place]
	}
	return nil
}

// gapClassifier decides which rows of a table are partial.
type gapClassifier struct {
	window       time.Duration
	evaluated    model.Time
	young, ended string
}

// gap returns the state to keep for a row; nil for none. counted and started are the row's elements, before is the row
// of the previous table.
func (j *gapClassifier) gap(counted, started, before *Row) *Gap {
	if counted == nil {
		if started == nil {
			return &Gap{Reason: j.young}
		}
		return &Gap{Reason: j.ended}
	}
	n := expr.ParseGapCounts(counted.Value)
	var last Gap
	if before != nil && before.Gap != nil && j.evaluated.Sub(before.Gap.Last) <= j.window {
		last = *before.Gap
		last.Reason = ""
	}
	short := exceeds(n.Short+n.Broken, n.Total())
	if short && last.Since == 0 {
		last.Since = j.evaluated
	}
	if short {
		last.Last = j.evaluated
	}
	switch {
	case n.Total() > 0 && started == nil:
		last.Reason = j.young
	case exceeds(n.Broken, n.Total()), short && j.evaluated.Sub(last.Since) <= shortFor*j.window:
		last.Reason = fmt.Sprintf("range of %s spans a gap in %d of %d series", j.window, n.Short+n.Broken, n.Total())
	}
	if last == (Gap{}) {
		return nil
	}
	return &last
}

// exceeds reports whether more than gapShare of all series have gaps.
func exceeds(some, all int) bool { return some*100 > all*gapShare }

// markUnchecked marks all rows as partial, because the companion query failed.
func (t *Table) markUnchecked(why string) {
	for i := range t.rows {
		t.rows[i].Gap = &Gap{Reason: why}
	}
}

// NewUncheckedTable is NewTable for a query with ranges whose companion query failed: whether a range spans a gap is
// unknown, so every row is partial. It keeps the gap times of the previous table.
func NewUncheckedTable(q Query, vector model.Vector, partial, why string, last *Table) *Table {
	t := NewTable(q, vector, partial)
	t.markUnchecked(why)
	for i := range t.rows {
		if before := last.sameLabels(&t.rows[i]); before != nil && before.Gap != nil {
			t.rows[i].Gap.Since, t.rows[i].Gap.Last = before.Gap.Since, before.Gap.Last
		}
	}
	return t
}
