package prom

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"

	promv1 "github.com/prometheus/client_golang/api/prometheus/v1"
)

// Kind tells failures apart that call for different remedies.
type Kind string

// The kinds.
const (
	// Unreachable: no answer came.
	Unreachable Kind = "unreachable"
	// Timeout: none came in time.
	Timeout Kind = "timeout"
	// Refused: the query or its answer is not acceptable, to the server or to us. Asking again will not help.
	Refused Kind = "refused"
	// Malformed: what came is no answer of Prometheus, such as a proxy's error page.
	Malformed Kind = "malformed"
)

// Error is a failed query.
type Error struct {
	Kind Kind
	err  error
}

func (e *Error) Error() string { return e.err.Error() }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.err }

// tooLargeError is what reading a body beyond the bound gives.
type tooLargeError struct{ limit int64 }

func (e tooLargeError) Error() string {
	return fmt.Sprintf("the answer is larger than %d bytes: narrow the query, or group by fewer labels", e.limit)
}

// classify makes a sentence of a failure, and tells its kind.
func classify(err error) *Error {
	if large, ok := errors.AsType[tooLargeError](err); ok {
		return &Error{Refused, large}
	}
	var network net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout() {
		return &Error{Timeout, fmt.Errorf("Prometheus did not answer in time: %w", err)}
	}
	var said *promv1.Error
	if !errors.As(err, &said) {
		return &Error{Unreachable, fmt.Errorf("Prometheus cannot be reached: %w", err)}
	}
	said = inDetail(said)
	switch said.Type {
	case promv1.ErrTimeout:
		return &Error{Timeout, fmt.Errorf("Prometheus ran out of time: %s", said.Msg)}
	case promv1.ErrCanceled:
		return &Error{Timeout, fmt.Errorf("the query was cancelled: %s", said.Msg)}
	case promv1.ErrBadData, promv1.ErrExec, "cost_limit":
		return &Error{Refused, fmt.Errorf("Prometheus refuses the query: %s", said.Msg)}
	case promv1.ErrBadResponse:
		return &Error{Malformed, fmt.Errorf("the answer is not one of Prometheus: %s", said.Msg)}
	}
	return &Error{Unreachable, fmt.Errorf("Prometheus failed: %s%s", said.Msg, excerpt(said.Detail))}
}

// inDetail reads the server's own words where the library kept only the status code, as it does with 503.
func inDetail(said *promv1.Error) *promv1.Error {
	var body struct {
		ErrorType promv1.ErrorType `json:"errorType"`
		Error     string           `json:"error"`
	}
	if json.Unmarshal([]byte(said.Detail), &body) != nil || body.ErrorType == "" {
		return said
	}
	return &promv1.Error{Type: body.ErrorType, Msg: body.Error}
}

// excerpt is the start of a body, which says more than a status code.
func excerpt(body string) string {
	body = strings.Join(strings.Fields(body), " ")
	const most = 120
	switch {
	case body == "":
		return ""
	case len(body) > most:
		body = strings.ToValidUTF8(body[:most], "") + "…"
	}
	return " (" + body + ")"
}
