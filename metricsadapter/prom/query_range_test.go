package prom

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const oneMatrix = `{"status":"success","warnings":["a store is down"],"data":{"resultType":"matrix","result":[
{"metric":{"pod":"a"},"values":[[1700000000,"1.5"],[1700000060,"NaN"]]}]}}`

func hour(query string) RangeRequest {
	return RangeRequest{Query: query, Start: instant, End: instant.Add(time.Hour), Step: 30 * time.Second}
}

func TestRangeRequestHasTimesStepAndLimit(t *testing.T) {
	got := map[string]string{}
	client := serve(t, Options{Timeout: 7 * time.Second, MaxSeries: 50}, func(w http.ResponseWriter, r *http.Request) {
		got["method"], got["path"] = r.Method, r.URL.Path
		for _, key := range []string{"query", "start", "end", "step", "timeout", "limit"} {
			got[key] = r.FormValue(key)
		}
		answer(w, 200, oneMatrix)
	})
	reply, err := client.QueryRange(t.Context(), hour("sum by (pod) (x)"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"method": "POST", "path": "/api/v1/query_range", "query": "sum by (pod) (x)", "start": "1700000000", "end": "1700003600",
		"step": "30", "timeout": "7s", "limit": "51",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	if len(reply.Matrix) != 1 || len(reply.Matrix[0].Values) != 2 || reply.Matrix[0].Values[0].Value != 1.5 {
		t.Errorf("the answer is %v", reply.Matrix)
	}
	if !slices.Equal(reply.Warnings, []string{"a store is down"}) {
		t.Errorf("the warnings are %q", reply.Warnings)
	}
}

func TestFailedRangeQueriesHaveAKind(t *testing.T) {
	for name, c := range map[string]struct {
		code  int
		body  string
		kind  Kind
		cause string
	}{
		"vector":      {200, twoSeries, Refused, "the result is a vector, not a matrix"},
		"bad query":   {400, `{"status":"error","errorType":"bad_data","error":"parse error: x"}`, Refused, "parse error: x"},
		"page":        {200, "<html>", Malformed, ""},
		"unavailable": {503, `{"status":"error","errorType":"unavailable","error":"starting"}`, Unreachable, "starting"},
		"many series": {200, strings.Replace(oneMatrix, "\n", "\n"+strings.Repeat(`{"metric":{},"values":[]},`, 2), 1), LimitExceeded, ""},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, Options{MaxSeries: 2}, func(w http.ResponseWriter, _ *http.Request) { answer(w, c.code, c.body) })
			_, err := client.QueryRange(t.Context(), hour("x"))
			failure, ok := errors.AsType[*Error](err)
			if !ok || failure.Kind != c.kind || !strings.Contains(err.Error(), c.cause) {
				t.Errorf("the error is %v: want kind %s and %q", err, c.kind, c.cause)
			}
		})
	}
}

func TestRangeQueryOfAnUnknownServer(t *testing.T) {
	client := serve(t, Options{}, func(http.ResponseWriter, *http.Request) { t.Error("a query was sent") })
	request := hour("x")
	request.Server = "other"
	if _, err := client.QueryRange(t.Context(), request); err == nil || !strings.Contains(err.Error(), "other") {
		t.Errorf("the error is %v", err)
	}
}
