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
	// ErrTooLong is returned where the query for all the namespaces would be too long; a query for fewer namespaces may
	// fit.
	ErrTooLong = fmt.Errorf("the query is longer than %d bytes", expr.MaxLength)

	errNoNamespaces = errors.New("the rows of the query have no namespace")
)

// Companion is the query for the times of the samples behind another query's rows, by the rules of [expr.Expr.Times],
// and for the gaps in its ranges, by the rules of [expr.Expr.TimesAndGaps].
type Companion struct {
	Query Query
	// Lookback is the largest possible age of a sample at the evaluation.
	Lookback time.Duration
	// Ranges reports whether the other query reads ranges. A range still returns a value after a series has ended, when
	// no query returns the time of its last sample.
	Ranges bool
	// Window is the longest range that the other query reads; 0 for none.
	Window time.Duration
	// Gaps reports whether the result includes gaps. NoGapsReason states why it does not although the query reads
	// ranges.
	Gaps         bool
	NoGapsReason string
	// NoTimesReason states why the result has no times; empty where it has.
	NoTimesReason string
}

// Companion returns the query's companion. The error states why neither sample times nor gaps can be determined.
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

// TimesCompanion returns the companion for sample times only. The error states why the times cannot be determined.
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

// ForNamespaces returns the query for the rows of some namespaces. The error states why that is not possible: the rows
// have no namespace, the query combines series of different namespaces, or the text would be longer than
// [expr.MaxLength].
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
