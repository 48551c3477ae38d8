package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

// Row is one element of a result.
type Row struct {
	// Namespace and Object name what the value belongs to; empty where the query is not indexed by them.
	Namespace, Object string
	// OtherLabels are the remaining labels, sorted by name. Rows with equal labels share the slice: callers must not
	// change it.
	OtherLabels []Label
	// Value, unless Problem is set.
	Value float64
	// Time of the oldest sample behind the value; 0 where it is unknown. [Table.Time] then returns the evaluation time.
	Time model.Time
	// Problem states why the row has no value; empty when it has one. [Table.Problem] also checks the age.
	Problem string
	// Gap is nil for a row whose ranges are complete, and where gaps are unknown.
	Gap *Gap
}

// Label is a name and its value.
type Label struct{ Name, Value string }

// Label returns the value of one of the other labels; empty where the row has none of that name.
func (r *Row) Label(name string) string {
	for _, l := range r.OtherLabels {
		if l.Name == name {
			return l.Value
		}
	}
	return ""
}

// Table is an indexed query result. It is immutable.
type Table struct {
	// Partial states why rows may be missing, such as a store that the server could not reach; empty when the result is
	// complete. In a partial table a missing row is unknown, not absent.
	Partial string
	// NoTimesReason states why no row has the time of its samples; empty when rows have one.
	NoTimesReason string
	// RefreshError is the reason why the last refresh failed; empty when it succeeded.
	RefreshError string
	// rows are sorted by namespace, then object, then the rest.
	rows       []Row
	namespaces map[string]span
	// earliest is the time of rows that are older than the companion can show.
	earliest model.Time
	// evaluated, now and maxAge are set by AsOf.
	evaluated, now time.Time
	maxAge         time.Duration
}

type span struct{ from, to int }

// AsOf returns the same table for a reader at now that accepts samples up to maxAge old. evaluated is the evaluation
// time, and the time of rows without a sample time.
func (t *Table) AsOf(now, evaluated time.Time, maxAge time.Duration) *Table {
	by := *t
	by.evaluated, by.now, by.maxAge = evaluated, now, maxAge
	return &by
}

// Time returns the time of the oldest sample behind a row, or the evaluation time where that is unknown. No sample is
// newer than the evaluation, even if the clocks differ.
func (t *Table) Time(row *Row) time.Time {
	if row.Time == 0 {
		return t.evaluated
	}
	if sampled := row.Time.Time(); t.evaluated.IsZero() || sampled.Before(t.evaluated) {
		return sampled
	}
	return t.evaluated
}

// Problem states why a row's value cannot be used: it is not a number, or older than the reader accepts.
func (t *Table) Problem(row *Row) string {
	if row.Problem != "" || !t.Stale(row) {
		return row.Problem
	}
	age := fmt.Sprintf("sample is %s old, and must be at most %s", t.now.Sub(t.Time(row)).Round(time.Second), t.maxAge)
	if t.RefreshError != "" {
		return t.RefreshError + "; the last " + age
	}
	return "the " + age
}

// Stale reports whether a row is older than the reader accepts.
func (t *Table) Stale(row *Row) bool { return t.maxAge > 0 && t.now.Sub(t.Time(row)) > t.maxAge }

// Len is the number of rows.
func (t *Table) Len() int { return len(t.rows) }

// Rows returns all rows. Callers must not change them.
func (t *Table) Rows() []Row { return t.rows }

// Namespace returns the rows of one namespace; none for an unknown one. Callers must not change them.
func (t *Table) Namespace(namespace string) []Row {
	s := t.namespaces[namespace]
	return t.rows[s.from:s.to]
}

// Object returns the rows of one object; none for an unknown one. Callers must not change them.
func (t *Table) Object(namespace, name string) []Row {
	rows := t.Namespace(namespace)
	// Not slices.BinarySearchFunc, which copies the rows that it compares.
	from, behind := 0, len(rows)
	for from < behind {
		if middle := int(uint(from+behind) >> 1); rows[middle].Object < name {
			from = middle + 1
		} else {
			behind = middle
		}
	}
	to := from
	for to < len(rows) && rows[to].Object == name {
		to++
	}
	return rows[from:to]
}

// UnusableRows returns the number of rows without a usable value, and the problem of the first.
func (t *Table) UnusableRows() (count int, first string) {
	for i := range t.rows {
		if problem := t.rows[i].Problem; problem != "" {
			if count++; count == 1 {
				first = problem
			}
		}
	}
	return count, first
}

// Oldest returns the time of the oldest sample of the rows; false where no row has a sample time.
func (t *Table) Oldest() (time.Time, bool) {
	var oldest model.Time
	for i := range t.rows {
		if sampled := t.rows[i].Time; sampled != 0 && (oldest == 0 || sampled < oldest) {
			oldest = sampled
		}
	}
	if oldest == 0 {
		return time.Time{}, false
	}
	return oldest.Time(), true
}

func compareRows(a, b *Row) int {
	if order := strings.Compare(a.Namespace, b.Namespace); order != 0 {
		return order
	}
	if order := strings.Compare(a.Object, b.Object); order != 0 {
		return order
	}
	return slices.CompareFunc(a.OtherLabels, b.OtherLabels, compareLabels)
}

func compareLabels(a, b Label) int {
	if order := strings.Compare(a.Name, b.Name); order != 0 {
		return order
	}
	return strings.Compare(a.Value, b.Value)
}
