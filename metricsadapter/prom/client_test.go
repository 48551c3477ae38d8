package prom

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

const twoSeries = `{"status":"success","data":{"resultType":"vector","result":[
{"metric":{"pod":"a"},"value":[1700000000,"1.5"]},{"metric":{"pod":"b"},"value":[1700000000,"NaN"]}]}}`

var instant = time.Unix(1700000000, 0)

func TestRequestHasTimeTimeoutAndLimit(t *testing.T) {
	var got map[string]string
	client := serve(t, Options{Timeout: 7 * time.Second, MaxSeries: 50}, func(w http.ResponseWriter, r *http.Request) {
		got = map[string]string{"method": r.Method, "path": r.URL.Path}
		for _, key := range []string{"query", "time", "timeout", "limit", "lookback_delta"} {
			got[key] = r.FormValue(key)
		}
		answer(w, 200, twoSeries)
	})
	reply, err := client.Query(t.Context(), Request{Query: "sum by (pod) (x)", Time: instant, Lookback: 2 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if len(reply.Vector) != 2 || reply.Vector[0].Value != 1.5 {
		t.Errorf("the answer is %v", reply.Vector)
	}
	want := map[string]string{
		"method": "POST", "path": "/api/v1/query", "query": "sum by (pod) (x)", "time": "1700000000",
		"timeout": "7s", "limit": "51", "lookback_delta": "2m0s",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}

func TestScalarIsAVectorOfOneSample(t *testing.T) {
	client := serve(t, Options{}, func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 200, `{"status":"success","data":{"resultType":"scalar","result":[1700000000,"42"]}}`)
	})
	reply, err := client.Query(t.Context(), Request{Query: "scalar(x)", Time: instant})
	if err != nil {
		t.Fatal(err)
	}
	if len(reply.Vector) != 1 || reply.Vector[0].Value != 42 {
		t.Errorf("the answer is %v", reply.Vector)
	}
}

func TestWarningsAreKept(t *testing.T) {
	client := serve(t, Options{}, func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 200, `{"status":"success","warnings":["a store is away"],"infos":["chatter"],"data":{"resultType":"vector","result":[]}}`)
	})
	reply, err := client.Query(t.Context(), Request{Query: "x", Time: instant})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a store is away"}, reply.Warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

func TestFailuresHaveAKindAndACause(t *testing.T) {
	for _, test := range []struct {
		name string
		code int
		body string
		kind Kind
		says string
	}{
		{"a bad query", 400, `{"status":"error","errorType":"bad_data","error":"parse error"}`, Refused, "parse error"},
		{"too many samples", 422, `{"status":"error","errorType":"execution","error":"query processing would load too many samples"}`, LimitExceeded, "too many samples"},
		{"the server's time limit", 503, `{"status":"error","errorType":"timeout","error":"query timed out"}`, Timeout, "query timed out"},
		{"a proxy's page", 502, `<html><body>Bad   Gateway</body></html>`, Unreachable, "Bad Gateway"},
		{"a page instead of an answer", 200, `<html>sign in</html>`, Malformed, "not from the Prometheus API"},
		{"truncated JSON", 200, twoSeries[:90], Malformed, "not from the Prometheus API"},
		{"another JSON", 200, `{"hello":1}`, Malformed, ""},
		{"a matrix", 200, `{"status":"success","data":{"resultType":"matrix","result":[]}}`, Refused, "matrix"},
		{"too large", 200, `{"status":"success","data":"` + strings.Repeat("x", 2000) + `"}`, LimitExceeded, "larger than 1000 bytes"},
		{"too many series", 200, vector(4), LimitExceeded, "more than 3 series"},
	} {
		t.Run(test.name, func(t *testing.T) {
			client := serve(t, Options{MaxBytes: 1000, MaxSeries: 3}, func(w http.ResponseWriter, _ *http.Request) {
				answer(w, test.code, test.body)
			})
			reply, err := client.Query(t.Context(), Request{Query: "x", Time: instant})
			var failed *Error
			if !errors.As(err, &failed) || len(reply.Vector) > 0 {
				t.Fatalf("got %v and the error %v", reply.Vector, err)
			}
			if failed.Kind != test.kind || !strings.Contains(err.Error(), test.says) {
				t.Errorf("the error is %s: %v, want %s and %q", failed.Kind, err, test.kind, test.says)
			}
		})
	}
}

func TestQueriesGoToTheNamedServer(t *testing.T) {
	named := func(name string) string {
		return serverOf(t, func(w http.ResponseWriter, r *http.Request) {
			if r.FormValue("query") == "bad" {
				answer(w, 400, `{"status":"error","errorType":"bad_data","error":"no"}`)
				return
			}
			answer(w, 200, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"server":"`+name+`"},"value":[1,"1"]}]}}`)
		})
	}
	first, second := Options{Name: "short", URL: named("short")}, Options{Name: "long", URL: named("long")}
	for _, test := range []struct {
		name    string
		servers []Options
		ask     string
		want    string
	}{
		{"the first", []Options{first, second}, "", "short"},
		{"the second", []Options{first, second}, "long", "long"},
		{"the one called default", []Options{first, {Name: "default", URL: second.URL}}, "", "long"},
		{"one without a name is called default", []Options{first, {URL: second.URL}}, "default", "long"},
	} {
		t.Run(test.name, func(t *testing.T) {
			client := newClient(t, test.servers...)
			reply, err := client.Query(t.Context(), Request{Server: test.ask, Query: "x", Time: instant})
			if err != nil {
				t.Fatal(err)
			}
			if got := string(reply.Vector[0].Metric["server"]); got != test.want {
				t.Errorf("%s was asked, want %s", got, test.want)
			}
		})
	}
	client := newClient(t, first, second)
	_, err := client.Query(t.Context(), Request{Server: "medium", Query: "x", Time: instant})
	refused(t, err, `no Prometheus server is named "medium": the servers are short, long`)
	_, err = client.Query(t.Context(), Request{Server: "long", Query: "bad", Time: instant})
	refused(t, err, "server long: Prometheus rejected the query: no")
}

func TestInvalidServers(t *testing.T) {
	for want, servers := range map[string][]Options{
		"no Prometheus server is configured": nil,
		"two Prometheus servers are named":   {{URL: "http://a"}, {URL: "http://b"}},
		`server b: the Prometheus URL`:       {{Name: "a", URL: "http://a"}, {Name: "b", URL: "b:9090"}},
	} {
		if _, err := New(servers...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want %q", err, want)
		}
	}
}

func TestConnectionRefused(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	client, err := New(Options{URL: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Query(t.Context(), Request{Query: "x", Time: time.Now()})
	var failed *Error
	if !errors.As(err, &failed) || failed.Kind != Unreachable {
		t.Errorf("the error is %v, want one of kind unreachable", err)
	}
}

func TestResponseOfTheMaximumSize(t *testing.T) {
	client := serve(t, Options{MaxBytes: int64(len(twoSeries))}, func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, twoSeries) })
	if _, err := client.Query(t.Context(), Request{Query: "x", Time: time.Now()}); err != nil {
		t.Error(err)
	}
}

// transport answers without a network, so that time can be virtual.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestSlowServerTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, err := New(Options{URL: "http://localhost", Timeout: 10 * time.Second, Transport: transport(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, err = client.Query(t.Context(), Request{Query: "x", Time: start})
		var failed *Error
		if !errors.As(err, &failed) || failed.Kind != Timeout {
			t.Errorf("the error is %v, want one of kind timeout", err)
		}
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("it took %s, want 10s", took)
		}
	})
}

func TestConcurrencyIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int32
		client, err := New(Options{URL: "http://localhost", MaxConcurrent: 3, Transport: transport(func(*http.Request) (*http.Response, error) {
			most.Store(max(most.Load(), now.Add(1)))
			defer now.Add(-1)
			time.Sleep(time.Second)
			return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(twoSeries))}, nil
		})})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		done := make(chan error)
		for range 10 {
			go func() {
				_, err := client.Query(t.Context(), Request{Query: "x", Time: start})
				done <- err
			}()
		}
		for range 10 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if most.Load() != 3 || time.Since(start) != 4*time.Second {
			t.Errorf("%d queries at a time, %s in all; want 3 and 4s", most.Load(), time.Since(start))
		}
	})
}

func TestWaitingForASlotEndsWithTheContext(t *testing.T) {
	client, err := New(Options{URL: "http://localhost", MaxConcurrent: 1})
	if err != nil {
		t.Fatal(err)
	}
	release, err := client.fallback.concurrency.acquire(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client.Query(ctx, Request{Query: "x", Time: time.Now()}); err == nil || !strings.Contains(err.Error(), "too many concurrent queries") {
		t.Errorf("the error is %v", err)
	}
}

func TestOutcomesAreCounted(t *testing.T) {
	registry := prometheus.NewRegistry()
	client := serve(t, Options{Metrics: NewMetrics(registry)}, func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("query") == "bad" {
			answer(w, 400, `{"status":"error","errorType":"bad_data","error":"no"}`)
			return
		}
		answer(w, 200, twoSeries)
	})
	for _, query := range []string{"good", "good", "bad"} {
		_, _ = client.Query(t.Context(), Request{Query: query, Time: time.Now()}) // the metric is what is looked at
	}
	if n := testutil.CollectAndCount(registry, "flyball_prometheus_query_duration_seconds"); n != 2 {
		t.Errorf("there are %d outcomes, want ok and refused", n)
	}
}

func TestURL(t *testing.T) {
	for url, want := range map[string]string{
		"":                            "not an http or https URL",
		"prometheus:9090":             "not an http or https URL",
		"ftp://x":                     "not an http or https URL",
		"http://":                     "not an http or https URL",
		"http://a b":                  "invalid Prometheus URL",
		"http://me:s3cret@host":       "http.basic_auth",
		"http://me:s3cret@host:port":  "invalid Prometheus URL",
		"http://host/?token=s3cret":   "params",
		"http://host/prometheus#home": "has a query or fragment",
	} {
		_, err := New(Options{URL: url})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q gave the error %v, want %q", url, err, want)
		}
	}
}

func vector(n int) string {
	series := make([]string, n)
	for i := range series {
		series[i] = fmt.Sprintf(`{"metric":{"pod":"p%d"},"value":[1700000000,"1"]}`, i)
	}
	return `{"status":"success","data":{"resultType":"vector","result":[` + strings.Join(series, ",") + `]}}`
}

func answer(w http.ResponseWriter, code int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = io.WriteString(w, body) // the client has gone if it fails
}

func serve(t *testing.T, o Options, handler http.HandlerFunc) *Client {
	t.Helper()
	o.URL = serverOf(t, handler) + o.URL // what is given is the path
	client, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// serverOf returns the URL of a server.
func serverOf(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// TestPrometheusOnIPv6: a URL may have an IPv6 address, in brackets.
func TestPrometheusOnIPv6(t *testing.T) {
	listener, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skipf("this machine has no IPv6: %v", err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, twoSeries) }))
	server.Listener = listener
	server.Start()
	defer server.Close()
	client, err := New(Options{URL: "http://" + listener.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	reply, err := client.Query(t.Context(), Request{Query: "x", Time: instant})
	if err != nil || len(reply.Vector) != 2 {
		t.Errorf("%+v, %v", reply, err)
	}
}
