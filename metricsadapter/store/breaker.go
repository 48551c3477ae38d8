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
	// Closed: queries succeed, or have failed too few times in a row.
	Closed State = "closed"
	// Open: queries fail, and wait before the next attempt.
	Open State = "open"
	// HalfOpen: queries failed, and one attempt is running.
	HalfOpen State = "half-open"
)

const (
	// opensAfter is the number of consecutive failures that open the breaker.
	opensAfter = 3
	// firstDelay is the delay after one failure; it doubles with each further failure.
	firstDelay = time.Second
)

// breaker schedules retries after failures. The zero breaker is closed.
type breaker struct {
	failures int
	last     error
	lastGood time.Time
	probing  bool
}

func (b *breaker) succeeded(start time.Time) { *b = breaker{lastGood: start} }

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

// delay is the time from a failure to the next attempt, at most one period: so a recovery shows within one period, and
// retries cost no more than regular refreshes. Timeouts, which load the server, and rejections, which a retry does not
// change, wait for a whole period.
func (b *breaker) delay(period time.Duration) time.Duration {
	switch kindOf(b.last) {
	case prom.Timeout, prom.Refused, prom.LimitExceeded, prom.OverBudget:
		return period
	}
	return min(firstDelay<<min(b.failures-1, 10), period)
}

// kindOf returns the kind of a failure; empty for errors of other packages.
func kindOf(err error) prom.Kind {
	if failed, ok := errors.AsType[*prom.Error](err); ok {
		return failed.Kind
	}
	return ""
}
