package store

import (
	"errors"
	"fmt"
	"time"

	"flyball.dev/flyball/metricsadapter/plan"
)

// Answer is the newest successful result of a query, and the outcome of the last refresh. A sharded query has one for
// each namespace; see ForNamespace.
type Answer struct {
	// Table is the result; nil before the first success.
	Table *plan.Table
	// Time is the evaluation time: no sample is newer.
	Time time.Time
	// Err is the reason why the last refresh failed; nil if it succeeded.
	Err error

	shards *layout
}

// ForNamespace returns the answer for a namespace; for all rows, if namespace is empty. A namespace that the reader did
// not request has no rows.
func (a Answer) ForNamespace(namespace string) Answer {
	switch {
	case a.shards == nil:
		return a
	case namespace == "":
		return a.shards.namespacesOnly()
	}
	if p := a.shards.byName[namespace]; p != nil {
		if known := p.answer.Load(); known != nil {
			return *known
		}
	}
	return Answer{Err: a.Err}
}

// StaleError states that no answer is recent enough, and why.
type StaleError struct {
	// Age of the last successful answer; 0 if none exists.
	Age time.Duration
	// MaxAge that the reader accepts.
	MaxAge time.Duration
	// Cause is why no newer answer exists; nil where it is unknown.
	Cause error
}

func (e *StaleError) Error() string {
	switch {
	case e.Age == 0 && e.Cause != nil:
		return e.Cause.Error()
	case e.Cause != nil:
		return fmt.Sprintf("%v; the last successful answer is %s old, and must be at most %s", e.Cause, e.Age.Round(time.Second), e.MaxAge)
	}
	return fmt.Sprintf("the last response is %s old, and must be at most %s", e.Age.Round(time.Second), e.MaxAge)
}

// Unwrap returns the cause.
func (e *StaleError) Unwrap() error { return e.Cause }

// Fresh returns the table for a reader at now that accepts samples up to maxAge old, if the answer is not older than
// that. The error is a [*StaleError].
func (a Answer) Fresh(now time.Time, maxAge time.Duration) (*plan.Table, error) {
	if a.Table == nil {
		cause := a.Err
		if cause == nil {
			cause = errors.New("no response from Prometheus yet")
		}
		return nil, &StaleError{MaxAge: maxAge, Cause: cause}
	}
	if age := now.Sub(a.Time); age > maxAge {
		return nil, &StaleError{Age: age, MaxAge: maxAge, Cause: a.Err}
	}
	table := a.Table.AsOf(now, a.Time, maxAge)
	if a.Err != nil {
		table.RefreshError = a.Err.Error()
	}
	return table, nil
}
