package plan

import (
	"maps"
	"math"
	"slices"

	"github.com/prometheus/common/model"
)

// NewTable indexes a result. Elements without a label that the query is indexed by are dropped. The table keeps only
// strings of vector, and one copy of equal strings. partial is the reason why elements may be missing.
func NewTable(q Query, vector model.Vector, partial string) *Table {
	b := builder{query: q, labelSets: map[string][]Label{}}
	return &Table{Partial: partial, rows: b.rows(vector), namespaces: b.spans}
}

// builder converts the elements of a result to rows.
type builder struct {
	query Query
	// labelSets has each set of other labels once: many rows share few sets.
	labelSets map[string][]Label
	// labels and key are scratch.
	labels []Label
	key    []byte
	spans  map[string]span
}

// rows returns the rows of a vector, sorted, and sets spans.
func (b *builder) rows(vector model.Vector) []Row {
	unsorted := make([]Row, 0, len(vector))
	// Indexes into unsorted by namespace. Sorting each namespace separately is several times as fast as sorting
	// all rows, and so is sorting indexes instead of rows, which are large.
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

// internNames shares one string between equal names, each of which has its own copy in the result.
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
		row.Value, row.Problem = 0, "the value is a histogram, not a number: use histogram_quantile, histogram_avg or histogram_count"
	case math.IsNaN(row.Value):
		row.Value, row.Problem = 0, "the value is NaN (not a number), as when nothing is divided by nothing"
	case math.IsInf(row.Value, 0):
		row.Value, row.Problem = 0, "the value is infinite, as when something is divided by nothing"
	}
	return row
}

// otherLabels returns the labels in scratch, sorted. Equal sets share one slice.
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
