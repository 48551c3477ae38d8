package rule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
)

// custom returns the metric of a series for objects of a kind. present are labels of the series.
func (d *discoveryRule) custom(series string, object Object, present []string, b *builder) (*Custom, error) {
	name, err := d.metric(series)
	if err != nil {
		return nil, err
	}
	t := &templateQuery{template: d.query, series: series, selector: d.selector}
	if t.object, err = b.label(d.place, d.labels, object, present); err != nil {
		return nil, err
	}
	if object.Namespaced {
		if t.namespace, err = d.namespaceLabel(present, b); err != nil {
			return nil, err
		}
	}
	t.groupBy = []string{t.object}
	t.rowNamespace = t.namespace
	if object.Resource == Namespaces.Resource {
		t.rowNamespace = t.object
	}
	g, _, err := t.metricQuery(d.place)
	if err != nil {
		return nil, err
	}
	b.reportSeriesMatchers(d, object.Resource.String()+"/"+name, t.seriesMatchers)
	d.setOrigin(g.AdapterOrigin)
	g.Coverage = d.coverage(t.rowNamespace)
	if g.Result.LabelsKnown && !slices.Contains(g.Result.Labels, t.object) {
		g.NoValueReason = fmt.Sprintf("the query's result has no label %s to identify the object: group by <<.GroupBy>>", t.object)
	}
	return &Custom{Name: name, Object: object, MetricQuery: g}, nil
}

// externalOf returns the external metric of a series. present are labels of the series.
func (d *discoveryRule) externalOf(series string, present []string, b *builder) (*External, error) {
	name, err := d.metric(series)
	if err != nil {
		return nil, err
	}
	t := &templateQuery{template: d.query, series: series, selector: d.selector}
	if !d.everyNamespace {
		if t.namespace, err = d.namespaceLabel(present, b); err != nil {
			return nil, err
		}
	}
	t.rowNamespace = t.namespace
	g, open, err := t.metricQuery(d.place)
	if err != nil {
		return nil, err
	}
	b.reportSeriesMatchers(d, name, t.seriesMatchers)
	d.setOrigin(g.AdapterOrigin)
	g.Coverage = d.coverage(t.rowNamespace)
	if open && t.namespace != "" {
		b.addFinding(Warning, d.place, "%s: the query does not depend on the namespace, so that every namespace reads all of its series, "+
			"as with namespaced: false%s", name, t.narrowingHint())
		t.namespace, g.Labels.Namespace = "", ""
		t.scope, g.Scope = ClusterScope, ClusterScope
	}
	return &External{Name: name, Namespaced: !d.everyNamespace, MetricQuery: g}, nil
}

// coverage returns the namespaces of the rule's series, by the label that contains them; all without one.
func (d *discoveryRule) coverage(label string) Coverage {
	if label == "" {
		return Coverage{}
	}
	return coverageOf(slices.DeleteFunc(d.selector.onLabels(), func(m *labels.Matcher) bool { return m.Name != label }))
}

// namespaceLabel returns the label with the namespace. Without one, prometheus-adapter lists the metric and then fails
// to read it.
func (d *discoveryRule) namespaceLabel(present []string, b *builder) (string, error) {
	label, err := b.label(d.place, d.labels, Namespaces, present)
	if err != nil || label != "" {
		return label, err
	}
	b.addFinding(Warning, d.place, "no label identifies namespaces, so that prometheus-adapter lists metrics that it cannot read; "+
		"Flyball uses the label namespace: add it to resources.overrides, namespace: {resource: namespace}")
	return "namespace", nil
}

// metricQuery returns the query for all objects, or its displayed form. open reports whether the query is the same for
// all namespaces.
func (t *templateQuery) metricQuery(rule string) (g MetricQuery, open bool, err error) {
	p, err := t.analyze(nil)
	if err != nil {
		return MetricQuery{}, false, err
	}
	t.query, t.scope, t.seriesMatchers = p.query, p.scope, t.placeSeriesMatchers(p.query)
	shown, err := t.render(QueryParameters{Namespace: "<namespace>", Object: "<" + t.object + ">"})
	if err != nil {
		return MetricQuery{}, false, err
	}
	g = MetricQuery{
		Expr: shown, Result: shown.Result(), Labels: LabelNames{Namespace: t.namespace, Object: t.object},
		MaxAge: DefaultMaxAge, Window: shown.Window(), Rule: rule, Scope: t.scope, TakesMatchers: p.query.TakesMatchers() || t.template.usesValues, template: t,
	}
	g.SelectableLabels = t.selectable(g.Result)
	g.AdapterOrigin = &AdapterOrigin{KeptMatchers: t.keptLabels(shown)}
	return g, p.namespaceIndependent, nil
}

// usage returns one resource of metrics.k8s.io. Each invalid part has a problem in the resource, and an error.
func (r *usageRule) usage(name, place string, b *builder) (*Resource, []error) {
	made := &Resource{Name: name}
	labels, err := newLabelMapping(r.Resources)
	if err != nil {
		if r.ContainerQuery != "" {
			made.ContainersProblem = err.Error()
		}
		if r.NodeQuery != "" {
			made.NodesProblem = err.Error()
		}
		return made, []error{err}
	}
	var wrong []error
	if r.ContainerQuery != "" {
		made.Containers, err = r.containers(labels, place, b)
		made.ContainersProblem = problemOf(err)
		wrong = append(wrong, err)
	}
	if r.NodeQuery != "" {
		made.Nodes, err = usageQuery("nodeQuery", r.NodeQuery, place, Nodes, "", labels, b)
		made.NodesProblem = problemOf(err)
		wrong = append(wrong, err)
	}
	return made, slices.DeleteFunc(wrong, func(err error) bool { return err == nil })
}

func (r *usageRule) containers(labels *labelMapping, place string, b *builder) (*MetricQuery, error) {
	if r.ContainerLabel == "" {
		return nil, fmt.Errorf("containerLabel is missing: set it to the label with the container name, such as container")
	}
	return usageQuery("containerQuery", r.ContainerQuery, place, Pods, r.ContainerLabel, labels, b)
}

// usageQuery returns the query for the usage of all containers, or of all nodes. It must serve the whole cluster.
func usageQuery(field, text, place string, of Object, container string, labels *labelMapping, b *builder) (*MetricQuery, error) {
	query, err := parseTemplate(field, text)
	if err != nil {
		return nil, err
	}
	t := &templateQuery{template: query}
	if t.object, err = b.label(place, labels, of, nil); err != nil {
		return nil, err
	}
	if t.object == "" {
		return nil, fmt.Errorf("resources.overrides has no label for %s: add %s: {resource: %s}", of.Resource, of.Label(), of.Label())
	}
	t.groupBy = []string{t.object}
	if of.Namespaced {
		if t.namespace, err = (&discoveryRule{place: place, labels: labels}).namespaceLabel(nil, b); err != nil {
			return nil, err
		}
		t.groupBy = append(t.groupBy, container)
	}
	g, open, err := t.metricQuery(place)
	if err != nil {
		return nil, err
	}
	if open { // the query is the same for all namespaces
		t.scope, g.Scope = ClusterScope, ClusterScope
	}
	g.Labels.Container = container
	needed := strings.Join(g.Labels.names(), ", ")
	if g.Scope != ClusterScope {
		return nil, fmt.Errorf("%s cannot serve all %s with one query, which is required: "+
			"group by <<.GroupBy>>, so that each value depends on its own %s only", field, of.Resource, needed)
	}
	if err := g.checkLabels(false); err != nil && (container != "" || g.Result.LabelsKnown) {
		return nil, fmt.Errorf("%s: %w", field, err)
	}
	return &g, nil
}
