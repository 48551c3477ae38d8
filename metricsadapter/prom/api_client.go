package prom

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"

	"github.com/prometheus/client_golang/api"
)

// apiClient is the HTTP client of the API library. It adds the configured parameters, and returns an error for status
// codes that the library ignores.
type apiClient struct {
	api.Client
	useGET bool
	params url.Values
}

// Do sends a request. For a POST request with an error status it returns the response as well: by its status code the
// library decides to retry with GET.
func (a apiClient) Do(ctx context.Context, request *http.Request) (*http.Response, []byte, error) {
	if a.useGET && request.Method == http.MethodPost {
		var err error
		if request, err = toGET(request); err != nil {
			return nil, nil, err
		}
	}
	a.addParams(request.URL)
	response, body, err := a.Client.Do(ctx, request)
	if err != nil {
		return nil, nil, err
	}
	if response.StatusCode/100 == 2 {
		return response, body, checkBody(response, body)
	}
	failed := statusError(response, body)
	if request.Method == http.MethodPost {
		return response, nil, failed
	}
	return nil, nil, failed
}

// toGET converts a POST form to a GET request.
func toGET(request *http.Request) (*http.Request, error) {
	form, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, fmt.Errorf("reading the request: %w", err)
	}
	get, err := http.NewRequestWithContext(request.Context(), http.MethodGet, request.URL.String(), http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("making the request: %w", err)
	}
	get.URL.RawQuery = string(form)
	return get, nil
}

func (a apiClient) addParams(u *url.URL) {
	if len(a.params) == 0 {
		return
	}
	query := u.Query()
	maps.Copy(query, a.params)
	u.RawQuery = query.Encode()
}

// checkBody rejects bodies that are not JSON with a clearer error than that of the library.
func checkBody(response *http.Response, body []byte) error {
	text := bytes.TrimSpace(body)
	switch {
	case len(text) == 0:
		return &Error{Kind: Malformed, err: errors.New("the response is not from the Prometheus API: it is empty")}
	case text[0] != '{':
		return &Error{Kind: Malformed, err: fmt.Errorf("the response is not from the Prometheus API but %s%s: check the URL, and that no login page is in front of it",
			contentType(response), excerpt(string(text)))}
	}
	return nil
}

func contentType(response *http.Response) string {
	if kind := response.Header.Get("Content-Type"); kind != "" {
		return kind
	}
	return "another format"
}
