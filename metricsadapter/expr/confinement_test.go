package expr

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"flyball.dev/flyball/metricsadapter/promtest"
)

// twoTenants returns a server with series of the namespaces, and of none, and a count of the series that queries have read
// by namespace. The values of a namespace do not depend on the others.
func twoTenants(namespaces ...string) (server *promtest.Server, read map[string]int) {
	server, read = promtest.New(), map[string]int{}
	for _, namespace := range namespaces {
		for i, name := range []string{
			"requests_total", "secret_total", "latency_bucket", "latency_native", "http.requests", "up", "ALERTS", "node_labels",
			"namespace:requests:rate1m", "cluster:requests:rate1m", "target_info", "x", "y", "z",
		} {
			for pod := range 2 {
				series := []string{
					"__name__", name, "namespace", namespace, "pod", fmt.Sprintf("%s-%d", namespace, pod), "job", "api", "node", "n1",
					"instance", fmt.Sprint(pod), "service.name", namespace, "le", []string{"0.1", "+Inf"}[pod], "alertstate", "firing",
					"k8s_cluster_name", "c",
				}
				for step := range 9 {
					sampled := evening.Add(time.Duration(step-8) * 30 * time.Second)
					server.Add(sampled, float64(len(namespace)+10*i+100*pod+7*step), series...)
				}
			}
		}
	}
	server.OnSelect(func(series labels.Labels) { read[series.Get("namespace")]++ })
	return server, read
}

// TestAdversarialQueriesReadOneNamespace evaluates each query in Prometheus' own engine, confined to one of two namespaces.
// No series of the other is read, and the answer is the same without the other. As written, the query does read the other,
// so that the test would see it.
func TestAdversarialQueriesReadOneNamespace(t *testing.T) {
	evaluated, refused := 0, 0
	for _, a := range attacks {
		for _, query := range a.queries {
			confined, err := confine(query)
			if a.refused != "" {
				if err == nil || !strings.Contains(err.Error(), a.refused) {
					t.Errorf("%s: %q became %s with the error %v, want %q", a.construct, query, confined, err, a.refused)
				}
				refused++
				continue
			}
			if err != nil {
				t.Errorf("%s: %q: %v", a.construct, query, err)
				continue
			}
			evaluated++
			checkReadsOneNamespace(t, confined)
			server, read := twoTenants("shop", "bank", "")
			if _, err := ask(t, server, query, 0); read["bank"] == 0 {
				t.Errorf("%s: %q reads no other namespace as written either (%v): it proves nothing", a.construct, query, err)
			}
		}
	}
	t.Logf("%d queries confined and evaluated, %d refused", evaluated, refused)
	if evaluated < 100 || refused < 30 {
		t.Errorf("%d queries evaluated and %d refused, want at least 100 and 30", evaluated, refused)
	}
}

func confine(query string) (Expr, error) {
	e, err := Parse(query)
	if err != nil {
		return e, err
	}
	return e.Enforce("namespace", "shop")
}

// checkReadsOneNamespace evaluates a query that is confined to the namespace shop.
func checkReadsOneNamespace(t *testing.T, confined Expr) {
	t.Helper()
	server, read := twoTenants("shop", "bank", "")
	got, gotErr := ask(t, server, confined.String(), 0)
	if read["bank"]+read[""] > 0 {
		t.Errorf("%s reads series of other namespaces: %v", confined, read)
	}
	alone, _ := twoTenants("shop")
	want, wantErr := ask(t, alone, confined.String(), 0)
	if diff := cmp.Diff(fmt.Sprint(want, wantErr), fmt.Sprint(got, gotErr)); diff != "" {
		t.Errorf("the answer of %s depends on other namespaces (-alone +beside):\n%s", confined, diff)
	}
}

// TestRandomQueriesReadOneNamespace does the same with random queries.
func TestRandomQueriesReadOneNamespace(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	for range 500 {
		e := mustParse(t, randomVector(r, 1+r.IntN(4)))
		confined, err := e.Enforce("namespace", "shop")
		if err != nil {
			t.Fatalf("%s: %v", e, err)
		}
		checkReadsOneNamespace(t, confined)
	}
}

// TestQueriesForTimesReadOneNamespace checks the queries that are derived from a confined query, for the times of its
// samples and the gaps between them.
func TestQueriesForTimesReadOneNamespace(t *testing.T) {
	derived := 0
	for _, a := range attacks {
		for _, query := range a.queries {
			confined, err := confine(query)
			if err != nil {
				continue
			}
			if times, _, err := confined.Times(time.Minute); err == nil {
				derived++
				checkReadsOneNamespace(t, times)
			}
			if gaps, _, _, err := confined.TimesAndGaps(time.Minute); err == nil {
				derived++
				checkReadsOneNamespace(t, gaps)
			}
		}
	}
	if derived < 50 {
		t.Errorf("only %d queries were derived", derived)
	}
}

// FuzzEnforce checks by reflection, and so not by the walk that Enforce uses, that every selector in the tree of an accepted
// query requires the namespace, for any query and any value, and that nothing else has changed. The canonical text is a fixed
// point.
func FuzzEnforce(f *testing.F) {
	for _, a := range attacks {
		for _, query := range a.queries {
			f.Add(query, "shop")
		}
	}
	f.Add(`x or y offset 5m`, `a"}) or vector(1)#`)
	f.Add(`max_over_time(sum(x)[5m:1m] @ end())`, "\x00\n\\")
	f.Add(`{"a.b", c!~"d|e"} % 3`, "ü")
	f.Add(`-x ^ 2 > bool 1e3`, "")
	f.Fuzz(func(t *testing.T, query, namespace string) {
		e, err := Parse(query)
		if err != nil {
			return
		}
		again, err := Parse(e.String())
		if err != nil {
			t.Fatalf("the canonical text %q of %q does not parse: %v", e, query, err)
		}
		if again.String() != e.String() {
			t.Fatalf("the canonical text %q of %q is not fixed: %q", e, query, again)
		}
		confined, err := e.Enforce("namespace", namespace)
		if err != nil {
			return
		}
		root, err := parse(confined.String())
		if err != nil {
			t.Fatalf("%q became %q, which does not parse: %v", query, confined, err)
		}
		if bare(Expr{text: confined.String()}) != bare(e) {
			t.Fatalf("%q became %q of another shape", query, confined)
		}
		for _, s := range selectorsByReflection(reflect.ValueOf(root), nil) {
			if !slices.ContainsFunc(s.LabelMatchers, func(m *labels.Matcher) bool {
				return m.Name == "namespace" && m.Type == labels.MatchEqual && m.Value == namespace
			}) {
				t.Fatalf("%q became %q, where %s does not require the namespace", query, confined, s)
			}
		}
	})
}

// selectorsByReflection finds all selectors in any field of a tree.
func selectorsByReflection(v reflect.Value, found []*parser.VectorSelector) []*parser.VectorSelector {
	switch v.Kind() {
	case reflect.Interface:
		return selectorsByReflection(v.Elem(), found)
	case reflect.Pointer:
		if v.IsNil() {
			return found
		}
		if s, ok := reflect.TypeAssert[*parser.VectorSelector](v); ok {
			found = append(found, s)
		}
		switch v.Interface().(type) {
		case *labels.Matcher, *parser.Function:
			return found
		}
		return selectorsByReflection(v.Elem(), found)
	case reflect.Slice:
		for i := range v.Len() {
			found = selectorsByReflection(v.Index(i), found)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				found = selectorsByReflection(v.Field(i), found)
			}
		}
	}
	return found
}
