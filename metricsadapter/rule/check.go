package rule

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/metricsadapter/expr"
)

func (r *CustomRule) check() (*Custom, error) {
	if err := checkName(r.Name); err != nil {
		return nil, err
	}
	object, err := r.object()
	if err != nil {
		return nil, err
	}
	if r.Labels.Container != "" {
		return nil, errors.New("labels.container is only valid under resources")
	}
	if !object.Namespaced && r.Labels.Namespace != "" {
		return nil, fmt.Errorf("labels.namespace is set, but %s are cluster-scoped", object.Resource)
	}
	g, err := group(r.Server, r.Query, r.Limits)
	if err != nil {
		return nil, err
	}
	g.Labels.Object = cmp.Or(r.Labels.Object, object.Label())
	if object.Namespaced {
		g.Labels.Namespace = cmp.Or(r.Labels.Namespace, "namespace")
	}
	if err := g.checkLabels(true); err != nil {
		return nil, err
	}
	g.Coverage = coverageOfExpr(g.Expr, g.Labels.Namespace)
	if object.Resource == Namespaces.Resource {
		g.Coverage = coverageOfExpr(g.Expr, g.Labels.Object)
	}
	return &Custom{Name: r.Name, Object: object, MetricQuery: g}, nil
}

func (r *ExternalRule) check() (*External, error) {
	if err := checkName(r.Name); err != nil {
		return nil, err
	}
	g, err := group(r.Server, r.Query, r.Limits)
	if err != nil {
		return nil, err
	}
	if r.ClusterWide {
		if r.NamespaceLabel != "" {
			return nil, errors.New("namespaceLabel is set, but clusterWide lets every namespace read every series: remove one")
		}
		return &External{Name: r.Name, MetricQuery: g}, nil
	}
	g.Labels.Namespace = cmp.Or(r.NamespaceLabel, "namespace")
	if g.Result.LabelsKnown && !slices.Contains(g.Result.Labels, g.Labels.Namespace) {
		return nil, fmt.Errorf("the query's result has no label %s for the namespace that may read it: "+
			"group by it, or set clusterWide: true", g.Labels.Namespace)
	}
	g.Coverage = coverageOfExpr(g.Expr, g.Labels.Namespace)
	return &External{Name: r.Name, Namespaced: true, MetricQuery: g}, nil
}

// check returns the rule with its valid parts. Each invalid part has a problem in the rule, and an error.
func (r *ResourceRule) check(name string) (*Resource, []error) {
	if r.Containers == nil && r.Nodes == nil {
		return nil, []error{errors.New("containers, nodes or both must be set")}
	}
	rule := &Resource{Name: name}
	var wrong []error
	if r.Containers != nil {
		g, err := r.Containers.containers()
		rule.Containers, rule.ContainersProblem = g, problemOf(err)
		wrong = append(wrong, err)
	}
	if r.Nodes != nil {
		g, err := r.Nodes.nodes()
		rule.Nodes, rule.NodesProblem = g, problemOf(err)
		wrong = append(wrong, err)
	}
	return rule, slices.DeleteFunc(wrong, func(err error) bool { return err == nil })
}

func problemOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func (q *ResourceQuery) containers() (*MetricQuery, error) {
	g, err := group(q.Server, q.Query, q.Limits)
	if err != nil {
		return nil, fmt.Errorf("containers: %w", err)
	}
	g.Labels = LabelNames{
		Namespace: cmp.Or(q.Labels.Namespace, "namespace"),
		Object:    cmp.Or(q.Labels.Object, Pods.Label()),
		Container: cmp.Or(q.Labels.Container, "container"),
	}
	if err := g.checkLabels(false); err != nil {
		return nil, fmt.Errorf("containers: %w", err)
	}
	return &g, nil
}

func (q *ResourceQuery) nodes() (*MetricQuery, error) {
	g, err := group(q.Server, q.Query, q.Limits)
	if err != nil {
		return nil, fmt.Errorf("nodes: %w", err)
	}
	if q.Labels.Namespace != "" || q.Labels.Container != "" {
		return nil, errors.New("nodes: labels takes object only")
	}
	g.Labels = LabelNames{Object: cmp.Or(q.Labels.Object, Nodes.Label())}
	if err := g.checkLabels(false); err != nil {
		return nil, fmt.Errorf("nodes: %w", err)
	}
	return &g, nil
}

// group checks the common parts of all queries.
func group(server, query string, limits Limits) (MetricQuery, error) {
	e, err := expr.Parse(query)
	if err != nil {
		return MetricQuery{}, fmt.Errorf("query: %w", err)
	}
	if e.SelectorCount() == 0 {
		return MetricQuery{}, errors.New("query: must select a series")
	}
	g := MetricQuery{Server: server, Expr: e, Result: e.Result(), MaxAge: DefaultMaxAge, Window: e.Window(), TakesMatchers: true}
	if g.Result.LabelsKnown {
		g.SelectableLabels = g.Result.Labels
	}
	if limits.MaxAge != nil {
		g.MaxAge = limits.MaxAge.Duration
	}
	if limits.Window != nil {
		g.Window = limits.Window.Duration
	}
	if g.MaxAge < time.Second {
		return MetricQuery{}, fmt.Errorf("maxAge %s must be at least 1s", g.MaxAge)
	}
	if g.Window < 0 {
		return MetricQuery{}, fmt.Errorf("window %s is negative", g.Window)
	}
	return g, nil
}

// checkLabels checks that the result has the labels that identify its objects, and that further labels, where allowed,
// can be aggregated away.
func (g *MetricQuery) checkLabels(further bool) error {
	needed := g.Labels.names()
	example := fmt.Sprintf("for example sum by (%s) (...)", strings.Join(needed, ", "))
	if !g.Result.LabelsKnown {
		return fmt.Errorf("query: the labels of its result are not determined by its text: aggregate it, %s", example)
	}
	for _, label := range needed {
		if !slices.Contains(g.Result.Labels, label) {
			return fmt.Errorf("query: its result has no label %s: group by it, %s", label, example)
		}
	}
	if len(g.Result.Labels) == len(needed) || further && g.Result.Aggregation != expr.NoAggregation {
		return nil
	}
	return fmt.Errorf("query: it groups by %s, so that an object has several values: group by %s only",
		strings.Join(g.Result.Labels, ", "), strings.Join(needed, ", "))
}

// names returns the labels that are set.
func (l LabelNames) names() []string {
	return slices.DeleteFunc([]string{l.Namespace, l.Object, l.Container}, func(name string) bool { return name == "" })
}
