package source

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/rest"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/rule"
	"flyball.dev/flyball/metricsadapter/store"
)

// TestTheAPIGetsTheNameUnchanged, and in lower case where that name is not there, as upstream does always.
func TestTheAPIGetsTheNameUnchanged(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, _ := strings.CutPrefix(r.URL.Path, "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/")
		asked = append(asked, name)
		w.Header().Set("Content-Type", "application/json")
		status := func(code int, reason string) {
			w.WriteHeader(code)
			_, _ = fmt.Fprintf(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","code":%d,"reason":%q,"message":"nothing of %s"}`, code, reason, name)
		}
		switch name {
		case "MailQueue", "lower", "job:rate:5m":
			_, _ = fmt.Fprint(w, `{"kind":"ExternalMetricValueList","apiVersion":"external.metrics.k8s.io/v1beta1","items":[{"metricName":"x","timestamp":"2026-03-01T11:59:30Z","value":"7"}]}`)
		case "Down":
			status(http.StatusServiceUnavailable, "ServiceUnavailable")
		default:
			status(http.StatusNotFound, "NotFound")
		}
	}))
	defer server.Close()
	client, err := newExternalClient(&rest.Config{Host: server.URL, QPS: -1})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, asked, problem string }{
		{"MailQueue", "MailQueue", ""},
		{"Lower", "Lower lower", ""},
		{"job:rate:5m", "job:rate:5m", ""},
		{"none", "none", "nothing of none"},
		{"None", "None none", "nothing of None"},
		{"Down", "Down", "nothing of Down"},
		{"a/b", "", `name: Invalid value: "a/b"`},
		{"a%b", "", `name: Invalid value: "a%b"`},
		{"..", "", `name: Invalid value: ".."`},
	} {
		t.Run(test.name, func(t *testing.T) {
			asked = nil
			list, err := client.list(t.Context(), "shop", test.name, labels.Everything())
			if got := strings.Join(asked, " "); got != test.asked {
				t.Errorf("it asked for %q, want %q", got, test.asked)
			}
			if test.problem != "" {
				if err == nil || !strings.Contains(err.Error(), test.problem) {
					t.Errorf("the error is %v, want %q", err, test.problem)
				}
				return
			}
			if err != nil || len(list.Items) != 1 || list.Items[0].Value.String() != "7" {
				t.Errorf("got %v, %v", list, err)
			}
		})
	}
}

// eachSeries returns a value that identifies the series.
type eachSeries map[string]float64

func (e eachSeries) Read(_ context.Context, wants []plan.Request) []store.Answer {
	answers := make([]store.Answer, len(wants))
	for i, want := range wants {
		var rows model.Vector
		for series, value := range e {
			if strings.Contains(want.Query.Text, series) {
				rows = append(rows, sample(value, "namespace", "shop", "pod", "web-1"), sample(value, "namespace", "bank", "pod", "web-1"))
			}
		}
		answers[i] = store.Answer{Time: now, Table: plan.NewTable(want.Query, rows, "")}
	}
	return answers
}

func (e eachSeries) Peek(q plan.Query) store.Answer {
	return e.Read(context.Background(), []plan.Request{{Query: q}})[0]
}

// TestDirectReadsTheRuleOfTheNamespace, whatever its name has for upper-case letters.
func TestDirectReadsTheRuleOfTheNamespace(t *testing.T) {
	loaded, problems, err := rule.Load([]byte(`
custom:
- {name: rate, query: 'sum by (namespace, pod) (podsa{namespace="shop"})'}
- {name: rate, query: 'sum by (namespace, pod) (podsb{namespace="bank"})'}
- {name: spend, describes: namespaces, query: 'sum by (namespace) (spenda{namespace="shop"})'}
- {name: spend, describes: namespaces, query: 'sum by (namespace) (spendb{namespace="bank"})'}
external:
- {name: open, query: 'sum by (namespace) (opena{namespace="shop"})'}
- {name: open, query: 'sum by (namespace) (openb{namespace="bank"})'}
- {name: MailQueue, query: 'sum by (namespace) (mail)'}
- {name: low, query: 'sum by (namespace) (low)'}
`))
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	set, _ := loaded.Resolve(nil, rule.Builtin)
	d := NewDirect(set, eachSeries{"podsa": 1, "podsb": 2, "spenda": 3, "spendb": 4, "opena": 5, "openb": 6, "mail": 7, "low": 8}, "namespace")
	object := engine.ObjectRef{APIVersion: "v1", Kind: "Namespace", Name: "any"}
	for _, test := range []struct {
		metric     engine.Metric
		shop, bank int64
	}{
		{engine.Metric{Type: engine.Pods, Name: "rate"}, 1000, 2000},
		{engine.Metric{Type: engine.Object, Name: "spend", Object: object}, 3000, 4000},
		{engine.Metric{Type: engine.External, Name: "open"}, 5000, 6000},
		{engine.Metric{Type: engine.External, Name: "MailQueue"}, 7000, 7000},
		{engine.Metric{Type: engine.External, Name: "mailqueue"}, 7000, 7000},
		{engine.Metric{Type: engine.External, Name: "Low"}, 8000, 8000},
	} {
		for range 2 { // the second time of what is kept
			for namespace, want := range map[string]int64{"shop": test.shop, "bank": test.bank} {
				r := Request{Namespace: namespace, Metric: &test.metric, Pods: []engine.Pod{{Name: "web-1"}}}
				got := d.Read(t.Context(), []Request{r}, now)[0]
				value := got.Value
				if test.metric.Type == engine.Pods && len(got.Pods) == 1 {
					value = got.Pods[0].Value
				}
				if got.Problem != "" || value != want {
					t.Errorf("%s in %s is %+v, want %d", test.metric.Name, namespace, got, want)
				}
			}
		}
		if r := (Request{Namespace: "other", Metric: &test.metric}); test.shop != test.bank && d.Serves(&r) {
			t.Errorf("%s is served in a namespace that no rule has", test.metric.Name)
		}
	}
}

// TestAQueryOutOfForceIsTheReason why a resource cannot be read directly.
func TestAQueryOutOfForceIsTheReason(t *testing.T) {
	loaded, _, err := rule.Load([]byte(`resources: {cpu: {containers: {query: "sum("}, nodes: {query: "sum by (node) (x)"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	set, _ := loaded.Resolve(nil, rule.Builtin)
	got := New(NewDirect(set, eachSeries{}, ""), nil).Read(t.Context(), []Request{
		{Namespace: "shop", Metric: &engine.Metric{Type: engine.Resource, Name: "cpu"}},
		{Namespace: "shop", Metric: &engine.Metric{Type: engine.Resource, Name: "memory"}},
	}, now)
	if want := "no rule provides metric cpu (containers: query: not PromQL"; !strings.Contains(got[0].Problem, want) {
		t.Errorf("the problem is %q, want %q", got[0].Problem, want)
	}
	if want := "no rule provides metric memory, and"; !strings.Contains(got[1].Problem, want) {
		t.Errorf("the problem is %q, want %q", got[1].Problem, want)
	}
}
