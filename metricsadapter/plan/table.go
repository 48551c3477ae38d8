package plan

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
)

// Row is one element of an answer.
type Row struct {
	// Namespace and Object name what the value belongs to; empty where the query is not indexed by them.
	Namespace, Object string
	// Rest are the other labels, sorted by name.
	Rest []Label
	// Value, unless there is a Problem.
	Value float64
	// Problem says in a sentence why the value is none; empty when it is one.
	Problem string
}

// Label is a name and its value.
type Label struct{ Name, Value string }

// Label gives the value of one of the other labels; empty where the row has none of that name.
func (r *Row) Label(name string) string {
	for _, l := range r.Rest {
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
	// rows are sorted by namespace, then object, then the rest.
	rows       []Row
	namespaces map[string]span
}

type span struct{ from, to int }

// NewTable indexes an answer. Elements without one of the labels that the query is indexed by belong to nobody and are
// left out. It keeps nothing of vector.
func NewTable(q Query, vector model.Vector, partial string) *Table {
	t := &Table{Partial: partial, rows: make([]Row, 0, len(vector)), namespaces: map[string]span{}}
	for _, sample := range vector {
		row := newRow(q, sample)
		if (q.Namespace == "" || row.Namespace != "") && (q.Object == "" || row.Object != "") {
			t.rows = append(t.rows, row)
		}
	}
	slices.SortFunc(t.rows, compareRows)
	for from := 0; from < len(t.rows); {
		namespace := t.rows[from].Namespace
		to := from + 1
		for to < len(t.rows) && t.rows[to].Namespace == namespace {
			// One string for all rows of a namespace: each came with a copy of its own.
			t.rows[to].Namespace = namespace
			to++
		}
		t.namespaces[namespace] = span{from, to}
		from = to
	}
	return t
}

func newRow(q Query, sample *model.Sample) Row {
	row := Row{Value: float64(sample.Value)}
	for name, value := range sample.Metric {
		switch string(name) {
		case q.Namespace:
			row.Namespace = string(value)
		case q.Object:
			row.Object = string(value)
		case model.MetricNameLabel:
		default:
			row.Rest = append(row.Rest, Label{string(name), string(value)})
		}
	}
	slices.SortFunc(row.Rest, compareLabels)
	switch {
	case sample.Histogram != nil:
		row.Value, row.Problem = 0, "the value is a histogram, which is not a number: use histogram_quantile, histogram_avg or histogram_count"
	case math.IsNaN(row.Value):
		row.Value, row.Problem = 0, "the value is NaN (not a number), as when nothing is divided by nothing"
	case math.IsInf(row.Value, 0):
		row.Value, row.Problem = 0, "the value is infinite, as when something is divided by nothing"
	}
	return row
}

func compareRows(a, b Row) int {
	if order := strings.Compare(a.Namespace, b.Namespace); order != 0 {
		return order
	}
	if order := strings.Compare(a.Object, b.Object); order != 0 {
		return order
	}
	return slices.CompareFunc(a.Rest, b.Rest, compareLabels)
}

func compareLabels(a, b Label) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Value, b.Value))
}

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
	from, found := slices.BinarySearchFunc(rows, name, func(row Row, name string) int { return strings.Compare(row.Object, name) })
	if !found {
		return nil
	}
	to := from + 1
	for to < len(rows) && rows[to].Object == name {
		to++
	}
	return rows[from:to]
}
