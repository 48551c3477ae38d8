package adapterfaults

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"flyball.dev/flyball/e2e/cluster"
	"flyball.dev/flyball/e2e/testcluster"
)

// hostile is the rule for series whose labels would change the query if the adapter joined strings.
var hostile = rule{Name: "hostile", Query: `sum by (namespace, note) (hostile_metric)`, MaxAge: maxAge.String()}

// hostileNote is the value of a label, and hostileNamespace that of a label namespace: no namespace is called so.
const (
	hostileNote      = `"}) or vector(1) #`
	hostileNamespace = `mine",namespace="theirs`
	secret           = "666"
)

// Selectors and labels with PromQL in them are rejected, or match as plain text.
func TestInjection(t *testing.T) {
	testcluster.Parallel(t)
	own, other := hostileSeries(t)
	api := "/apis/external.metrics.k8s.io/v1beta1/namespaces/" + own
	pods := "/apis/custom.metrics.k8s.io/v1beta2/namespaces/" + own + "/pods/*/requests_" + steady
	for name, tc := range map[string]struct {
		path, selector string
		code           int32    // 0 for an answer
		values         []string // of the answer
	}{
		"no selector":            {api + "/hostile", "", 0, []string{"1", "2"}},
		"a plain one":            {api + "/hostile", "note=plain", 0, []string{"1"}},
		"all but the plain one":  {api + "/hostile", "note!=plain", 0, []string{"2"}},
		"PromQL as a value":      {api + "/hostile", `note in ("}) or vector(1) #)`, http.StatusBadRequest, nil},
		"a quote in a value":     {api + "/hostile", `note="plain"`, http.StatusBadRequest, nil},
		"a brace in a key":       {api + "/hostile", `note}=plain`, http.StatusBadRequest, nil},
		"a reserved key":         {api + "/hostile", `__name__=hostile_metric`, http.StatusBadRequest, nil},
		"another namespace":      {api + "/hostile", "namespace=" + other, http.StatusNotFound, nil},
		"any namespace but mine": {api + "/hostile", "namespace!=" + own, http.StatusNotFound, nil},
		"either namespace":       {api + "/hostile", fmt.Sprintf("namespace in (%s,%s)", own, other), 0, []string{"1", "2"}},
		"a label of no series":   {api + "/hostile", "other=x", http.StatusNotFound, nil},
		"no such label":          {api + "/hostile", "!other", 0, []string{"1", "2"}},
		"a regular expression":   {api + "/hostile", "other in (a.b,c.d)", http.StatusNotFound, nil},
		"PromQL as a metric":     {api + "/" + url.PathEscape(`hostile"} or vector(1)`), "", http.StatusNotFound, nil},
		"PromQL as a pod":        {strings.Replace(pods, "*", url.PathEscape(`a"}) or vector(1) #`), 1), "", http.StatusNotFound, nil},
	} {
		t.Run(name, func(t *testing.T) {
			path := tc.path
			if tc.selector != "" {
				path += "?labelSelector=" + url.QueryEscape(tc.selector)
			}
			body, refused := raw(t.Context(), path)
			if strings.Contains(string(body), secret) || refused != nil && strings.Contains(refused.Message, secret) {
				t.Fatalf("got a value of another namespace: %s %v", body, refused)
			}
			if tc.code != 0 {
				if refused == nil || refused.Code != tc.code {
					t.Errorf("the answer is %s %v, want %d", body, refused, tc.code)
				}
				return
			}
			if refused != nil || strings.Count(string(body), `"metricName"`) != len(tc.values) {
				t.Fatalf("the answer is %s %v, want the values %v", body, refused, tc.values)
			}
			for _, value := range tc.values {
				if !strings.Contains(string(body), `"value":"`+value+`"`) {
					t.Errorf("the answer is %s, want the values %v", body, tc.values)
				}
			}
		})
	}
	for query := range proxy.Queries() {
		if strings.Contains(query, "vector(") && !isTimes(query) {
			t.Errorf("a query of another shape was asked: %s", query)
		}
	}
}

// isTimes says that a query is one of ours for the times of samples.
func isTimes(query string) bool { return strings.Contains(query, "timestamp(") }

// hostileSeries makes Prometheus scrape series of two namespaces, and of names that no namespace can have.
func hostileSeries(t *testing.T) (own, other string) {
	t.Helper()
	for _, namespace := range []*string{&own, &other} {
		name, err := shared.NewNamespace(t.Context(), "hostile")
		if err != nil {
			t.Fatal(err)
		}
		*namespace = name
	}
	exporter := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for _, series := range []struct{ namespace, note, value string }{
			{own, "plain", "1"},
			{own, hostileNote, "2"},
			{other, "plain", secret},
			{other, hostileNote, secret},
			{strings.ReplaceAll(hostileNamespace, "mine", own), "plain", secret},
			{own + `"} or hostile_metric{namespace="` + other, "plain", secret},
		} {
			_, _ = fmt.Fprintf(w, "hostile_metric{namespace=%q,note=%q} %s\n", series.namespace, series.note, series.value)
		}
	}))
	t.Cleanup(exporter.Close)
	if err := shared.AddScrape(t.Context(), cluster.ScrapeJob{
		Name: "hostile", HonorLabels: true,
		Static: []cluster.StaticTarget{{Targets: []string{strings.TrimPrefix(exporter.URL, "http://")}}},
	}); err != nil {
		t.Fatal(err)
	}
	path := "/apis/external.metrics.k8s.io/v1beta1/namespaces/" + own + "/hostile"
	if err := shared.Wait(withPatience(t), "the hostile series", func(ctx context.Context) (bool, error) {
		body, _ := raw(ctx, path)
		return strings.Count(string(body), `"metricName"`) == 2, nil
	}); err != nil {
		t.Fatal(err)
	}
	return own, other
}
