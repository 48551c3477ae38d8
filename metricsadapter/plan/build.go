package plan

import (
	"math"
	"slices"

	"github.com/prometheus/common/model"
)

// NewTable indexes an answer. Elements without one of the labels that the query is indexed by belong to nobody and are
// left out. It keeps nothing of vector but strings, and of equal ones few. partial says why elements may be missing.
func NewTable(q Query, vector model.Vector, partial string) *Table {
	b := builder{query: q, rests: map[string][]Label{}}
	return &Table{Partial: partial, rows: b.rows(vector), namespaces: b.spans}
}

// builder makes rows of an answer's elements.
type builder struct {
	query Query
	// rests has each set of other labels once: there are few, of many rows.
	rests map[string][]Label
	// labels and key are scratch.
	labels []Label
	key    []byte
	spans  map[string]span
}

// rows gives the rows of a vector, sorted, and leaves the spans of the namespaces behind.
func (b *builder) rows(vector model.Vector) []Row {
	unsorted := make([]Row, 0, len(vector))
	for _, sample := range vector {
		row := b.row(sample)
		if (b.query.Namespace == "" || row.Namespace != "") && (b.query.Object == "" || row.Object != "") {
			unsorted = append(unsorted, row)
		}
	}
	// Places are sorted rather than rows, which are large.
	order := make([]int32, len(unsorted))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(x, y int32) int { return compareRows(&unsorted[x], &unsorted[y]) })
	rows := make([]Row, len(unsorted))
	for i, place := range order {
		rows[i] = unsorted[place]
	}
	b.index(rows)
	return rows
}

// index finds where each namespace's rows are, and gives them one string: each came with a copy of its own.
func (b *builder) index(rows []Row) {
	b.spans = map[string]span{}
	for from := 0; from < len(rows); {
		namespace := rows[from].Namespace
		to := from + 1
		for to < len(rows) && rows[to].Namespace == namespace {
			rows[to].Namespace = namespace
			if rows[to].Object == rows[to-1].Object {
				rows[to].Object = rows[to-1].Object
			}
			to++
		}
		b.spans[namespace] = span{from, to}
		from = to
	}
}

func (b *builder) row(sample *model.Sample) Row {
	row := Row{Value: float64(sample.Value)}
	b.labels = b.labels[:0]
	for name, value := range sample.Metric {
		switch string(name) {
		case b.query.Namespace:
			row.Namespace = string(value)
		case b.query.Object:
			row.Object = string(value)
		case model.MetricNameLabel:
		default:
			b.labels = append(b.labels, Label{string(name), string(value)})
		}
	}
	row.Rest = b.rest()
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

// rest gives the labels in scratch, sorted; the same ones for equal ones.
func (b *builder) rest() []Label {
	if len(b.labels) == 0 {
		return nil
	}
	slices.SortFunc(b.labels, compareLabels)
	b.key = b.key[:0]
	for _, l := range b.labels {
		// 0xff is in no label, which are UTF-8.
		b.key = append(append(append(append(b.key, l.Name...), 0xff), l.Value...), 0xff)
	}
	known, ok := b.rests[string(b.key)]
	if !ok {
		known = slices.Clone(b.labels)
		b.rests[string(b.key)] = known
	}
	return known
}
