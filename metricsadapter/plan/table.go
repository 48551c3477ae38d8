package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

// Row is one element of an answer.
type Row struct {
	// Namespace and Object name what the value belongs to; empty where the query is not indexed by them.
	Namespace, Object string
	// OtherLabels are the other labels, sorted by name. Rows with equal ones share them: they are not to be changed.
	OtherLabels []Label
	// Value, unless there is a Problem.
	Value float64
	// Time of the oldest sample behind the value; 0 where that is not told. [Table.Time] then has the evaluation's.
	Time model.Time
	// Problem says in a sentence why the value is none; empty when it is one. [Table.Problem] looks at the age, too.
	Problem string
	// Gap is nil for a row whose ranges are complete, or of which that is not known.
	Gap *Gap
}

// Label is a name and its value.
type Label struct{ Name, Value string }

// Label gives the value of one of the other labels; empty where the row has none of that name.
func (r *Row) Label(name string) string {
	for _, l := range r.OtherLabels {
		if l.Name == name {
			return l.Value
		}
	}
	return ""
}

// Table is an answer, indexed. It is never changed once made.
type Table struct {
	// Partial says why rows may be missing, such as a store that the server could not reach; empty when all are there.
	// Then what has no row is unknown rather than absent.
	Partial string
	// NoTimesReason says why no row tells the time of its samples; empty when they do.
	NoTimesReason string
	// RefreshError says why there is no younger answer; empty when the last try to get one went well.
	RefreshError string
	// rows are sorted by namespace, then object, then the rest.
	rows       []Row
	namespaces map[string]span
	// evaluated, now and maxAge are those of a table that was taken By a time.
	evaluated, now time.Time
	maxAge         time.Duration
}

type span struct{ from, to int }

// AsOf gives the same table for a reader who takes samples up to an age, at a time. at is the evaluation's time: that of
// rows that do not tell the time of their samples.
func (t *Table) AsOf(now, at time.Time, maxAge time.Duration) *Table {
	by := *t
	by.evaluated, by.now, by.maxAge = at, now, maxAge
	return &by
}

// Time is how old a row is: the time of the oldest sample behind it, or that of the evaluation where it is not told. No
// sample is younger than the evaluation, whatever the clocks say that it came from.
func (t *Table) Time(row *Row) time.Time {
	if row.Time == 0 {
		return t.evaluated
	}
	if at := row.Time.Time(); t.evaluated.IsZero() || at.Before(t.evaluated) {
		return at
	}
	return t.evaluated
}

// Problem says in a sentence why a row's value cannot be used: it is not a number, or older than the reader takes.
func (t *Table) Problem(row *Row) string {
	if row.Problem != "" || !t.Stale(row) {
		return row.Problem
	}
	age := fmt.Sprintf("sample is %s old, and may be %s", t.now.Sub(t.Time(row)).Round(time.Second), t.maxAge)
	if t.RefreshError != "" {
		return t.RefreshError + "; the last " + age
	}
	return "the " + age
}

// Stale says that a row is older than the reader takes.
func (t *Table) Stale(row *Row) bool { return t.maxAge > 0 && t.now.Sub(t.Time(row)) > t.maxAge }

// Len is the number of rows.
func (t *Table) Len() int { return len(t.rows) }

// Rows gives all rows. They are not to be changed.
func (t *Table) Rows() []Row { return t.rows }

// Namespace gives the rows of one namespace; none for an unknown one. They are not to be changed.
func (t *Table) Namespace(namespace string) []Row {
	s := t.namespaces[namespace]
	return t.rows[s.from:s.to]
}

// Object gives the rows of one object; none for an unknown one. They are not to be changed.
func (t *Table) Object(namespace, name string) []Row {
	rows := t.Namespace(namespace)
	// Not slices.BinarySearchFunc, which would copy the rows that it looks at.
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

// UnusableRows is how many rows have values that are none, and what is wrong with the first of them.
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

// Oldest is the time of the oldest sample that a row tells of, and false where none does.
func (t *Table) Oldest() (time.Time, bool) {
	var oldest model.Time
	for i := range t.rows {
		if at := t.rows[i].Time; at != 0 && (oldest == 0 || at < oldest) {
			oldest = at
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
