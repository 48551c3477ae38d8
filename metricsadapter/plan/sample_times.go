package plan

import (
	"math"
	"slices"
	"time"

	"github.com/prometheus/common/model"
)

// SampleTimes is the result of a query's [Companion].
type SampleTimes struct {
	// Companion is the companion.
	Companion Companion
	// Time is the evaluation time of both queries.
	Time time.Time
	// Vector is the result of the companion query.
	Vector model.Vector
	// Previous is the previous table of the same query; nil for none.
	Previous *Table
}

// NewTimedTable is NewTable with the times of the samples. A row without a time belongs to a series that has ended
// while a range still includes it: it keeps its last known time, or else the earliest possible time. A query of instant
// selectors has such rows only through a race between the two queries; they are as old as the evaluation.
//
// It also marks the rows whose ranges span a gap; see [Table.PartialReason].
func NewTimedTable(q Query, vector model.Vector, partial string, times SampleTimes) *Table {
	t := NewTable(q, vector, partial)
	answered := splitAnswer(times.Vector)
	b := builder{query: q, labelSets: map[string][]Label{}}
	sampled := b.rows(answered.times)
	earliest := model.TimeFromUnixNano(times.Time.Add(-times.Companion.Lookback).UnixNano())
	t.earliest = earliest
	for i, next := 0, 0; i < len(t.rows); i++ {
		row := &t.rows[i]
		for next < len(sampled) && compareRows(&sampled[next], row) < 0 {
			next++
		}
		switch {
		case times.Companion.NoTimesReason != "":
		case next < len(sampled) && sampled[next].Problem == "" && compareRows(&sampled[next], row) == 0:
			row.Time = max(earliest, model.Time(math.Round(sampled[next].Value*1000)))
		case times.Companion.Ranges:
			row.Time = max(earliest, times.Previous.timeOf(row))
		}
	}
	if times.Companion.Gaps {
		t.markGaps(q, answered, times)
	}
	return t
}

// timeOf returns the sample time of the row with the same labels; 0 for none.
func (t *Table) timeOf(row *Row) model.Time {
	if same := t.sameLabels(row); same != nil {
		return same.Time
	}
	return 0
}

// sameLabels returns the row with the same labels; nil for none.
func (t *Table) sameLabels(row *Row) *Row {
	if t == nil {
		return nil
	}
	rows := t.Object(row.Namespace, row.Object)
	for i := range rows {
		if slices.Equal(rows[i].OtherLabels, row.OtherLabels) {
			return &rows[i]
		}
	}
	return nil
}
