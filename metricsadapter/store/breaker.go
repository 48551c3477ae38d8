package store

import (
	"errors"
	"time"

	"flyball.dev/flyball/metricsadapter/prom"
)

// State of a circuit breaker.
type State string

// The states.
const (
	// Closed: all is well, or has failed too few times to tell.
	Closed State = "closed"
	// Open: it keeps failing, and is left alone for a while.
	Open State = "open"
	// HalfOpen: it kept failing, and one try is on its way.
	HalfOpen State = "half-open"
)

const (
	// opensAfter so many failures in a row.
	opensAfter = 3
	// firstDelay before the next try after one failure; it doubles with each further one.
	firstDelay = time.Second
)

// breaker tells when to try again what has failed. The zero breaker is closed.
type breaker struct {
	failures int
	last     error
	lastGood time.Time
	probing  bool
}

func (b *breaker) succeeded(at time.Time) { *b = breaker{lastGood: at} }

func (b *breaker) failed(err error) {
	b.failures++
	b.last, b.probing = err, false
}

func (b *breaker) state() State {
	switch {
	case b.failures < opensAfter:
		return Closed
	case b.probing:
		return HalfOpen
	}
	return Open
}

// delay is the time from a failure to the next try. It is a period at most, so that an end of the trouble is noticed within
// one, and trying costs no more than asking does while all is well. What timed out has kept the backend busy, and what is
// refused for itself will not be taken a second later: they wait for a whole period at once.
func (b *breaker) delay(period time.Duration) time.Duration {
	switch kindOf(b.last) {
	case prom.Timeout, prom.Refused, prom.LimitExceeded, prom.OverBudget:
		return period
	}
	return min(firstDelay<<min(b.failures-1, 10), period)
}

// kindOf tells failures apart; empty for one that is not of package prom.
func kindOf(err error) prom.Kind {
	if failed, ok := errors.AsType[*prom.Error](err); ok {
		return failed.Kind
	}
	return ""
}
