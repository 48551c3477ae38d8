package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/metricsadapter/prom"
	"flyball.dev/flyball/metricsadapter/promtest"
)

// server is a Prometheus on loopback that has the saved series: the counters grow by 30 in each half minute.
func prometheus(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("testdata/rules/series.json")
	if err != nil {
		t.Fatal(err)
	}
	var saved struct{ Data []map[string]string }
	if err := json.Unmarshal(text, &saved); err != nil {
		t.Fatal(err)
	}
	data := promtest.New()
	for _, series := range saved.Data {
		var pairs []string
		for name, value := range series {
			pairs = append(pairs, name, value)
		}
		newest := time.Now().Add(-10 * time.Second)
		for i := range 8 {
			data.Add(newest.Add(time.Duration(i-7)*30*time.Second), float64(30*i), pairs...)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/api/v1/series", func(w http.ResponseWriter, r *http.Request) {
		picked := []map[string]string{}
		for _, series := range saved.Data {
			if (series["__name__"] == "queue_depth") == strings.HasPrefix(r.FormValue("match[]"), "queue_depth") && series["namespace"] != "" {
				picked = append(picked, series)
			}
		}
		result, _ := json.Marshal(picked)
		_, _ = fmt.Fprintf(w, `{"status":"success","data":%s}`, result)
	})
	mux.HandleFunc("/api/v1/query", func(w http.ResponseWriter, r *http.Request) {
		answer, err := data.Query(r.Context(), prom.Request{Query: r.FormValue("query"), Time: time.Now()})
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintf(w, `{"status":"error","errorType":"bad_data","error":%q}`, err)
			return
		}
		result, _ := json.Marshal(answer.Vector)
		_, _ = fmt.Fprintf(w, `{"status":"success","data":{"resultType":"vector","result":%s}}`, result)
	})
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s.URL
}

func TestRulesCheckMeasuresQueries(t *testing.T) {
	code, out, errOut := shell(t, "", "rules check -f testdata/rules/adapter.yaml --prometheus "+prometheus(t))
	if code != 0 {
		t.Fatalf("exit code %d: %s%s", code, out, errOut)
	}
	for _, says := range []string{
		"SERIES   ROWS", "web-1, web-2", "pods/http_requests_per_second: the query reads 2 series, and returns 2 rows",
		"the oldest sample is 1",
	} {
		if !strings.Contains(out, says) {
			t.Errorf("it does not say %q:\n%s", says, out)
		}
	}
}

func TestRulesExplainShowsTheLostStage(t *testing.T) {
	url := prometheus(t)
	for name, tc := range map[string]struct {
		args string
		code int
		says []string
	}{
		"a value": {
			args: "http_requests_per_second pod/web-1 -n shop",
			says: []string{"rules[0] gives pods/http_requests_per_second", "matches 2", "2 rows of namespace shop", "1 row of web-1", "the value is 1", "the oldest sample is 1"},
		},
		"all pods":                 {args: "http_requests_per_second pods/* -n shop", says: []string{"the sum of 2 rows is 2"}},
		"a service, by its kind":   {args: "http_requests_per_second Service/web -n shop", says: []string{"the value is 2"}},
		"a namespace":              {args: "http_requests_per_second namespace/shop -n shop", says: []string{"the value is 2"}},
		"an external metric":       {args: "queue_depth -n shop", says: []string{"externalRules[0] gives queue_depth", "the sum of 1 row is 210"}},
		"a selector":               {args: "queue_depth -n shop -l queue=mail", says: []string{"is 210"}},
		"a selector of nothing":    {args: "queue_depth -n shop -l queue=other", code: 1, says: []string{"LOST  selector"}},
		"another namespace":        {args: "http_requests_per_second pod/web-1 -n bank", code: 1, says: []string{"LOST  namespace  no row has the namespace bank"}},
		"another pod":              {args: "http_requests_per_second pod/web-9 -n shop", code: 1, says: []string{`LOST  object     no row has pod="web-9"; the rows have web-1, web-2`}},
		"another kind":             {args: "http_requests_per_second deployment/web -n shop", code: 1, says: []string{"LOST  rule", "the rules give jobs.batch/http_requests_per_second, namespaces/"}},
		"no such metric":           {args: "requests pod/web-1 -n shop", code: 1, says: []string{"matches 2 series: http_requests_total", "LOST  rule       no rule gives pods/requests"}},
		"an object without a name": {args: "requests pod", code: 2, says: []string{"must be a kind and a name, such as pod/web-1"}},
		"a kind that is none":      {args: "requests rollout/web", code: 2, says: []string{"rollouts.argoproj.io/web"}},
		"a selector that is none":  {args: "queue_depth -l ==", code: 1, says: []string{"LOST  selector"}},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errOut := shell(t, "", "rules explain -f testdata/rules/adapter.yaml --prometheus "+url+" "+tc.args)
			if code != tc.code {
				t.Errorf("exit code %d, want %d", code, tc.code)
			}
			for _, says := range tc.says {
				if !strings.Contains(out+errOut, says) {
					t.Errorf("it does not say %q:\n%s%s", says, out, errOut)
				}
			}
		})
	}
	code, _, errOut := shell(t, "", "rules explain x -f testdata/rules/adapter.yaml --prometheus http://127.0.0.1:1")
	if code != 2 || !strings.Contains(errOut, "Prometheus lists no series") {
		t.Errorf("a server that is away gives exit code %d: %s", code, errOut)
	}
}
