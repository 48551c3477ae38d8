package prom

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/config"
)

// These servers imitate the differences between Prometheus and the servers that implement its API: see docs/prometheus.md.

// TestThanos: Thanos returns a partial answer with a warning when a store is unavailable, or an error with
// partial_response=false.
func TestThanos(t *testing.T) {
	thanos := func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("partial_response") == "false" {
			answer(w, 422, `{"status":"error","errorType":"execution","error":"expanding series: proxy Series(): rpc error: store 10.0.0.1:10901 is away"}`)
			return
		}
		answer(w, 200, `{"status":"success","warnings":["store 10.0.0.1:10901 is away"],"data":{"resultType":"vector","result":[
{"metric":{"pod":"a"},"value":[1700000000,"1"]}]}}`)
	}
	reply, err := serve(t, Options{}, thanos).Query(t.Context(), Request{Query: "x", Time: instant})
	if err != nil || len(reply.Vector) != 1 || len(reply.Warnings) != 1 {
		t.Errorf("a partial answer is %+v, %v; want it with its warning", reply, err)
	}
	strict := Options{Params: url.Values{"partial_response": {"false"}}}
	_, err = serve(t, strict, thanos).Query(t.Context(), Request{Query: "x", Time: instant})
	failed(t, err, LimitExceeded, "10.0.0.1:10901 is away")
}

// TestMimir: Mimir requires a tenant, and has limits for each tenant.
func TestMimir(t *testing.T) {
	mimir := func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("X-Scope-OrgID") == "":
			http.Error(w, "no org id", http.StatusUnauthorized)
		case r.URL.Path != "/prometheus/api/v1/query":
			http.NotFound(w, r)
		case r.FormValue("query") == "many":
			answer(w, 422, `{"status":"error","errorType":"execution","error":"the query exceeded the maximum number of chunks (limit: 2000000 chunks) (err-mimir-max-chunks-per-query)"}`)
		case r.FormValue("query") == "often":
			answer(w, 429, `{"status":"error","errorType":"too_many_requests","error":"too many outstanding requests"}`)
		case r.FormValue("query") == "bug":
			answer(w, 500, `{"status":"error","errorType":"internal","error":"no ingester"}`)
		default:
			answer(w, 200, twoSeries)
		}
	}
	tenant := config.DefaultHTTPClientConfig
	tenant.HTTPHeaders = &config.Headers{Headers: map[string]config.Header{"X-Scope-OrgID": {Values: []string{"team-a"}}}}
	for _, test := range []struct {
		name, path, query string
		http              *config.HTTPClientConfig
		kind              Kind
		says              string
	}{
		{"without a tenant", "/prometheus", "x", nil, Denied, "401 (no org id): check the credentials and, for a multi-tenant server, the tenant header"},
		{"without its path", "", "x", &tenant, Malformed, "no Prometheus API at /api/v1/query: 404 (404 page not found): check the path"},
		{"beyond a tenant's limit", "/prometheus", "many", &tenant, LimitExceeded, "err-mimir-max-chunks-per-query"},
		{"too often", "/prometheus", "often", &tenant, Unreachable, "overloaded: 429 (too many outstanding requests)"},
		{"in trouble", "/prometheus", "bug", &tenant, Unreachable, "Prometheus failed: 500 (no ingester)"},
		{"as it should be", "/prometheus/", "x", &tenant, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			client := serve(t, Options{URL: test.path, HTTP: test.http}, mimir)
			_, err := client.Query(t.Context(), Request{Query: test.query, Time: instant})
			if test.kind != "" {
				failed(t, err, test.kind, test.says)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// TestVictoriaMetrics: VictoriaMetrics rejects queries longer than 16 KiB, returns the status code as the type of an error, hides
// samples younger than its latency offset unless the request sets another one, and ignores limit and lookback_delta.
func TestVictoriaMetrics(t *testing.T) {
	var offset, lookback string
	victoria := func(w http.ResponseWriter, r *http.Request) {
		offset, lookback = r.FormValue("latency_offset"), r.FormValue("max_lookback")
		switch query := r.FormValue("query"); {
		case len(query) > 16384:
			answer(w, 422, fmt.Sprintf(`{"status":"error","errorType":"422","error":"too long query; got %d bytes; mustn't exceed -search.maxQueryLen=16384 bytes"}`, len(query)))
		case query == "bad(":
			answer(w, 422, `{"status":"error","errorType":"422","error":"cannot parse query"}`)
		case query == "busy":
			answer(w, 503, `{"status":"error","errorType":"503","error":"couldn't start executing the request in 10s"}`)
		default:
			answer(w, 200, vector(5))
		}
	}
	client := serve(t, Options{
		URL: "/select/0/prometheus", MaxSeries: 4,
		Params: url.Values{"latency_offset": {"1s"}, "max_lookback": {"2m"}},
	}, victoria)
	for query, want := range map[string]struct {
		kind Kind
		says string
	}{
		strings.Repeat("x", 16385): {Refused, "too long query; got 16385 bytes"},
		"bad(":                     {Refused, "rejected the query: cannot parse query"},
		"busy":                     {Unreachable, "couldn't start executing the request"},
		"x":                        {LimitExceeded, "more than 4 series"},
	} {
		_, err := client.Query(t.Context(), Request{Query: query, Time: instant})
		failed(t, err, want.kind, want.says)
	}
	if offset != "1s" || lookback != "2m" {
		t.Errorf("it was told the latency offset %q and the lookback %q", offset, lookback)
	}
}

// TestOpenShift: OpenShift requires a token, allows a user who may only read to send GET only, and answers for one namespace.
func TestOpenShift(t *testing.T) {
	var asked []string
	openshift := func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method)
		switch {
		case r.Header.Get("Authorization") != "Bearer s3cret":
			http.Error(w, "Unauthorized", http.StatusUnauthorized)
		case r.Method != http.MethodGet:
			http.Error(w, "Forbidden (user=system:serviceaccount:flyball:adapter, verb=create, resource=prometheuses)", http.StatusForbidden)
		case r.FormValue("namespace") == "":
			answer(w, 400, `{"status":"error","errorType":"prom-label-proxy","error":"The \"namespace\" query parameter must be provided."}`)
		case r.FormValue("namespace") != "shop":
			http.Error(w, "Forbidden (user=system:serviceaccount:flyball:adapter, verb=get, resource=pods)", http.StatusForbidden)
		default:
			answer(w, 200, twoSeries)
		}
	}
	bearer := config.DefaultHTTPClientConfig
	bearer.Authorization = &config.Authorization{Type: "Bearer", Credentials: "s3cret"}
	for _, test := range []struct {
		name, namespace string
		http            *config.HTTPClientConfig
		get             bool
		asked           string
		kind            Kind
		says            string
	}{
		{"without a token", "shop", nil, false, "POST", Denied, "401 (Unauthorized)"},
		{"without a namespace", "", &bearer, true, "GET", Refused, `The "namespace" query parameter must be provided.`},
		{"of another namespace", "bank", &bearer, false, "POST GET", Denied, "verb=get, resource=pods"},
		{"posted first", "shop", &bearer, false, "POST GET", "", ""},
		{"with get", "shop", &bearer, true, "GET", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			asked = nil
			o := Options{HTTP: test.http, Get: test.get}
			if test.namespace != "" {
				o.Params = url.Values{"namespace": {test.namespace}}
			}
			_, err := serve(t, o, openshift).Query(t.Context(), Request{Query: "x", Time: instant})
			if test.kind != "" {
				failed(t, err, test.kind, test.says)
			} else if err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(test.asked, strings.Join(asked, " ")); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			if err != nil && strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the error tells the token: %v", err)
			}
		})
	}
}
