package provider

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/metrics/pkg/apis/custom_metrics"
	cma "sigs.k8s.io/custom-metrics-apiserver/pkg/provider"

	"flyball.dev/flyball/metricsadapter/rule"
)

var inPods = schema.GroupResource{Resource: "pods"}

func TestByName(t *testing.T) {
	c := NewCustom(set(t), backend{age: 3 * time.Second}, objects(t))
	got, err := c.GetMetricByName(t.Context(), types.NamespacedName{Namespace: "shop", Name: "web-1"},
		cma.CustomMetricInfo{GroupResource: inPods, Namespaced: true, Metric: "requests"}, selector(t, "code=500"))
	if err != nil {
		t.Fatal(err)
	}
	if age := time.Since(got.Timestamp.Time); age < 3*time.Second || age > time.Minute {
		t.Errorf("the sample claims to be %s old, and is 3s", age)
	}
	if value := got.Value.String(); value != "2500m" {
		t.Errorf("the value is %s, want 2500m", value)
	}
	window := int64(60)
	got.Timestamp = metav1.Time{}
	want := &custom_metrics.MetricValue{
		DescribedObject: custom_metrics.ObjectReference{APIVersion: "v1", Kind: "Pod", Namespace: "shop", Name: "web-1"},
		Metric:          custom_metrics.MetricIdentifier{Name: "requests", Selector: metav1.SetAsLabelSelector(labels.Set{"code": "500"})},
		WindowSeconds:   &window,
		Value:           got.Value,
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("metric (-want +got):\n%s", diff)
	}
}

func TestReasonsOfMissingValues(t *testing.T) {
	pods := cma.CustomMetricInfo{GroupResource: inPods, Namespaced: true, Metric: "requests"}
	services := cma.CustomMetricInfo{GroupResource: schema.GroupResource{Resource: "services"}, Namespaced: true, Metric: "depth"}
	refused := errors.New("connection refused")
	for _, test := range []struct {
		name    string
		backend backend
		object  string
		info    cma.CustomMetricInfo
		code    int32
		says    string
	}{
		{"an unknown metric", backend{}, "web-1", cma.CustomMetricInfo{GroupResource: inPods, Namespaced: true, Metric: "none"}, 404, "no rule provides metric none for pods"},
		{"a metric of another resource", backend{}, "api", cma.CustomMetricInfo{GroupResource: services.GroupResource, Namespaced: true, Metric: "requests"}, 404, "for services; a rule provides it for pods in a namespace"},
		{"a namespaced metric requested without a namespace", backend{}, "web-1", cma.CustomMetricInfo{GroupResource: inPods, Metric: "requests"}, 404, "a rule provides it for pods in a namespace"},
		{"a metric of namespaces requested in a namespace", backend{}, "shop", cma.CustomMetricInfo{GroupResource: schema.GroupResource{Resource: "namespaces"}, Namespaced: true, Metric: "spend"}, 404, "a rule provides it for namespaces, at namespaces/NAME/metrics/METRIC"},
		{"a misspelled name", backend{}, "web-1", cma.CustomMetricInfo{GroupResource: inPods, Namespaced: true, Metric: "request"}, 404, "no rule provides metric request for pods; similar metrics: requests"},
		{"a deleted object with samples in Prometheus", backend{}, "gone", pods, 404, "the object does not exist"},
		{"an object without a sample", backend{}, "web-3", pods, 404, "Prometheus has no sample"},
		{"a NaN value", backend{}, "web-2", pods, 404, "NaN"},
		{"no successful answer", backend{never: true, err: refused}, "web-1", pods, 503, "connection refused"},
		{"a stale answer", backend{age: 5 * time.Minute, err: refused}, "web-1", pods, 503, "the last successful answer is 5m0s old, and must be at most 2m0s"},
		{"absent from a partial answer", backend{partial: "a store is away"}, "web-3", pods, 503, "a store is away"},
		{"an unwatched object", backend{}, "none", services, 404, "no sample"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := NewCustom(set(t), test.backend, objects(t))
			got, err := c.GetMetricByName(t.Context(), types.NamespacedName{Namespace: "shop", Name: test.object}, test.info, labels.Everything())
			refusal(t, got, err, test.code, test.says)
		})
	}
}

func TestBySelector(t *testing.T) {
	c := NewCustom(set(t), backend{}, objects(t))
	pods := cma.CustomMetricInfo{GroupResource: inPods, Namespaced: true, Metric: "requests"}
	for _, test := range []struct {
		name, objects string
		info          cma.CustomMetricInfo
		want          []string
	}{
		{"all pods with a value, no deleted pods", "", pods, []string{"web-1=42500m"}},
		{"pods with a label", "app=web", pods, []string{"web-1=42500m"}},
		{"all services", "", cma.CustomMetricInfo{GroupResource: schema.GroupResource{Resource: "services"}, Namespaced: true, Metric: "depth"}, []string{"api=7", "web=8"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			list, err := c.GetMetricBySelector(t.Context(), "shop", selector(t, test.objects), test.info, labels.Everything())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, item := range list.Items {
				got = append(got, item.DescribedObject.Name+"="+item.Value.String())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
		})
	}
	list, err := c.GetMetricBySelector(t.Context(), "shop", selector(t, "app=nothing"), pods, labels.Everything())
	refusal(t, list, err, 404, "the selector app=nothing matches no pods in namespace shop")
	list, err = c.GetMetricBySelector(t.Context(), "shop", selector(t, "app=quiet"), pods, labels.Everything())
	refusal(t, list, err, 404, "no sample")
	list, err = c.GetMetricBySelector(t.Context(), "shop", labels.Everything(), pods, selector(t, "size>1"))
	refusal(t, list, err, 400, "no matcher")
}

func TestNamespaceAsObject(t *testing.T) {
	c := NewCustom(set(t), backend{}, objects(t))
	got, err := c.GetMetricByName(t.Context(), types.NamespacedName{Name: "shop"},
		cma.CustomMetricInfo{GroupResource: schema.GroupResource{Resource: "namespaces"}, Metric: "spend"}, labels.Everything())
	if err != nil || got.Value.String() != "3" || got.DescribedObject.Kind != "Namespace" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestExternal(t *testing.T) {
	e := NewExternal(set(t), backend{})
	list, err := e.GetExternalMetric(t.Context(), "shop", selector(t, "topic in (a, b)"), cma.ExternalMetricInfo{Metric: "queue"})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, item := range list.Items {
		if item.MetricLabels["namespace"] != "shop" {
			t.Errorf("a series of another namespace was told: %v", item.MetricLabels)
		}
		got[item.MetricLabels["topic"]] = item.Value.String()
	}
	if diff := cmp.Diff(map[string]string{"a": "10", "b": "5"}, got); diff != "" {
		t.Errorf("series (-want +got):\n%s", diff)
	}
	for _, test := range []struct {
		namespace, metric, selector string
		code                        int32
		says                        string
	}{
		{"shop", "none", "", 404, "no rule provides external metric none"},
		{"shop", "queue", "topic=c", 404, "no series for this namespace and selector"},
		{"other", "queue", "", 404, "no series"},
		{"bank", "queue", "", 404, "infinite"},
	} {
		list, err := e.GetExternalMetric(t.Context(), test.namespace, selector(t, test.selector), cma.ExternalMetricInfo{Metric: test.metric})
		refusal(t, list, err, test.code, test.says)
	}
	if list, err := e.GetExternalMetric(t.Context(), "any", labels.Everything(), cma.ExternalMetricInfo{Metric: "world"}); err != nil || len(list.Items) != 1 {
		t.Errorf("a cluster-wide metric gave %v, %v", list, err)
	}
	list, err = NewExternal(set(t), backend{partial: "a store is away"}).GetExternalMetric(t.Context(), "shop", labels.Everything(), cma.ExternalMetricInfo{Metric: "queue"})
	refusal(t, list, err, 503, "a store is away")
}

func TestMetricsAreListedByRule(t *testing.T) {
	c, e := NewCustom(set(t), backend{}, objects(t)), NewExternal(set(t), backend{})
	want := []cma.CustomMetricInfo{
		{GroupResource: inPods, Namespaced: true, Metric: "requests"},
		{GroupResource: schema.GroupResource{Resource: "services"}, Namespaced: true, Metric: "depth"},
		{GroupResource: schema.GroupResource{Resource: "namespaces"}, Metric: "spend"},
	}
	if diff := cmp.Diff(want, c.ListAllMetrics()); diff != "" {
		t.Errorf("custom metrics (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]cma.ExternalMetricInfo{{Metric: "queue"}, {Metric: "world"}}, e.ListAllExternalMetrics()); diff != "" {
		t.Errorf("external metrics (-want +got):\n%s", diff)
	}
	if n := len(NewCustom(new(rule.Set), backend{}, nil).ListAllMetrics()) + len(NewExternal(new(rule.Set), backend{}).ListAllExternalMetrics()); n != 2 {
		t.Errorf("without rules %d metrics are listed; an empty list breaks discovery", n)
	}
}

// refusal checks the code and the message of an error, that no result comes with it, and that it suggests no delay.
func refusal[T any](t *testing.T, got *T, err error, code int32, says string) {
	t.Helper()
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		t.Fatalf("got %v and the error %v, want one with the code %d", got, err, code)
	}
	if got != nil {
		t.Errorf("beside the error there is %v", got)
	}
	if s := status.Status(); s.Code != code || !strings.Contains(s.Message, says) {
		t.Errorf("the error is %d: %s, want %d and %q", s.Code, s.Message, code, says)
	}
	if seconds, ok := apierrors.SuggestsClientDelay(err); ok {
		t.Errorf("clients are told to wait %d s, which blocks an autoscaler's workers", seconds)
	}
}

// live has rules that a test changes.
type live struct{ *rule.Set }

func (l *live) Rules() *rule.Set { return l.Set }

func TestChangedRulesTakeEffectImmediately(t *testing.T) {
	rules := &live{new(rule.Set)}
	c, e := NewCustom(rules, backend{}, objects(t)), NewExternal(rules, backend{})
	if got := c.ListAllMetrics(); len(got) != 1 || len(e.ListAllExternalMetrics()) != 1 {
		t.Errorf("before there are rules, %v are listed", got)
	}
	rules.Set = set(t)
	if got := c.ListAllMetrics(); len(got) != 3 || len(e.ListAllExternalMetrics()) != 2 {
		t.Errorf("with rules, %v are listed", got)
	}
	if a, b := c.ListAllMetrics(), c.ListAllMetrics(); &a[0] != &b[0] {
		t.Error("the list is made anew for each request for discovery")
	}
	if list, err := e.GetExternalMetric(t.Context(), "shop", labels.Everything(), cma.ExternalMetricInfo{Metric: "queue"}); err != nil {
		t.Errorf("a new rule gives %v, %v", list, err)
	}
	rules.Set = new(rule.Set)
	list, err := e.GetExternalMetric(t.Context(), "shop", labels.Everything(), cma.ExternalMetricInfo{Metric: "queue"})
	refusal(t, list, err, 404, "no rule provides external metric queue")
}
