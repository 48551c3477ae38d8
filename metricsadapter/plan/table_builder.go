package plan

import (
	"maps"
	"math"
	"slices"

	"github.com/prometheus/common/model"
)

// NewTable indexes an answer. Elements without one of the labels that the query is indexed by belong to nobody and are
// left out. It keeps nothing of vector but strings, and of equal ones few. partial says why elements may be missing.
func NewTable(q Query, vector model.Vector, partial string) *Table {
	b := builder{query: q, labelSets: map[string][]Label{}}
	return &Table{Partial: partial, rows: b.rows(vector), namespaces: b.spans}
}

// builder makes rows of an answer's elements.
type builder struct {
	query Query
	// labelSets has each set of other labels once: there are few, of many rows.
	labelSets map[string][]Label
	// labels and key are scratch.
	labels []Label
	key    []byte
	spans  map[string]span
}

// rows gives the rows of a vector, sorted, and leaves the spans of the namespaces behind.
func (b *builder) rows(vector model.Vector) []Row {
	unsorted := make([]Row, 0, len(vector))
	// Where each namespace's rows are in unsorted. To sort each namespace by itself is several times as fast as to sort
	// all, and so is to sort places rather than rows, which are large.
	places := map[string][]int32{}
	for _, sample := range vector {
		row := b.row(sample)
		if (b.query.Namespace == "" || row.Namespace != "") && (b.query.Object == "" || row.Object != "") {
			places[row.Namespace] = append(places[row.Namespace], int32(len(unsorted)))
			unsorted = append(unsorted, row)
		}
	}
	rows := make([]Row, 0, len(unsorted))
	b.spans = make(map[string]span, len(places))
	for _, namespace := range slices.Sorted(maps.Keys(places)) {
		order := places[namespace]
		slices.SortFunc(order, func(x, y int32) int { return compareRows(&unsorted[x], &unsorted[y]) })
		from := len(rows)
		for _, place := range order {
			rows = append(rows, unsorted[place])
		}
		internNames(namespace, rows[from:])
		b.spans[namespace] = span{from, len(rows)}
	}
	return rows
}

// internNames gives equal names one string: each came with a copy of its own.
func internNames(namespace string, rows []Row) {
	for i := range rows {
		rows[i].Namespace = namespace
		if i > 0 && rows[i].Object == rows[i-1].Object {
			rows[i].Object = rows[i-1].Object
		}
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
	row.OtherLabels = b.otherLabels()
	if row.Namespace == "" {
		row.Namespace = b.query.FixedNamespace
	}
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

// otherLabels gives the labels in scratch, sorted; the same ones for equal ones.
func (b *builder) otherLabels() []Label {
	if len(b.labels) == 0 {
		return nil
	}
	slices.SortFunc(b.labels, compareLabels)
	b.key = b.key[:0]
	for _, l := range b.labels {
		// 0xff is in no label, which are UTF-8.
		b.key = append(append(append(append(b.key, l.Name...), 0xff), l.Value...), 0xff)
	}
	known, ok := b.labelSets[string(b.key)]
	if !ok {
		known = slices.Clone(b.labels)
		b.labelSets[string(b.key)] = known
	}
	return known
}
