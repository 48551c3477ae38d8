package plan

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	promlabels "github.com/prometheus/prometheus/model/labels"

	"flyball.dev/flyball/metricsadapter/expr"
)

var (
	// ErrTooLong says that a query for so many namespaces would be too long; one for fewer may not be.
	ErrTooLong = fmt.Errorf("the query is longer than %d bytes", expr.MaxLength)

	errNoNamespaces = errors.New("the rows of the query are not those of namespaces")
)

// Companion is the query for the times of the samples behind another query's rows, by the rule of [expr.Expr.Times].
type Companion struct {
	Query Query
	// Back is how long before the evaluation a sample can be at most.
	Back time.Duration
	// Ranges says that the other query reads ranges. Those still give a value when a series has ended, while nothing tells
	// the time of its last sample any more.
	Ranges bool
}

// Times gives the query's companion. The error says why the times of its samples cannot be told.
func (q Query) Times() (Companion, error) {
	e, err := expr.Parse(q.Text)
	if err != nil {
		return Companion{}, err
	}
	instant := cmp.Or(q.Lookback, serverLookback)
	times, back, err := e.Times(instant)
	if err != nil {
		return Companion{}, err
	}
	c := Companion{Query: q, Back: back, Ranges: e.Window() > 0}
	c.Query.Text = times.String()
	if back != instant {
		c.Query.Lookback = back
	}
	return c, nil
}

// In gives the query for the rows of some namespaces alone. The error says why that cannot be: its rows are not those of
// namespaces, or series of different namespaces are mixed in it, or the text would become longer than [expr.MaxLength].
func (q Query) In(namespaces []string) (Query, error) {
	if q.Namespace == "" {
		return Query{}, errNoNamespaces
	}
	e, err := expr.Parse(q.Text)
	if err != nil {
		return Query{}, err
	}
	kind, value := promlabels.MatchEqual, namespaces[0]
	if len(namespaces) > 1 {
		kind, value = promlabels.MatchRegexp, alternatives(namespaces)
	}
	matcher, err := promlabels.NewMatcher(kind, q.Namespace, value)
	if err != nil {
		return Query{}, err
	}
	if e, err = e.Within(matcher); err != nil {
		return Query{}, err
	}
	q.Text = e.String()
	if len(q.Text) > expr.MaxLength {
		return Query{}, ErrTooLong
	}
	return q, nil
}
