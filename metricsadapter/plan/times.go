package plan

import (
	"math"
	"slices"
	"time"

	"github.com/prometheus/common/model"
)

// Times are what a query's [Companion] told.
type Times struct {
	// Of is the companion.
	Of Companion
	// At is the instant that both were evaluated for.
	At time.Time
	// Vector is the companion's answer.
	Vector model.Vector
	// Last is the table that was made before of the same query; nil for none.
	Last *Table
}

// NewTimedTable is NewTable with the times of the samples. A row without one is of a series that has ended while a range
// still reaches it: it keeps the time that was last told, and else has the earliest that is possible. A query that reads
// instants only has no such rows but by chance, and they are then as old as the evaluation.
//
// It also marks the rows whose ranges span a gap; see [Table.PartialReason].
func NewTimedTable(q Query, vector model.Vector, partial string, times Times) *Table {
	t := NewTable(q, vector, partial)
	answered := split(times.Vector)
	b := builder{query: q, rests: map[string][]Label{}}
	told := b.rows(answered.times)
	earliest := model.TimeFromUnixNano(times.At.Add(-times.Of.Back).UnixNano())
	for i, at := 0, 0; i < len(t.rows); i++ {
		row := &t.rows[i]
		for at < len(told) && compareRows(&told[at], row) < 0 {
			at++
		}
		switch {
		case times.Of.Untimed != "":
		case at < len(told) && told[at].Problem == "" && compareRows(&told[at], row) == 0:
			row.Time = max(earliest, model.Time(math.Round(told[at].Value*1000)))
		case times.Of.Ranges:
			row.Time = max(earliest, times.Last.timeOf(row))
		}
	}
	if times.Of.Gaps {
		t.markGaps(q, answered, times)
	}
	return t
}

// timeOf is the time that the table has for an equal row; 0 for none.
func (t *Table) timeOf(row *Row) model.Time {
	if same := t.equal(row); same != nil {
		return same.Time
	}
	return 0
}

// equal finds the row with the same labels; nil for none.
func (t *Table) equal(row *Row) *Row {
	if t == nil {
		return nil
	}
	rows := t.Object(row.Namespace, row.Object)
	for i := range rows {
		if slices.Equal(rows[i].Rest, row.Rest) {
			return &rows[i]
		}
	}
	return nil
}
