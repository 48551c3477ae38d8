package store

import (
	"errors"
	"fmt"
	"time"

	"flyball.dev/flyball/metricsadapter/plan"
)

// Answer is the newest good answer to a query, and how the last try went. Where a query is asked in shards there is one
// for each namespace; see In.
type Answer struct {
	// Table is the answer; nil where there never was a good one.
	Table *plan.Table
	// Time is the instant that it was evaluated for: no sample in it is younger.
	Time time.Time
	// Err is why the last try failed; nil if it did not.
	Err error

	shards *layout
}

// ForNamespace gives the part of the answer that has the rows of a namespace; that for all rows, if namespace is empty. It has the
// rows of no namespace that the answer was not wanted for.
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

// StaleError says that there is no answer that is young enough, and why.
type StaleError struct {
	// Age of the last good answer; 0 where there never was one.
	Age time.Duration
	// MaxAge that it may have.
	MaxAge time.Duration
	// Cause is why there is no younger one; nil where that is not known.
	Cause error
}

func (e *StaleError) Error() string {
	switch {
	case e.Age == 0 && e.Cause != nil:
		return e.Cause.Error()
	case e.Cause != nil:
		return fmt.Sprintf("%v; the last good answer is %s old, and may be %s", e.Cause, e.Age.Round(time.Second), e.MaxAge)
	}
	return fmt.Sprintf("the last answer is %s old, and may be %s", e.Age.Round(time.Second), e.MaxAge)
}

// Unwrap gives the cause.
func (e *StaleError) Unwrap() error { return e.Cause }

// Fresh gives the table, for a reader at now who takes samples that are not older than maxAge, if the answer is not older
// itself; the error, a [*StaleError], says why not.
func (a Answer) Fresh(now time.Time, maxAge time.Duration) (*plan.Table, error) {
	if a.Table == nil {
		cause := a.Err
		if cause == nil {
			cause = errors.New("there is no answer yet")
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
