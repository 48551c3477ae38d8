package prom

import (
	"encoding/json"
	"fmt"
	"net/http"

	promv1 "github.com/prometheus/client_golang/api/prometheus/v1"
)

// statusError converts a response with an error status. The status code decides; the error type of the body decides
// where servers use one code for several errors.
func statusError(response *http.Response, body []byte) *Error {
	code := response.StatusCode
	words, isOne := parseAPIError(body)
	said := fmt.Sprintf("%d%s", code, excerpt(words.Error))
	if !isOne {
		said = fmt.Sprintf("%d%s", code, excerpt(string(body)))
	}
	failed := func(kind Kind, format string, args ...any) *Error {
		return &Error{Kind: kind, err: fmt.Errorf(format, args...)}
	}
	switch code {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		return failed(Denied, "Prometheus denied access: %s: check the credentials and, for a multi-tenant server, the tenant header", said)
	case http.StatusNotFound:
		return failed(Malformed, "no Prometheus API at %s: %s: check the path of the URL", response.Request.URL.Path, said)
	case http.StatusRequestEntityTooLarge, http.StatusRequestURITooLong, http.StatusRequestHeaderFieldsTooLarge:
		return failed(Refused, "the query is too long for the server or a proxy, %s: shorten it, or allow POST", said)
	case http.StatusTooManyRequests:
		return failed(Unreachable, "Prometheus is overloaded: %s", said)
	case http.StatusRequestTimeout, http.StatusGatewayTimeout:
		return failed(Timeout, "Prometheus timed out: %s", said)
	}
	if isOne {
		if known := knownError(words); known != nil {
			return known
		}
	}
	switch {
	case code == http.StatusMethodNotAllowed || code == http.StatusNotImplemented:
		return failed(Malformed, "Prometheus accepts neither POST nor GET at %s: %s: check the path of the URL", response.Request.URL.Path, said)
	case code/100 == 5:
		return failed(Unreachable, "Prometheus failed: %s", said)
	case isOne:
		return failed(Refused, "Prometheus rejected the query: %s", words.Error)
	}
	return failed(Malformed, "the response is not from the Prometheus API: %s", said)
}

// apiError is an error response of the Prometheus API.
type apiError struct {
	Status    string           `json:"status"`
	ErrorType promv1.ErrorType `json:"errorType"`
	Error     string           `json:"error"`
}

func parseAPIError(body []byte) (apiError, bool) {
	var w apiError
	err := json.Unmarshal(body, &w)
	return w, err == nil && (w.ErrorType != "" || w.Status == "error")
}

// knownError returns an error for the error types of servers; nil for others. VictoriaMetrics sends the status code as
// type.
func knownError(w apiError) *Error {
	switch w.ErrorType {
	case promv1.ErrTimeout:
		return &Error{Kind: Timeout, err: fmt.Errorf("Prometheus timed out: %s", w.Error)}
	case promv1.ErrCanceled:
		return &Error{Kind: Timeout, err: fmt.Errorf("the query was canceled: %s", w.Error)}
	case promv1.ErrExec, "cost_limit":
		return &Error{Kind: LimitExceeded, err: fmt.Errorf("Prometheus rejected the query: %s", w.Error)}
	case promv1.ErrBadData:
		return &Error{Kind: Refused, err: fmt.Errorf("Prometheus rejected the query: %s", w.Error)}
	}
	return nil
}
