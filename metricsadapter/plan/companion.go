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

// Companion is the query for the times of the samples behind another query's rows, by the rule of [expr.Expr.Times], and
// for the gaps in the ranges that it reads, by the rule of [expr.Expr.TimesAndGaps].
type Companion struct {
	Query Query
	// Lookback is how long before the evaluation a sample can be at most.
	Lookback time.Duration
	// Ranges says that the other query reads ranges. Those still give a value when a series has ended, while nothing tells
	// the time of its last sample any more.
	Ranges bool
	// Window is the longest time that the other query looks back by a range; 0 for none.
	Window time.Duration
	// Gaps says that the answer has gaps, too. Ungapped says why it has none although there are ranges.
	Gaps         bool
	NoGapsReason string
	// NoTimesReason says why the answer has no times; empty where it has.
	NoTimesReason string
}

// SampleTimes gives the query's companion. The error says why neither the times of its samples nor gaps in its ranges can be told.
func (q Query) Companion() (Companion, error) {
	e, c, err := q.newCompanion()
	switch {
	case err != nil:
		return c, err
	case !c.Ranges:
		return q.TimesCompanion()
	}
	both, back, timesErr, err := e.TimesAndGaps(cmp.Or(q.Lookback, serverLookback))
	if err != nil {
		c, timesErr := q.TimesCompanion()
		c.NoGapsReason = err.Error()
		return c, timesErr
	}
	c.Gaps = true
	if timesErr != nil {
		c.NoTimesReason = timesErr.Error()
	}
	return c.with(both, back), nil
}

// TimesCompanion gives the companion that asks for times and not for gaps. The error says why the times cannot be told.
func (q Query) TimesCompanion() (Companion, error) {
	e, c, err := q.newCompanion()
	if err != nil {
		return c, err
	}
	times, back, err := e.Times(cmp.Or(q.Lookback, serverLookback))
	if err != nil {
		return Companion{}, err
	}
	return c.with(times, back), nil
}

func (q Query) newCompanion() (expr.Expr, Companion, error) {
	e, err := expr.Parse(q.Text)
	if err != nil {
		return e, Companion{}, err
	}
	return e, Companion{Query: q, Window: e.Window(), Ranges: e.Window() > 0}, nil
}

func (c Companion) with(e expr.Expr, back time.Duration) Companion {
	c.Lookback = back
	if back != cmp.Or(c.Query.Lookback, serverLookback) {
		c.Query.Lookback = back
	}
	c.Query.Text = e.String()
	return c
}

// ForNamespaces gives the query for the rows of some namespaces alone. The error says why that cannot be: its rows are not those of
// namespaces, or series of different namespaces are mixed in it, or the text would become longer than [expr.MaxLength].
func (q Query) ForNamespaces(namespaces []string) (Query, error) {
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
	if e, err = e.Restrict(matcher); err != nil {
		return Query{}, err
	}
	q.Text = e.String()
	if len(q.Text) > expr.MaxLength {
		return Query{}, ErrTooLong
	}
	return q, nil
}
