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
	// longestDelay of what fails for what it is rather than for when it is asked.
	longestDelay = 5 * time.Minute
)

// breaker tells when to try again what has failed. The zero breaker is closed.
type breaker struct {
	failures int
	last     error
	lastGood time.Time
	trying   bool
}

func (b *breaker) succeeded(at time.Time) { *b = breaker{lastGood: at} }

func (b *breaker) failed(err error) {
	b.failures++
	b.last, b.trying = err, false
}

func (b *breaker) state() State {
	switch {
	case b.failures < opensAfter:
		return Closed
	case b.trying:
		return HalfOpen
	}
	return Open
}

// delay is the time from a failure to the next try. While the backend may be away it is a period at most, so that its
// return is noticed within one. What timed out has kept the backend busy and waits for a whole period at once. What is
// refused for itself is tried ever more rarely, but never given up: rules and limits of a server change, too.
func (b *breaker) delay(period time.Duration) time.Duration {
	doublings := min(b.failures-1, 10)
	switch kindOf(b.last) {
	case prom.Timeout:
		return period
	case prom.Refused, prom.TooMuch:
		return min(period<<doublings, max(period, longestDelay))
	}
	return min(firstDelay<<doublings, period)
}

// kindOf tells failures apart; empty for one that is not of package prom.
func kindOf(err error) prom.Kind {
	if failed, ok := errors.AsType[*prom.Error](err); ok {
		return failed.Kind
	}
	return ""
}
