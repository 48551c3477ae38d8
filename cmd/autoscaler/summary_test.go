package main

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"k8s.io/apimachinery/pkg/labels"

	"flyball.dev/flyball/autoscaler/controller"
	"flyball.dev/flyball/autoscaler/summary"
)

// summaries has n rows of the namespace shop, and none of others; bank has no process that decides.
func summaries(n int) http.Handler {
	mux := http.NewServeMux()
	handler := serveSummary(func(namespace string, selector labels.Selector) (*controller.Rows, error) {
		if namespace == "bank" {
			return nil, errors.New("this process does not decide")
		}
		if !selector.Matches(labels.Set{"team": "shop"}) {
			return &controller.Rows{Each: func(func(summary.Row) bool) {}}, nil
		}
		return &controller.Rows{Sharded: true, Total: 2 * n, Each: func(yield func(summary.Row) bool) {
			for i := 0; i < n && yield(summary.Row{Namespace: "shop", Name: fmt.Sprint("web-", i), Targets: `"quoted": 1/2`}); i++ {
				continue
			}
		}}, nil
	})
	mux.Handle("GET /debug/summary", handler)
	mux.Handle("GET /debug/summary/{namespace}", handler)
	return mux
}

// TestSummaryIsOneDocument, packed or not, and small if packed.
func TestSummaryIsOneDocument(t *testing.T) {
	const n = 10_000
	for _, encoding := range []string{"", "gzip"} {
		answer := httptest.NewRecorder()
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/debug/summary", nil)
		request.Header.Set("Accept-Encoding", encoding)
		summaries(n).ServeHTTP(answer, request)
		size := answer.Body.Len()
		var body io.Reader = answer.Body
		if encoding != "" {
			packed, err := gzip.NewReader(body)
			if err != nil {
				t.Fatal(err)
			}
			body = packed
		}
		var list summary.List
		if err := json.NewDecoder(body).Decode(&list); err != nil {
			t.Fatal(err)
		}
		if answer.Code != http.StatusOK || answer.Header().Get("Content-Encoding") != encoding || !list.Sharded || list.Total != 2*n || len(list.Items) != n ||
			list.Items[n-1].Name != "web-9999" || list.Items[0].Targets != `"quoted": 1/2` {
			t.Errorf("%q: %d, %v, %d rows of %d", encoding, answer.Code, answer.Header(), len(list.Items), list.Total)
		}
		if encoding != "" && size > n*20 {
			t.Errorf("a packed answer has %d bytes for %d rows", size, n)
		}
	}
}

// TestSummaryOfASelector: a selector that cannot be parsed is an error, and does not select all.
func TestSummaryOfASelector(t *testing.T) {
	for query, want := range map[string]struct{ code, rows int }{"team%3Dshop": {http.StatusOK, 3}, "team%3Dbank": {http.StatusOK, 0}, "team%3D%3D%3D": {http.StatusBadRequest, 0}} {
		answer := httptest.NewRecorder()
		summaries(3).ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/debug/summary/shop?labelSelector="+query, nil))
		var list summary.List
		if err := json.Unmarshal(answer.Body.Bytes(), &list); answer.Code != want.code || len(list.Items) != want.rows || err != nil && want.code == http.StatusOK {
			t.Errorf("%s: %d %s, %v", query, answer.Code, answer.Body, err)
		}
	}
}

func TestSummaryWithoutRowsIsValid(t *testing.T) {
	answer := httptest.NewRecorder()
	summaries(0).ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/debug/summary/shop", nil))
	var list summary.List
	if err := json.NewDecoder(answer.Body).Decode(&list); err != nil || list.Items == nil {
		t.Errorf("%v: %+v", err, list)
	}
}

// TestSummaryOfStandbyIsAnError: an empty one would be taken for the truth.
func TestSummaryOfStandbyIsAnError(t *testing.T) {
	answer := httptest.NewRecorder()
	summaries(1).ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/debug/summary/bank", nil))
	if answer.Code != http.StatusServiceUnavailable {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}

// TestSummaryNeedsNoMemoryPerRow: the answer is written row by row, so that one of ten thousand rows holds none of them.
func TestSummaryNeedsNoMemoryPerRow(t *testing.T) {
	rows := 0
	handler := serveSummary(func(string, labels.Selector) (*controller.Rows, error) {
		return &controller.Rows{Each: func(yield func(summary.Row) bool) {
			for ; rows < 10_000 && yield(summary.Row{Name: "web"}); rows++ {
				continue
			}
		}}, nil
	})
	handler(&disconnected{}, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/debug/summary", nil))
	if rows > 100 {
		t.Errorf("%d rows were made for a client that has disconnected", rows)
	}
}

// disconnected fails to write.
type disconnected struct{}

func (*disconnected) Header() http.Header       { return http.Header{} }
func (*disconnected) WriteHeader(int)           {}
func (*disconnected) Write([]byte) (int, error) { return 0, errors.New("disconnected") }
