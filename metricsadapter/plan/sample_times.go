package plan

import (
	"math"
	"slices"
	"time"

	"github.com/prometheus/common/model"
)

// Companion are what a query's [Companion] told.
type SampleTimes struct {
	// Companion is the companion.
	Companion Companion
	// Time is the instant that both were evaluated for.
	Time time.Time
	// Vector is the companion's answer.
	Vector model.Vector
	// Previous is the table that was made before of the same query; nil for none.
	Previous *Table
}

// NewTimedTable is NewTable with the times of the samples. A row without one is of a series that has ended while a range
// still reaches it: it keeps the time that was last told, and else has the earliest that is possible. A query that reads
// instants only has no such rows but by chance, and they are then as old as the evaluation.
//
// It also marks the rows whose ranges span a gap; see [Table.PartialReason].
func NewTimedTable(q Query, vector model.Vector, partial string, times SampleTimes) *Table {
	t := NewTable(q, vector, partial)
	answered := splitAnswer(times.Vector)
	b := builder{query: q, labelSets: map[string][]Label{}}
	told := b.rows(answered.times)
	earliest := model.TimeFromUnixNano(times.Time.Add(-times.Companion.Lookback).UnixNano())
	for i, at := 0, 0; i < len(t.rows); i++ {
		row := &t.rows[i]
		for at < len(told) && compareRows(&told[at], row) < 0 {
			at++
		}
		switch {
		case times.Companion.NoTimesReason != "":
		case at < len(told) && told[at].Problem == "" && compareRows(&told[at], row) == 0:
			row.Time = max(earliest, model.Time(math.Round(told[at].Value*1000)))
		case times.Companion.Ranges:
			row.Time = max(earliest, times.Previous.timeOf(row))
		}
	}
	if times.Companion.Gaps {
		t.markGaps(q, answered, times)
	}
	return t
}

// timeOf is the time that the table has for an equal row; 0 for none.
func (t *Table) timeOf(row *Row) model.Time {
	if same := t.sameLabels(row); same != nil {
		return same.Time
	}
	return 0
}

// sameLabels finds the row with the same labels; nil for none.
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
