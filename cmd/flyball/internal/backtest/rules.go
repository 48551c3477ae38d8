package backtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/metricsadapter/expr"
	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/prom"
	"flyball.dev/flyball/metricsadapter/rule"
	adapter "flyball.dev/flyball/metricsadapter/trace"
	"flyball.dev/flyball/sim/history"
)

// adapterRules are the rules of --rules, in a namespace.
type adapterRules struct {
	path      string
	namespace string
	set       *rule.Set
	problems  []rule.Problem
}

// readRules reads a file of rules, and resolves it by the series that Prometheus has now.
func readRules(ctx context.Context, path, namespace string, client *prom.Client, now time.Time) (*adapterRules, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--rules: %w", err)
	}
	loaded, problems, err := rule.Load(text)
	if err != nil {
		return nil, fmt.Errorf("--rules: %s: %w", path, err)
	}
	series, more, err := adapter.FindSeries(ctx, client, loaded.AllSelectors(), now)
	if err != nil {
		return nil, fmt.Errorf("--prometheus: %w", err)
	}
	resolved := adapter.New(loaded, append(problems, more...), series, nil)
	return &adapterRules{path: path, namespace: namespace, set: resolved.Set, problems: resolved.Problems}, nil
}

// find returns the rule that defines a metric; nil for none, and for a metric that needs none.
func (a *adapterRules) find(m *engine.Metric) (*rule.MetricQuery, *rule.Object) {
	if a == nil {
		return nil, nil
	}
	switch m.Type {
	case engine.Pods:
		if found := a.set.FindCustom(rule.Pods.Resource, m.Name, a.namespace); found != nil {
			return &found.MetricQuery, &found.Object
		}
	case engine.Object:
		kind := schema.FromAPIVersionAndKind(m.Object.APIVersion, m.Object.Kind).GroupKind()
		if found := a.set.FindCustomOfKind(kind, m.Name, a.namespace); found != nil {
			return &found.MetricQuery, &found.Object
		}
	case engine.External:
		for _, name := range []string{m.Name, strings.ToLower(m.Name)} { // as the HPA controller asks for it
			if found := a.set.FindExternal(name, a.namespace); found != nil {
				return &found.MetricQuery, nil
			}
		}
	}
	return nil, nil
}

// series returns the PromQL of a metric as one series, and how its value follows from the load. pods is a regular expression of the
// names of the target's pods.
func (a *adapterRules) series(m *engine.Metric, kind history.Kind, pods string) (string, history.Kind, error) {
	g, object := a.find(m)
	if g == nil {
		return "", 0, a.missing(m)
	}
	selector, err := plan.ParseSelector(m.Selector)
	if err != nil {
		return "", 0, err
	}
	names, aggregate := "", "sum"
	switch m.Type {
	case engine.Pods:
		names, kind = pods, history.Sum // of the pods
	case engine.Object:
		if names, err = a.objectName(m, object); err != nil {
			return "", 0, err
		}
		aggregate = aggregationNames[g.Result.Aggregation]
	}
	rows, err := plan.ForRows(g, selector, a.namespace, names)
	if err != nil {
		return "", 0, err
	}
	if aggregate == "" {
		return rows.String(), kind, nil
	}
	return aggregate + "(" + rows.String() + ")", kind, nil
}

// aggregationNames combine the rows of an object as the adapter does. Of a query without one, an object must have one row.
var aggregationNames = map[expr.Aggregation]string{expr.Sum: "sum", expr.Min: "min", expr.Max: "max"}

// objectName is the name by which the rows of an Object metric are selected, as a regular expression.
func (a *adapterRules) objectName(m *engine.Metric, object *rule.Object) (string, error) {
	switch {
	case object.Namespaced:
		return regexp.QuoteMeta(m.Object.Name), nil
	case object.Resource == rule.Namespaces.Resource:
		return regexp.QuoteMeta(a.namespace), nil // whatever name the spec has, as in the HPA controller
	default:
		return "", fmt.Errorf("metrics of %s have no namespace, and an autoscaler reads only its own namespace", object.Resource)
	}
}

// missing states that no rule defines a metric.
func (a *adapterRules) missing(m *engine.Metric) error {
	if a == nil {
		return errors.New("its series depend on the rules of a metrics adapter: name their file with --rules FILE")
	}
	of := "external metrics"
	switch m.Type {
	case engine.Pods:
		of = "pods"
	case engine.Object:
		of = m.Object.Kind
	}
	facts := []string{fmt.Sprintf("no rule of %s defines it for %s in namespace %s", a.path, of, a.namespace)}
	for _, p := range a.problems {
		facts = append(facts, p.String())
	}
	return errors.New(strings.Join(facts, "; "))
}
