package prom

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"strings"

	promv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"golang.org/x/oauth2"
)

// Kind classifies failures by their remedy.
type Kind string

// The kinds.
const (
	// Unreachable: the server did not respond, or cannot serve queries now.
	Unreachable Kind = "unreachable"
	// Timeout: the server did not respond in time.
	Timeout Kind = "timeout"
	// Denied: the server, or a proxy in front of it, denied access, or credentials are missing.
	Denied Kind = "denied"
	// Refused: the server rejected the query, or its result has the wrong type. A retry does not help.
	Refused Kind = "refused"
	// LimitExceeded: the query or its result exceeds a limit of the server or of the client, or its evaluation failed
	// on some series. A query for fewer series may succeed.
	LimitExceeded Kind = "too_much"
	// OverBudget: the namespace of the query has used up its query budget. The query was not sent.
	OverBudget Kind = "over_budget"
	// Malformed: the response is not from the Prometheus API, such as a proxy's page.
	Malformed Kind = "malformed"
)

// Error is a failed query.
type Error struct {
	Kind Kind
	// Server is the name of the server, where several are configured.
	Server string
	err    error
}

// NewError returns an error of a kind, for queriers other than Client.
func NewError(kind Kind, err error) *Error { return &Error{Kind: kind, err: err} }

func (e *Error) Error() string {
	if e.Server == "" {
		return e.err.Error()
	}
	return "server " + e.Server + ": " + e.err.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.err }

// tooLargeError is the error for reading a body above the limit.
type tooLargeError struct{ limit int64 }

func (e tooLargeError) Error() string {
	return fmt.Sprintf("the response is larger than %d bytes: restrict the query, or group by fewer labels", e.limit)
}

// classify converts an error to an [*Error] with its kind.
func classify(err error) *Error {
	if known, ok := errors.AsType[*Error](err); ok {
		return known
	}
	if said, ok := errors.AsType[*promv1.Error](err); ok {
		if known := knownError(apiError{ErrorType: said.Type, Error: said.Msg}); known != nil {
			return known
		}
		if said.Type == promv1.ErrBadResponse {
			return &Error{Kind: Malformed, err: fmt.Errorf("the response is not from the Prometheus API: %s", said.Msg)}
		}
		return &Error{Kind: Refused, err: fmt.Errorf("Prometheus rejected the query: %s", said.Msg)}
	}
	if large, ok := errors.AsType[tooLargeError](err); ok {
		return &Error{Kind: LimitExceeded, err: large}
	}
	// The URL of a failed request is long and may contain secrets.
	if failed, ok := errors.AsType[*url.Error](err); ok && !failed.Timeout() {
		err = failed.Err
	}
	return unanswered(err)
}

// unanswered classifies errors of requests without a complete response.
func unanswered(err error) *Error {
	var network net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout() {
		return &Error{Kind: Timeout, err: fmt.Errorf("Prometheus did not respond in time: %w", withoutURL(err))}
	}
	if file, ok := errors.AsType[*fs.PathError](err); ok {
		return &Error{Kind: Denied, err: fmt.Errorf("cannot read a file of the connection: %w", file)}
	}
	if token, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return &Error{Kind: Denied, err: fmt.Errorf("the OAuth2 server returned no token: %s %s", token.Response.Status, token.ErrorCode)}
	}
	switch {
	case isType[redirectError](err):
		return &Error{Kind: Malformed, err: fmt.Errorf("no Prometheus API found: %w", err)}
	case isType[encodingError](err), isType[gzipError](err):
		return &Error{Kind: Malformed, err: fmt.Errorf("cannot read the response: %w", err)}
	case isType[signError](err):
		return &Error{Kind: Denied, err: err}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Kind: Unreachable, err: fmt.Errorf("the response ended early: %w", err)}
	}
	return &Error{Kind: Unreachable, err: fmt.Errorf("cannot reach Prometheus: %w", err)}
}

func isType[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// withoutURL removes the URL from the error of a request.
func withoutURL(err error) error {
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return failed.Err
	}
	return err
}

// excerpt returns the start of a body for messages.
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
