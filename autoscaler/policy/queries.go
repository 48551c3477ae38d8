package policy

import (
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/tenancy"
	"flyball.dev/flyball/metricsadapter/expr"
)

// queries are the compiled PromQL queries of one object, by their text. They are parsed once per generation and not in each sync,
// because parsing takes far longer than a decision.
type queries struct {
	// label is enforced with the namespace on each selector, unless it is empty.
	label, namespace string
	limits           *tenancy.Limits
	compiled         map[querySource]engine.CompiledQuery
}

// querySource is a query as it is written in a spec.
type querySource struct{ text, server string }

func newQueries(label string, namespaces *tenancy.Rules, namespace string) *queries {
	limits := namespaces.For(namespace)
	if limits.AllowCrossNamespaceQueries {
		label = ""
	}
	return &queries{label: label, namespace: namespace, limits: limits, compiled: map[querySource]engine.CompiledQuery{}}
}

// addSpec compiles the queries of an otherwise valid spec.
func (q *queries) addSpec(spec *v1alpha1.HorizontalAutoscalerSpec, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i := range spec.Metrics {
		errs = append(errs, q.addMetric(&spec.Metrics[i], path.Child("metrics").Index(i))...)
	}
	for i := range spec.Windows {
		errs = append(errs, q.addBatch(spec.Windows[i].Batch, path.Child("windows").Index(i).Child("batch"))...)
	}
	return errs
}

func (q *queries) addBatch(b *v1alpha1.Batch, path *field.Path) field.ErrorList {
	if b == nil {
		return nil
	}
	errs := q.addMetric(&b.Backlog, path.Child("backlog"))
	errs = append(errs, q.addMetric(b.Arrivals, path.Child("arrivals"))...)
	return append(errs, q.addMetric(b.ThroughputPerReplica.Metric, path.Child("throughputPerReplica", "metric"))...)
}

func (q *queries) addMetric(m *v1alpha1.MetricSpec, path *field.Path) field.ErrorList {
	if m == nil || m.Prometheus == nil {
		return nil
	}
	from := querySource{text: m.Prometheus.Query, server: m.Prometheus.Server}
	if _, known := q.compiled[from]; known {
		return nil
	}
	var errs field.ErrorList
	server, err := q.limits.Server(from.server, q.namespace)
	if err != nil {
		errs = append(errs, field.Invalid(path.Child("prometheus", "server"), from.server, err.Error()))
	}
	compiled, err := q.compile(from.text)
	if err != nil {
		errs = append(errs, field.Invalid(path.Child("prometheus", "query"), shortened(from.text), err.Error()))
	}
	if len(errs) == 0 {
		compiled.Server, compiled.Tenant = server, q.limits.TenantOf(q.namespace)
		q.compiled[from] = compiled
	}
	return errs
}

func (q *queries) compile(text string) (engine.CompiledQuery, error) {
	e, err := expr.Parse(text)
	if err != nil {
		return engine.CompiledQuery{}, err
	}
	if q.label != "" {
		if e, err = e.Enforce(q.label, q.namespace); err != nil {
			return engine.CompiledQuery{}, err
		}
	}
	return engine.CompiledQuery{Text: e.String(), NamespaceLabel: q.label, Window: e.Window(), Instant: e.ReadsInstant()}, nil
}

// shortened returns the first 100 bytes of a text, and its length if it is longer.
func shortened(text string) string {
	const most = 100
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "… (" + strconv.Itoa(len(text)) + " bytes)"
}
