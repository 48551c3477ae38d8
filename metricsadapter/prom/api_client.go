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

// apiClient stands between the library that knows the API and the one that sends. It adds the parameters, and makes errors of
// the answers whose status code the library above would forget.
type apiClient struct {
	api.Client
	useGET bool
	params url.Values
}

// Do sends. With a status code that is an error the response is given as well where the request was posted: by its code
// the library decides to ask once more, with GET.
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

// toGET makes a GET of a posted form.
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

// checkBody tells what cannot be an answer, before the library above says which byte of it is no JSON.
func checkBody(response *http.Response, body []byte) error {
	text := bytes.TrimSpace(body)
	switch {
	case len(text) == 0:
		return &Error{Kind: Malformed, err: errors.New("the answer is not one of Prometheus: it is empty")}
	case text[0] != '{':
		return &Error{Kind: Malformed, err: fmt.Errorf("the answer is not one of Prometheus but %s%s: check the URL, and that no page for signing in stands before it",
			contentType(response), excerpt(string(text)))}
	}
	return nil
}

func contentType(response *http.Response) string {
	if kind := response.Header.Get("Content-Type"); kind != "" {
		return kind
	}
	return "something else"
}
