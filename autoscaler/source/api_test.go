package source

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta/testrestmapper"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"

	"flyball.dev/flyball/autoscaler/engine"
)

// apiserver answers paths with JSON, and counts.
type apiserver struct {
	mu    sync.Mutex
	asked map[string]int
	slow  chan struct{}
}

const stamp = `"timestamp":"2026-03-01T11:59:30Z"`

var bodies = map[string]string{
	"/apis": `{"kind":"APIGroupList","apiVersion":"v1","groups":[{"name":"custom.metrics.k8s.io",
		"versions":[{"groupVersion":"custom.metrics.k8s.io/v1beta2","version":"v1beta2"}],
		"preferredVersion":{"groupVersion":"custom.metrics.k8s.io/v1beta2","version":"v1beta2"}}]}`,
	"/api": `{"kind":"APIVersions","versions":["v1"]}`,
	"/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods?labelSelector=app%3Dweb": `{"kind":"PodMetricsList","apiVersion":"metrics.k8s.io/v1beta1","items":[
		{"metadata":{"name":"web-1"},` + stamp + `,"window":"30s","containers":[{"name":"app","usage":{"cpu":"250m","memory":"1Gi"}},{"name":"proxy","usage":{"cpu":"125m","memory":"1Mi"}}]},
		{"metadata":{"name":"web-2"},` + stamp + `,"window":"30s","containers":[{"name":"app","usage":{"cpu":"500m","memory":"1Gi"}},{"name":"proxy","usage":{"memory":"1Mi"}}]},
		{"metadata":{"name":"web-3"},` + stamp + `,"window":"30s","containers":[]}]}`,
	"/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/pods/*/requests?labelSelector=app%3Dweb&metricLabelSelector=code%3D200": `{"kind":"MetricValueList","apiVersion":"custom.metrics.k8s.io/v1beta2","items":[
		{"describedObject":{"kind":"Pod","name":"web-1"},"metric":{"name":"requests"},` + stamp + `,"value":"1500m"},
		{"describedObject":{"kind":"Pod","name":"web-2"},"metric":{"name":"requests"},` + stamp + `,"windowSeconds":120,"value":"10P"}]}`,
	"/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/services/api/depth": `{"kind":"MetricValueList","apiVersion":"custom.metrics.k8s.io/v1beta2","items":[
		{"describedObject":{"kind":"Service","name":"api"},"metric":{"name":"depth"},` + stamp + `,"value":"7"}]}`,
	"/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/metrics/spend": `{"kind":"MetricValueList","apiVersion":"custom.metrics.k8s.io/v1beta2","items":[
		{"describedObject":{"kind":"Namespace","name":"shop"},"metric":{"name":"spend"},` + stamp + `,"value":"3"}]}`,
	"/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/queue": `{"kind":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1","items":[
		{"metricName":"queue",` + stamp + `,"value":"10"},{"metricName":"queue","timestamp":"2026-03-01T11:58:00Z","value":"5500m"}]}`,
	"/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/nothing": `{"kind":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1","items":[]}`,
	"/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/huge": `{"kind":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1","items":[
		{"metricName":"huge",` + stamp + `,"value":"9P"},{"metricName":"huge",` + stamp + `,"value":"9P"}]}`,
}

func (a *apiserver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/slow" {
		select {
		case <-a.slow:
		case <-r.Context().Done():
		}
	}
	path := r.URL.Path
	query := r.URL.Query()
	maps.DeleteFunc(query, func(name string, values []string) bool { return name == "timeout" || values[0] == "" })
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	a.mu.Lock()
	a.asked[path]++
	a.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	body, ok := bodies[path]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		body = `{"kind":"Status","apiVersion":"v1","status":"Failure","code":404,"reason":"NotFound","message":"no such thing: ` + r.URL.Path + `"}`
	}
	_, _ = fmt.Fprint(w, body) // the client has gone if it fails
}

func apiSource(t *testing.T) (*API, *apiserver) {
	t.Helper()
	for path, body := range bodies {
		if !json.Valid([]byte(body)) {
			t.Fatalf("the body of %s is no JSON", path)
		}
	}
	a := &apiserver{asked: map[string]int{}, slow: make(chan struct{})}
	server := httptest.NewServer(a)
	t.Cleanup(func() { close(a.slow); server.Close() })
	return newAPI(t, &rest.Config{Host: server.URL, QPS: -1}), a
}

func newAPI(t *testing.T, config *rest.Config) *API {
	t.Helper()
	discovered, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	api, err := NewAPI(config, discovered, testrestmapper.TestOnlyStaticRESTMapper(scheme.Scheme), 0)
	if err != nil {
		t.Fatal(err)
	}
	return api
}

func TestAPI(t *testing.T) {
	api, _ := apiSource(t)
	sampled := time.Date(2026, 3, 1, 11, 59, 30, 0, time.UTC)
	pods := []engine.Pod{{Name: "web-3"}, {Name: "web-2"}, {Name: "web-1"}, {Name: "web-9"}}
	value := func(v int64, window time.Duration) engine.Sample {
		return engine.Sample{Known: true, Value: v, Time: sampled, Window: window}
	}
	for _, test := range []struct {
		name    string
		metric  engine.Metric
		want    engine.Reading
		problem string
	}{
		{
			"a pod that lacks a container's CPU is missing",
			engine.Metric{Type: engine.Resource, Name: "cpu"},
			engine.Reading{Time: sampled, Pods: []engine.Sample{none, none, value(375, 30*time.Second), none}},
			"",
		},
		{
			"one container",
			engine.Metric{Type: engine.ContainerResource, Name: "cpu", Container: "app"},
			engine.Reading{Time: sampled, Pods: []engine.Sample{none, value(500, 30*time.Second), value(250, 30*time.Second), none}},
			"",
		},
		{"a resource that nobody has", engine.Metric{Type: engine.Resource, Name: "gpu"}, engine.Reading{}, "none of the 4 pods has a sample of gpu"},
		{
			"a pods metric; what overflows is no value",
			engine.Metric{Type: engine.Pods, Name: "requests", Selector: "code=200"},
			engine.Reading{Time: sampled, Pods: []engine.Sample{none, none, value(1500, time.Minute), none}},
			"",
		},
		{"an object", engine.Metric{Type: engine.Object, Name: "depth", Object: engine.ObjectRef{APIVersion: "v1", Kind: "Service", Name: "api"}}, engine.Reading{Time: sampled, Value: 7000}, ""},
		{"the own namespace", engine.Metric{Type: engine.Object, Name: "spend", Object: engine.ObjectRef{APIVersion: "v1", Kind: "Namespace", Name: "bank"}}, engine.Reading{Time: sampled, Value: 3000}, ""},
		{"an external metric is summed and as old as its oldest", engine.Metric{Type: engine.External, Name: "queue"}, engine.Reading{Time: sampled.Add(-90 * time.Second), Value: 15_500}, ""},
		{"nothing is unknown, not zero", engine.Metric{Type: engine.External, Name: "nothing"}, engine.Reading{}, "has no values for nothing"},
		{"a sum beyond measure", engine.Metric{Type: engine.External, Name: "huge"}, engine.Reading{}, "beyond what a metric can hold"},
		{"an unknown metric", engine.Metric{Type: engine.External, Name: "none"}, engine.Reading{}, "external.metrics.k8s.io: no such thing"},
	} {
		t.Run(test.name, func(t *testing.T) {
			request := Request{Namespace: "shop", Metric: &test.metric, Pods: pods, PodSelector: "app=web"}
			got := api.Read(t.Context(), []Request{request}, sampled)[0]
			if test.problem != "" {
				if !strings.Contains(got.Problem, test.problem) || got.Value != 0 {
					t.Errorf("got %+v, want the problem %q and no value", got, test.problem)
				}
				return
			}
			test.want.Via = ViaAPI
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("reading (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEqualCallsAreMadeOnce(t *testing.T) {
	api, server := apiSource(t)
	var requests []Request
	for range 20 {
		for _, name := range []string{"cpu", "memory"} {
			requests = append(requests, Request{Namespace: "shop", Metric: &engine.Metric{Type: engine.Resource, Name: name}, PodSelector: "app=web"})
		}
	}
	api.Read(t.Context(), requests, now)
	if n := server.asked["/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods?labelSelector=app%3Dweb"]; n != 1 {
		t.Errorf("40 requests made %d calls", n)
	}
}

func TestASlowCallLeavesTheOthersAlone(t *testing.T) {
	for _, test := range []struct {
		name     string
		deadline time.Duration
	}{
		{"the batch ends first", time.Second},
		{"the call ends first", callTimeout + time.Second},
		{"both end at once", callTimeout},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := &apiserver{asked: map[string]int{}, slow: make(chan struct{})}
				api := newAPI(t, &rest.Config{Host: "http://apiserver.test", QPS: -1, Transport: transport{a}})
				ctx, cancel := context.WithTimeout(t.Context(), test.deadline)
				defer cancel()
				got := api.Read(ctx, []Request{
					{Namespace: "shop", Metric: &engine.Metric{Type: engine.External, Name: "slow"}},
					{Namespace: "shop", Metric: &engine.Metric{Type: engine.External, Name: "queue"}},
				}, now)
				if !strings.Contains(got[0].Problem, "the metrics API did not respond in time") || got[1].Value != 15_500 {
					t.Errorf("readings are %+v", got)
				}
			})
		})
	}
}

// transport hands requests to a handler without a network, so that time in a bubble passes only while all wait.
type transport struct{ handler http.Handler }

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	t.handler.ServeHTTP(recorder, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return recorder.Result(), nil
}

func TestCombined(t *testing.T) {
	api, _ := apiSource(t)
	d := direct(t, &backend{series: someSeries(), time: now})
	ruled := Request{Namespace: "shop", Metric: &engine.Metric{Type: engine.External, Name: "world"}}
	unruled := Request{Namespace: "shop", Metric: &engine.Metric{Type: engine.Object, Name: "depth", Object: engine.ObjectRef{APIVersion: "apps/v1", Kind: "Deployment", Name: "x"}}}
	inline := Request{Namespace: "shop", Metric: &engine.Metric{Type: engine.Prometheus, Query: "sum(rate(x[1m]))"}}
	for _, test := range []struct {
		name     string
		source   Source
		via      [3]string
		problems [3]string
	}{
		{"both", New(d, api), [3]string{ViaDirect, ViaAPI, ViaDirect}, [3]string{"", "no such thing", ""}},
		{"direct only", New(d, nil), [3]string{ViaDirect, "", ViaDirect}, [3]string{"", "no rule provides metric depth", ""}},
		{"api only", New(nil, api), [3]string{ViaAPI, ViaAPI, ""}, [3]string{"no such thing", "no such thing", "--prometheus-url"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for i, got := range test.source.Read(t.Context(), []Request{ruled, unruled, inline}, now) {
				if got.Via != test.via[i] || (got.Problem == "") != (test.problems[i] == "") || !strings.Contains(got.Problem, test.problems[i]) {
					t.Errorf("reading %d is %+v, want it via %q with the problem %q", i, got, test.via[i], test.problems[i])
				}
			}
		})
	}
}
