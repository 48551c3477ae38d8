package plan

import (
	"cmp"
	"fmt"
	"math"
	"time"

	"flyball.dev/flyball/metricsadapter/expr"
)

// Value is the value of one object's metric. Exactly one of Known, Absent and Unknown holds.
type Value struct {
	// State is Known, Absent or Unknown.
	State State
	// Number is the value, where Known.
	Number float64
	// Time of the oldest sample behind the value, where Known; see [Table.Time].
	Time time.Time
	// Problem states why the value is Unknown.
	Problem string
	// Stale reports whether the value is Unknown because it is too old.
	Stale bool
	// Partial states why a Known number may be too low: its range spans a gap. Empty where it does not.
	Partial string
}

// State distinguishes a value, no value, and an unknown value.
type State uint8

// The states. Absent: Prometheus answered, and has no sample.
const (
	Absent State = iota
	Known
	Unknown
)

// Merge combines an object's rows that match the filter into one value. Rows that differ in other labels are combined
// as the query's own aggregation would.
func (t *Table) Merge(rows []Row, filter Filter, fold expr.Aggregation) Value {
	var v Value
	for i := range rows {
		row := &rows[i]
		if !filter.Match(row) {
			continue
		}
		switch problem := t.Problem(row); {
		case problem != "":
			return Value{State: Unknown, Problem: problem, Stale: row.Problem == ""}
		case v.State == Absent:
			v = Value{State: Known, Number: row.Value, Time: t.Time(row), Partial: t.PartialReason(row)}
		case fold == expr.NoAggregation:
			return Value{State: Unknown, Problem: "the query returns several values for one object"}
		default:
			v.Number = combine(fold, v.Number, row.Value)
			v.Time = earlier(v.Time, t.Time(row))
			v.Partial = cmp.Or(v.Partial, t.PartialReason(row))
		}
	}
	if t.Partial != "" && (v.State == Absent || madeOfSeveral(rows)) {
		return Value{State: Unknown, Problem: "the answer may be incomplete: " + t.Partial}
	}
	return v
}

// Sum is Merge for rows that are added regardless of the query's aggregation.
func (t *Table) Sum(rows []Row, filter Filter) Value { return t.Merge(rows, filter, expr.Sum) }

// madeOfSeveral reports whether an object's value is combined from several rows, some of which may be missing.
func madeOfSeveral(rows []Row) bool { return len(rows) > 0 && len(rows[0].OtherLabels) > 0 }

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func combine(fold expr.Aggregation, a, b float64) float64 {
	switch fold {
	case expr.Min:
		return min(a, b)
	case expr.Max:
		return max(a, b)
	}
	return a + b
}

// Milli returns a number in thousandths, rounded to the nearest. A number that int64 cannot hold is an error.
func Milli(number float64) (int64, error) { return scaled(number, 1e3) }

// Nano returns a number in billionths, rounded to the nearest, under the same rule.
func Nano(number float64) (int64, error) { return scaled(number, 1e9) }

func scaled(number, factor float64) (int64, error) {
	rounded := math.Round(number * factor)
	// 2^63 is the first float64 that int64 cannot hold. The comparison is false for NaN.
	if !(rounded >= -(1<<63) && rounded < 1<<63) {
		return 0, fmt.Errorf("the value %g is beyond what a metric can hold (about %.2g)", number, math.MaxInt64/factor)
	}
	return int64(rounded), nil
}
