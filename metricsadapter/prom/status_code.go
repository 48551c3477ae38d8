package prom

import (
	"encoding/json"
	"fmt"
	"net/http"

	promv1 "github.com/prometheus/client_golang/api/prometheus/v1"
)

// statusError makes an error of an answer whose status code is one. The code decides; the words of the body decide where
// servers use one code for several things.
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
		return failed(Denied, "Prometheus does not let us in: %s: check the credentials, and the tenant's header where there are tenants", said)
	case http.StatusNotFound:
		return failed(Malformed, "there is no API of Prometheus at %s: %s: check the path of the URL", response.Request.URL.Path, said)
	case http.StatusRequestEntityTooLarge, http.StatusRequestURITooLong, http.StatusRequestHeaderFieldsTooLarge:
		return failed(Refused, "the query is too long for the server, or for a proxy before it, %s: shorten it, or let POST through", said)
	case http.StatusTooManyRequests:
		return failed(Unreachable, "Prometheus has too much to do: %s", said)
	case http.StatusRequestTimeout, http.StatusGatewayTimeout:
		return failed(Timeout, "Prometheus ran out of time: %s", said)
	}
	if isOne {
		if known := knownError(words); known != nil {
			return known
		}
	}
	switch {
	case code == http.StatusMethodNotAllowed || code == http.StatusNotImplemented:
		return failed(Malformed, "Prometheus takes neither POST nor GET at %s: %s: check the path of the URL", response.Request.URL.Path, said)
	case code/100 == 5:
		return failed(Unreachable, "Prometheus failed: %s", said)
	case isOne:
		return failed(Refused, "Prometheus refuses the query: %s", words.Error)
	}
	return failed(Malformed, "the answer is not one of Prometheus: %s", said)
}

// apiError of an error, as Prometheus' API gives them.
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

// knownError knows the types of errors that servers name; nil for others. VictoriaMetrics gives the status code as type.
func knownError(w apiError) *Error {
	switch w.ErrorType {
	case promv1.ErrTimeout:
		return &Error{Kind: Timeout, err: fmt.Errorf("Prometheus ran out of time: %s", w.Error)}
	case promv1.ErrCanceled:
		return &Error{Kind: Timeout, err: fmt.Errorf("the query was cancelled: %s", w.Error)}
	case promv1.ErrExec, "cost_limit":
		return &Error{Kind: LimitExceeded, err: fmt.Errorf("Prometheus refuses the query: %s", w.Error)}
	case promv1.ErrBadData:
		return &Error{Kind: Refused, err: fmt.Errorf("Prometheus refuses the query: %s", w.Error)}
	}
	return nil
}
