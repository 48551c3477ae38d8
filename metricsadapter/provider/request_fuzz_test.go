package provider

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	promlabels "github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	cma "sigs.k8s.io/custom-metrics-apiserver/pkg/provider"

	"flyball.dev/flyball/metricsadapter/expr"
	"flyball.dev/flyball/metricsadapter/prom"
	"flyball.dev/flyball/metricsadapter/store"
)

// hostileRules has a rule for each way in which text of a request reaches a query.
const hostileRules = `
custom:
- {name: requests, query: 'sum by (namespace, pod, code) (rate(requests{job="web"}[1m]))'}
- {name: latency, query: 'avg by (namespace, pod) (latency) / sum by (namespace, pod) (up{job=~"a|b"})'}
- {name: depth, describes: services, query: 'max by (namespace, service) (depth)'}
- {name: heat, describes: nodes, query: 'max by (node) (heat)'}
- {name: spend, describes: namespaces, query: 'sum by (namespace) (spend)'}
external:
- {name: queue, query: 'sum by (namespace, topic) (queue{env!="test"})'}
- {name: raw, query: 'raw{kind="queue"}'}
- {name: renamed, query: 'sum by (tenant) (renamed)', namespaceLabel: tenant}
`

// tenants are the namespaces with samples in Prometheus, whatever the query.
var tenants = []string{"shop", "bank", "kube-system", "a\"}) or (x{y=\"", ".*", ""}

// recorder is a fake Prometheus that records the queries, and answers with samples of every tenant.
type recorder struct {
	mu    sync.Mutex
	asked []string
}

func (r *recorder) Query(_ context.Context, q prom.Request) (prom.Answer, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, q.Query)
	e, err := expr.Parse(q.Query)
	if err != nil {
		return prom.Answer{}, err
	}
	value := 1.0
	if strings.Contains(q.Query, "timestamp(") {
		value = float64(q.Time.Unix())
	}
	var vector model.Vector
	reported := map[string]bool{}
	for _, tenant := range tenants {
		for _, object := range []string{"web-1", "till-1", "n1", "api", tenant} {
			s := sample(value, "namespace", tenant, "tenant", tenant, "pod", object, "service", object,
				"node", object, "code", "200", "topic", "a")
			for name := range s.Metric {
				if shape := e.Result(); shape.LabelsKnown && !slices.Contains(shape.Labels, string(name)) {
					delete(s.Metric, name)
				}
			}
			if key := s.Metric.String(); !reported[key] {
				reported[key] = true
				vector = append(vector, s)
			}
		}
	}
	return prom.Answer{Vector: vector}, nil
}

// structure returns a query without the matchers of its selectors, and these matchers.
func structure(t *testing.T, query string) (text string, matchers [][]*promlabels.Matcher) {
	t.Helper()
	e, err := parser.NewParser(parser.Options{}).ParseExpr(query)
	if err != nil {
		t.Fatalf("a query was sent that is none: %s: %v", query, err)
	}
	parser.Inspect(e, func(node parser.Node, _ []parser.Node) error {
		if s, ok := node.(*parser.VectorSelector); ok {
			matchers = append(matchers, s.LabelMatchers)
			s.LabelMatchers, s.Name = nil, "x"
		}
		return nil
	})
	return e.String(), matchers
}

// planned fails the test unless a query is that of a rule and has all its matchers.
func planned(t *testing.T, sent string, texts []string) {
	t.Helper()
	shape, contains := structure(t, sent)
	for _, text := range texts {
		own, needs := structure(t, text)
		if own != shape {
			continue
		}
		all := true
		for i := range needs {
			for _, m := range needs[i] {
				all = all && slices.ContainsFunc(contains[i], func(o *promlabels.Matcher) bool { return o.String() == m.String() })
			}
		}
		if all {
			return
		}
	}
	t.Fatalf("a query was sent that no rule has: %s", sent)
}

// FuzzRequest: for any text in a request, each query sent is the query of a rule or its companion for sample times, with no
// change except additional matchers, and no response has a value of another namespace.
func FuzzRequest(f *testing.F) {
	for _, s := range [][5]string{
		{"shop", "web-1", "pods/requests", "app=web", "code=200"},
		{"shop", "*", "pods/latency", "", "job=a"},
		{"shop", "api", "services/depth", "", "namespace=bank"},
		{"shop", "*", "services/depth", "", "service in (a, b),namespace!=shop"},
		{"", "n1", "nodes/heat", "", "x"},
		{"", "shop", "namespaces/spend", "", "!namespace"},
		{"shop", "", "queue", "", "topic notin (a),namespace=bank"},
		{"shop", "", "raw", "", "namespace=bank"},
		{"shop", "", "raw", "", "tenant/x.y-z=a_b,kind=other"},
		{"bank", "", "renamed", "", "tenant=shop"},
		{"a\"}) or (x{y=\"", "\"}", "pods/requests", "a=b", "job=b"},
		{".*", ".*", "raw", "", "__name__=secrets"},
		{"shop|bank", "web-1|till-1", "pods/requests", "", "pod=till-1"},
		{"", "web-1", "pods/requests", "", ""},
	} {
		f.Add(s[0], s[1], s[2], s[3], s[4])
	}
	f.Fuzz(func(t *testing.T, namespace, name, metric, objectSelector, metricSelector string) {
		of, err := labels.Parse(objectSelector)
		if err != nil {
			return
		}
		selector, err := labels.Parse(metricSelector)
		if err != nil {
			return
		}
		rules, asked := setOf(t, hostileRules), &recorder{}
		answers := store.New(asked, store.Options{})
		defer answers.Close()
		objects, _ := asking(t, service("shop", "api", "web"), service("bank", "api", "web"))
		custom, external := NewCustom(rules, answers, objects), NewExternal(rules, answers)
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()

		r := caller{namespace: namespace, name: name, objects: of, selector: selector}
		if resource, of, ok := strings.Cut(metric, "/"); ok {
			r.custom(ctx, t, custom, cma.CustomMetricInfo{
				GroupResource: schema.ParseGroupResource(resource), Namespaced: namespace != "", Metric: of,
			})
		} else {
			r.external(ctx, t, external, metric)
		}
		var texts []string
		add := func(e expr.Expr) {
			texts = append(texts, e.String())
			if times, _, err := e.Times(time.Minute); err == nil { // the store queries them beside the values
				texts = append(texts, times.String())
			}
			if gaps, _, _, err := e.TimesAndGaps(time.Minute); err == nil {
				texts = append(texts, gaps.String())
			}
		}
		for _, rule := range rules.Custom {
			add(rule.Expr)
		}
		for _, rule := range rules.External {
			add(rule.Expr)
		}
		for _, sent := range asked.asked {
			planned(t, sent, texts)
		}
	})
}

type caller struct {
	namespace, name   string
	objects, selector labels.Selector
}

func (r caller) custom(ctx context.Context, t *testing.T, c *Custom, info cma.CustomMetricInfo) {
	one, err := c.GetMetricByName(ctx, types.NamespacedName{Namespace: r.namespace, Name: r.name}, info, r.selector)
	refused(t, err)
	if one != nil && (one.DescribedObject.Namespace != r.namespace || one.DescribedObject.Name != r.name) {
		t.Errorf("asked for %q in %q, and got %+v", r.name, r.namespace, one.DescribedObject)
	}
	list, err := c.GetMetricBySelector(ctx, r.namespace, r.objects, info, r.selector)
	refused(t, err)
	if list == nil {
		return
	}
	for _, item := range list.Items {
		// The recorder returns one row for each object, so that a sum over two namespaces has another value.
		if item.DescribedObject.Namespace != r.namespace || item.Value.Value() > 2 {
			t.Errorf("asked for all in %q, and got %+v: %v", r.namespace, item.DescribedObject, item.Value)
		}
	}
}

func (r caller) external(ctx context.Context, t *testing.T, e *External, metric string) {
	list, err := e.GetExternalMetric(ctx, r.namespace, r.selector, cma.ExternalMetricInfo{Metric: metric})
	refused(t, err)
	if list == nil {
		return
	}
	label := "namespace"
	if metric == "renamed" {
		label = "tenant"
	}
	for _, item := range list.Items {
		if item.MetricLabels[label] != r.namespace || r.namespace == "" {
			t.Errorf("asked in %q, and got %v", r.namespace, item.MetricLabels)
		}
	}
}

// refused fails the test if an error has no API status.
func refused(t *testing.T, err error) {
	t.Helper()
	var status apierrors.APIStatus
	if err != nil && !errors.As(err, &status) {
		t.Errorf("an error without a code: %v", err)
	}
}
