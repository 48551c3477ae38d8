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

// Kind tells failures apart that call for different remedies.
type Kind string

// The kinds.
const (
	// Unreachable: no answer came, or the server is not able to give one now.
	Unreachable Kind = "unreachable"
	// Timeout: none came in time.
	Timeout Kind = "timeout"
	// Denied: the server, or what stands before it, does not let us in, or we have no credentials to show.
	Denied Kind = "denied"
	// Refused: the query is not acceptable to the server, or its answer not to us. Asking again will not help.
	Refused Kind = "refused"
	// LimitExceeded: the query or its answer exceeds a limit, the server's or ours, or its evaluation failed on some of the
	// series. Asking for less may help.
	LimitExceeded Kind = "too_much"
	// OverBudget: the namespace that the query belongs to has used up its budget of query time. The server was not asked.
	OverBudget Kind = "over_budget"
	// Malformed: what came is no answer of Prometheus, such as a proxy's page.
	Malformed Kind = "malformed"
)

// Error is a failed query.
type Error struct {
	Kind Kind
	// Server is the name of the one that was asked, where there are several.
	Server string
	err    error
}

// NewError makes an error of a kind, for those who ask in another way than through a Client.
func NewError(kind Kind, err error) *Error { return &Error{Kind: kind, err: err} }

func (e *Error) Error() string {
	if e.Server == "" {
		return e.err.Error()
	}
	return "server " + e.Server + ": " + e.err.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.err }

// tooLargeError is what reading a body beyond the bound gives.
type tooLargeError struct{ limit int64 }

func (e tooLargeError) Error() string {
	return fmt.Sprintf("the answer is larger than %d bytes: narrow the query, or group by fewer labels", e.limit)
}

// classify makes a sentence of a failure, and tells its kind.
func classify(err error) *Error {
	if known, ok := errors.AsType[*Error](err); ok {
		return known
	}
	if said, ok := errors.AsType[*promv1.Error](err); ok {
		if known := knownError(apiError{ErrorType: said.Type, Error: said.Msg}); known != nil {
			return known
		}
		if said.Type == promv1.ErrBadResponse {
			return &Error{Kind: Malformed, err: fmt.Errorf("the answer is not one of Prometheus: %s", said.Msg)}
		}
		return &Error{Kind: Refused, err: fmt.Errorf("Prometheus refuses the query: %s", said.Msg)}
	}
	if large, ok := errors.AsType[tooLargeError](err); ok {
		return &Error{Kind: LimitExceeded, err: large}
	}
	// The URL of a request that failed is long and may hold secrets.
	if failed, ok := errors.AsType[*url.Error](err); ok && !failed.Timeout() {
		err = failed.Err
	}
	return unanswered(err)
}

// unanswered is for requests without an answer that could be read to its end.
func unanswered(err error) *Error {
	var network net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout() {
		return &Error{Kind: Timeout, err: fmt.Errorf("Prometheus did not answer in time: %w", withoutURL(err))}
	}
	if file, ok := errors.AsType[*fs.PathError](err); ok {
		return &Error{Kind: Denied, err: fmt.Errorf("a file of the connection cannot be read: %w", file)}
	}
	if token, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return &Error{Kind: Denied, err: fmt.Errorf("the OAuth2 server gives no token: %s %s", token.Response.Status, token.ErrorCode)}
	}
	switch {
	case isType[redirectError](err):
		return &Error{Kind: Malformed, err: fmt.Errorf("there is no API of Prometheus: %w", err)}
	case isType[encodingError](err), isType[gzipError](err):
		return &Error{Kind: Malformed, err: fmt.Errorf("the answer cannot be read: %w", err)}
	case isType[signError](err):
		return &Error{Kind: Denied, err: err}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Kind: Unreachable, err: fmt.Errorf("the answer broke off: %w", err)}
	}
	return &Error{Kind: Unreachable, err: fmt.Errorf("Prometheus cannot be reached: %w", err)}
}

func isType[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// withoutURL leaves the URL out of the error of a request.
func withoutURL(err error) error {
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return failed.Err
	}
	return err
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
