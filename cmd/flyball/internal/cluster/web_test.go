package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"flyball.dev/flyball/autoscaler/summary"
)

// TestWebFindsTheReplicaOfAnAutoscaler: a page about an autoscaler comes from the replica that evaluates it, all others from the leader.
func TestWebFindsTheReplicaOfAnAutoscaler(t *testing.T) {
	evaluates := map[string]string{"leader": "/shop/a", "second": "/shop/b", "third": "/shop/c"}
	routes := map[string]*route{}
	for name, own := range evaluates {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/shop/") && r.URL.Path != own {
				w.Header().Set(summary.ElsewhereHeader, "true")
			}
			_, _ = io.WriteString(w, name+" about "+r.URL.Path)
		}))
		t.Cleanup(server.Close)
		routes[name] = &route{http.DefaultTransport, strings.TrimPrefix(server.URL, "http://"), func() {}}
	}
	others := []*process{{pod: "second"}, {pod: "gone"}, {pod: "third"}}
	connected := 0
	w := &web{
		leader: routes["leader"], others: map[string]*route{},
		findOthers: func(context.Context) ([]*process, error) { return others, nil },
		connect: func(p *process) (*route, error) {
			if connected++; routes[p.pod] == nil {
				return nil, errors.New("there is no such pod")
			}
			return routes[p.pod], nil
		},
	}
	get := func(path string) string {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://autoscaler"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := w.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for path, want := range map[string]string{"/": "leader", "/shop/a": "leader", "/shop/b": "second", "/shop/c": "third", "/shop/none": "leader"} {
		if got := get(path); got != want+" about "+path {
			t.Errorf("%s comes from %q, want %s", path, got, want)
		}
	}
	before := connected
	if get("/shop/b"); connected != before || w.others["second"] == nil {
		t.Error("a second request opens another port to the replica")
	}
	// The second replica is restarted in another pod.
	routes["second"] = &route{roundTripper(func() error { return errors.New("connection refused") }), "second", func() {}}
	w.others["second"] = routes["second"]
	if got := get("/shop/b"); got != "leader about /shop/b" || w.others["second"] != nil {
		t.Errorf("of a replica that is gone, the answer is %q and the routes are %v", got, w.others)
	}
	others = nil
	if got := get("/shop/c"); got != "leader about /shop/c" {
		t.Errorf("without other replicas the answer is %q", got)
	}
}

type roundTripper func() error

func (f roundTripper) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, fmt.Errorf("test: %w", f())
}
