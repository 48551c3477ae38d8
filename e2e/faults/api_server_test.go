package faults_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"k8s.io/client-go/rest"

	"flyball.dev/flyball/e2e/faults"
)

func TestTheAPIServerSeesAHeldRequestOnlyWhereItsAnswerIsHeld(t *testing.T) {
	var seen atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if string(body) == "held" {
			seen.Add(1)
		}
		_, _ = w.Write(body)
	}))
	t.Cleanup(server.Close)
	p, err := faults.StartAPIServer(&rest.Config{Host: server.URL}, "token")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	patches := func(r *http.Request) bool { return r.Method == http.MethodPatch }
	for _, hold := range []func(func(*http.Request) bool) *faults.Hold{p.HoldRequest, p.HoldAnswer} {
		h := hold(patches)
		ctx, die := context.WithCancel(t.Context())
		failed := make(chan error, 1)
		go func() { failed <- send(ctx, p.URL, http.MethodPatch, "held") }()
		if err := send(t.Context(), p.URL, http.MethodPut, "other"); err != nil {
			t.Errorf("a request that does not match: %v", err)
		}
		<-h.Reached()
		die()
		if err := <-failed; err == nil {
			t.Error("the held request was answered")
		}
	}
	if seen.Load() != 1 {
		t.Errorf("of two held requests the server saw %d, want the one whose answer was held", seen.Load())
	}
	if err := send(t.Context(), p.URL, http.MethodPatch, "later"); err != nil {
		t.Errorf("a hold is of one request, and yet the next: %v", err)
	}
}

func send(ctx context.Context, url, method, body string) error {
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

// TestInjectedRequestsAreAnsweredInPlaceOfTheAPIServer until the fault is removed; others pass.
func TestInjectedRequestsAreAnsweredInPlaceOfTheAPIServer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("watch") == "" {
			return
		}
		_, _ = w.Write([]byte("{}\n"))
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	p, err := faults.StartAPIServer(&rest.Config{Host: server.URL}, "token")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	open := func(method, path string) (code int, body io.Reader) {
		request, err := http.NewRequestWithContext(t.Context(), method, p.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = response.Body.Close() })
		return response.StatusCode, response.Body
	}
	get := func(method, path string) int {
		code, body := open(method, path)
		_, _ = io.Copy(io.Discard, body)
		return code
	}
	remove := p.Inject(func(r *http.Request) bool { return r.Method == http.MethodPut }, faults.Refused(500, "InternalError", "no"))
	if put, other := get(http.MethodPut, "/"), get(http.MethodGet, "/"); put != 500 || other != 200 {
		t.Errorf("PUT %d, GET %d", put, other)
	}
	remove()
	if put := get(http.MethodPut, "/"); put != 200 {
		t.Errorf("after the fault PUT %d", put)
	}
	// Once its header is read, the client does not send the request again.
	_, watch := open(http.MethodGet, "/?watch=true")
	p.CutWatches()
	_, _ = io.Copy(io.Discard, watch) // ends with the connection
}
