package top

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/summary"
)

// order is the value of --sort-by; empty for the order of namespaces and names.
type order string

// orders compare two rows. As in kubectl top, the highest number is first; so are the oldest sample, the latest change, and rows with
// a limit.
var orders = map[order]func(a, b *summary.Row) int{
	"name":      func(a, b *summary.Row) int { return cmp.Compare(a.Name, b.Name) },
	"reference": func(a, b *summary.Row) int { return cmp.Compare(a.Reference, b.Reference) },
	"replicas":  func(a, b *summary.Row) int { return cmp.Compare(b.Current, a.Current) },
	"desired":   func(a, b *summary.Row) int { return cmp.Compare(b.Desired, a.Desired) },
	"change":    func(a, b *summary.Row) int { return cmp.Compare(change(b), change(a)) },
	"limit": func(a, b *summary.Row) int {
		return cmp.Or(-cmp.Compare(min(1, len(a.Limit)), min(1, len(b.Limit))), cmp.Compare(a.Limit, b.Limit))
	},
	"sample-age": func(a, b *summary.Row) int { return compareTimes(a.SampleTime, b.SampleTime) },
	"last-scale": func(a, b *summary.Row) int { return -compareTimes(a.LastScaleTime, b.LastScaleTime) },
}

// change is the number of replicas by which the decision differs from the target.
func change(r *summary.Row) int32 { return max(r.Desired-r.Current, r.Current-r.Desired) }

// compareTimes has the oldest first, and rows without a time before all: an unknown sample is the worst.
func compareTimes(a, b *time.Time) int {
	var x, y time.Time
	if a != nil {
		x = *a
	}
	if b != nil {
		y = *b
	}
	return x.Compare(y)
}

func (o order) sort(rows []summary.Row) {
	compare := orders[o]
	if compare == nil {
		return // they have their order
	}
	slices.SortStableFunc(rows, func(a, b summary.Row) int { return compare(&a, &b) })
}

func orderNames() string {
	var names []string
	for name := range maps.Keys(orders) {
		names = append(names, string(name))
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// Set is part of pflag.Value.
func (o *order) Set(name string) error {
	if _, ok := orders[order(name)]; !ok {
		return fmt.Errorf("must be one of %s", orderNames())
	}
	*o = order(name)
	return nil
}

// String is part of pflag.Value.
func (o *order) String() string { return string(*o) }

// Type is part of pflag.Value; the help shows it.
func (o *order) Type() string { return "column" }
