package rule

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/prometheus/prometheus/model/labels"

	"flyball.dev/flyball/metricsadapter/expr"
)

// Scope is the part of the cluster that one query serves.
type Scope uint8

const (
	// ClusterScope reports whether one query speaks for every namespace and object.
	ClusterScope Scope = iota
	// NamespaceScope reports whether each namespace has a query of its own.
	NamespaceScope
	// ObjectScope reports whether each object has a query of its own.
	ObjectScope
)

// QueryParameters restrict a query.
type QueryParameters struct {
	// Namespace and Object that are read; used only where the rule's Scope requires them.
	Namespace, Object string
	// Matchers on labels of the series.
	Matchers []*labels.Matcher
	// Values of the matchers by label, for templates that use values.
	Values map[string][]string
}

// templateQuery is the query of a template for one rule and one series.
type templateQuery struct {
	template queryTemplate
	series   string
	groupBy  []string
	// selector discovered the series. seriesMatchers are those of its matchers that remain in the query.
	selector       Selector
	seriesMatchers seriesMatchers
	// namespace and object are the labels that identify the object; empty for none.
	namespace, object string
	// rowNamespace is the label with the namespace in which a row is read: namespace, or object where the metric
	// describes namespaces; empty for none.
	rowNamespace string
	scope        Scope
	// query is the template without a metric selector, partitioned as far as scope allows.
	query expr.Template
}

// Render returns the query for the parameters.
func (g *MetricQuery) Render(n QueryParameters) (expr.Expr, error) {
	switch {
	case g.template != nil:
		return g.template.render(n)
	case len(n.Matchers) > 0:
		return g.Expr.WithMatchers(n.Matchers...)
	}
	return g.Expr, nil
}

// valueLabels returns the labels that always have a value, and those of more.
func (t *templateQuery) valueLabels(more map[string][]string) []string {
	names := slices.Collect(maps.Keys(more))
	for _, label := range []string{t.namespace, t.object} {
		if label != "" {
			names = append(names, label)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// analyzedTemplate is a rendered template and its scope.
type analyzedTemplate struct {
	query expr.Template
	scope Scope
	// namespaceIndependent: it asks the same whatever the namespace.
	namespaceIndependent bool
}

// analyze renders the template for the labels of a selector, and determines the widest scope that one query can serve.
func (t *templateQuery) analyze(selected map[string][]string) (analyzedTemplate, error) {
	form, err := t.template.render(t.series, t.groupBy, t.valueLabels(selected))
	if err != nil {
		return analyzedTemplate{}, err
	}
	byObject := form
	if t.object != "" {
		var keying expr.Partitioning
		if byObject, keying = form.PartitionBy(expr.PartitionKey{Label: t.object, Required: t.object}); keying == expr.Mixed {
			return analyzedTemplate{query: form, scope: ObjectScope}, nil
		}
	}
	if t.namespace == "" {
		return analyzedTemplate{query: byObject, namespaceIndependent: true}, nil
	}
	byBoth, keying := byObject.PartitionBy(expr.PartitionKey{Label: t.namespace, Extend: true, Required: t.object})
	if keying == expr.Partitioned {
		return analyzedTemplate{query: byBoth}, nil
	}
	return analyzedTemplate{query: byObject, scope: NamespaceScope, namespaceIndependent: keying == expr.Independent}, nil
}

// render fills the query. A template that uses the values of a selector is rendered again, because its text may depend
// on the labels of the selector.
func (t *templateQuery) render(n QueryParameters) (expr.Expr, error) {
	form, kept := t.query, t.seriesMatchers
	if len(n.Values) > 0 && t.template.usesValues {
		again, err := t.analyze(n.Values)
		if err != nil {
			return expr.Expr{}, err
		}
		if again.scope != t.scope {
			return expr.Expr{}, errors.New("metricsQuery has a different scope for this selector: use <<.LabelMatchers>>")
		}
		form, kept = again.query, t.placeSeriesMatchers(again.query)
	}
	if err := checkMatchers(form, n.Matchers); err != nil {
		return expr.Expr{}, err
	}
	matchers, values := slices.Clone(n.Matchers), maps.Clone(n.Values)
	if values == nil {
		values = map[string][]string{}
	}
	ask := func(label, value string, one bool) {
		switch {
		case label == "":
		case one:
			matchers = append(matchers, &labels.Matcher{Type: labels.MatchEqual, Name: label, Value: value})
			values[label] = []string{value}
		default:
			matchers = append(matchers, &labels.Matcher{Type: labels.MatchNotEqual, Name: label})
		}
	}
	ask(t.namespace, n.Namespace, t.scope != ClusterScope)
	ask(t.object, n.Object, t.scope == ObjectScope)
	return form.Fill(matchers, values, func(_ string, on []string) []*labels.Matcher { return kept.forSelector(on) })
}

// checkMatchers returns an error unless each matcher of a selector has a place in the query: where matchers go, or
// where its value goes, if it only selects values.
func checkMatchers(form expr.Template, matchers []*labels.Matcher) error {
	if form.TakesMatchers() {
		return nil
	}
	for _, m := range matchers {
		if !form.UsesValueOf(m.Name) || m.Type != labels.MatchEqual && m.Type != labels.MatchRegexp {
			return fmt.Errorf("the metric selector on %s cannot be applied to the rule's query: "+
				"add <<.LabelMatchers>> to metricsQuery, or remove the selector", m.Name)
		}
	}
	return nil
}

// selectable returns the labels by which rows can be selected with the same result as selecting their series.
func (t *templateQuery) selectable(shape expr.Result) []string {
	if !shape.LabelsKnown {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(shape.Labels), func(label string) bool {
		_, keying := t.query.PartitionBy(expr.PartitionKey{Label: label, Required: t.object})
		return keying == expr.Mixed
	})
}
