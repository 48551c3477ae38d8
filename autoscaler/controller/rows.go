package controller

import (
	"errors"
	"iter"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/explain"
	"flyball.dev/flyball/autoscaler/summary"
)

// Rows are the rows of autoscalers.
type Rows struct {
	// Sharded reports that other processes have further rows. Total is the number of autoscalers of all processes.
	Sharded bool
	Total   int
	// Each is in the order of namespaces and names. It makes a row when it is read, so that thousands of rows need no memory and
	// hold up no decision.
	Each iter.Seq[summary.Row]
}

// Rows returns the rows of the autoscalers of a namespace, or of all for "", which the selector matches and this process evaluates. Any
// goroutine may call it. The error is about a process that does not decide.
func (c *Controller) Rows(namespace string, selector labels.Selector) (*Rows, error) {
	if !c.dueTimes.running() {
		return nil, errors.New("this process does not decide: another one holds the lease, or it has just started")
	}
	all, err := c.list(namespace, selector)
	if err != nil { // a lister has no errors
		return nil, err
	}
	slices.SortFunc(all, func(a, b *v1alpha1.HorizontalAutoscaler) int {
		if order := strings.Compare(a.Namespace, b.Namespace); order != 0 {
			return order
		}
		return strings.Compare(a.Name, b.Name)
	})
	return &Rows{Sharded: c.config.Sharded, Total: len(all), Each: func(yield func(summary.Row) bool) {
		for _, autoscaler := range all {
			if row, ok := c.last.row(autoscaler, c.config.Sharded); ok && !yield(row) {
				return
			}
		}
	}}, nil
}

func (c *Controller) list(namespace string, selector labels.Selector) ([]*v1alpha1.HorizontalAutoscaler, error) {
	if namespace == "" {
		return c.autoscalers.List(selector)
	}
	return c.autoscalers.HorizontalAutoscalers(namespace).List(selector)
}

// row returns the row of an autoscaler. Without a tick yet it is that of the object's status or, with shards, none: another process
// may evaluate the autoscaler.
func (l *lastDecisions) row(autoscaler *v1alpha1.HorizontalAutoscaler, sharded bool) (row summary.Row, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := l.byKey[cache.MetaObjectToName(autoscaler)]
	switch {
	case last == nil && sharded:
		return row, false
	case last == nil || last.status == nil:
		return summary.FromStatus(autoscaler, &autoscaler.Status), true
	}
	row = summary.FromStatus(autoscaler, last.status)
	row.Reversals = last.reversals
	if last.acts && last.policy != nil {
		row.Decide(&last.policy.Spec, &last.decision)
		if last.shadow {
			row.Shadow = shadowStatus(last.decision.Desired, &last.comparison, last.compared)
			row.Reason = explain.Reason(&last.policy.Spec, &last.decision)
		}
	}
	return row, true
}
