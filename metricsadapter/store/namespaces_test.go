package store

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/prom"
)

// TestTenantsOverHTTP sends the queries of a real client to a server on loopback that is slow for one namespace. The times are a
// fiftieth of the defaults: a period of 300 ms, a time limit of 200 ms. One namespace has hundreds of queries that take longer
// than the limit; the answers of another namespace stay recent, and the errors of the first state the budget.
func TestTenantsOverHTTP(t *testing.T) {
	const period, limit = 300 * time.Millisecond, 200 * time.Millisecond
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.FormValue("query"), "hostile") {
			select {
			case <-r.Context().Done():
				return
			case <-time.After(2 * limit):
			}
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprint(w, `{"status":"success","data":{"resultType":"scalar","result":[1700000000,"42"]}}`)
	}))
	defer slow.Close()
	client, err := prom.New(prom.Options{URL: slow.URL, Timeout: limit, NamespaceBudget: 2 * period, BudgetPeriod: period})
	if err != nil {
		t.Fatal(err)
	}
	store := New(client, Options{Period: period, NoSampleTimes: true})
	defer store.Close()

	var hostile, victim []plan.Request
	want := func(namespace, query string) plan.Request {
		q, err := plan.ForInline(query, "namespace", namespace, 0)
		if err != nil {
			t.Fatal(err)
		}
		return plan.Request{Query: q}
	}
	for i := range 300 {
		hostile = append(hostile, want("hostile", fmt.Sprintf("sum(x%d)", i)))
	}
	for i := range 5 {
		victim = append(victim, want("victim", fmt.Sprintf("sum(x%d)", i)))
	}
	read := func(wants []plan.Request) []Answer {
		ctx, cancel := context.WithTimeout(t.Context(), period/2)
		defer cancel()
		return store.Read(ctx, wants)
	}
	read(hostile)
	oldest := time.Duration(0)
	for i := range 15 {
		time.Sleep(period)
		read(hostile)
		for _, a := range read(victim) {
			if a.Table == nil && i > 1 {
				t.Fatalf("in period %d the victim has no answer: %v", i, a.Err)
			}
			if a.Table != nil {
				oldest = max(oldest, time.Since(a.Time))
			}
		}
	}
	t.Logf("the oldest answer of the victim was %s old, in periods of %s", oldest, period)
	// The store sends each query within 1.5 periods; the rest allows for load on the machine. One after another, the hostile queries
	// would take 200 periods.
	if oldest > 5*period {
		t.Errorf("an answer of the victim was %s old, want no more than five periods of %s", oldest, period)
	}
	reported := 0
	for _, a := range read(hostile) {
		if a.Err != nil && strings.Contains(a.Err.Error(), "namespace hostile") && strings.Contains(a.Err.Error(), "--namespace-query-budget") {
			reported++
		}
	}
	if reported < len(hostile)/2 {
		t.Errorf("%d of %d hostile queries are told of the budget", reported, len(hostile))
	}
}
