package rule

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/prometheus/prometheus/model/labels"

	"flyball.dev/flyball/metricsadapter/expr"
)

// Scope says for how much of the cluster one query speaks.
type Scope uint8

const (
	// ClusterScope says that one query speaks for every namespace and object.
	ClusterScope Scope = iota
	// NamespaceScope says that each namespace has a query of its own.
	NamespaceScope
	// ObjectScope says that each object has a query of its own.
	ObjectScope
)

// QueryParameters is what a query is asked for.
type QueryParameters struct {
	// Namespace and Object that are asked about; each counts only where the rule's Scope needs it.
	Namespace, Object string
	// Matchers to select by, on labels of the series.
	Matchers []*labels.Matcher
	// Values that the matchers ask for, by label, for templates that put values in.
	Values map[string][]string
}

// templateQuery is a query that a template made, as one rule uses it for one series.
type templateQuery struct {
	template queryTemplate
	series   string
	groupBy  []string
	// selector found the series. Which of its matchers stay in the query, kept says.
	selector       Selector
	seriesMatchers seriesMatchers
	// namespace and object are the labels that values stand for; empty for none.
	namespace, object string
	// rowNamespace is the label whose value is the namespace that a row is read in: namespace, or object where the metric
	// describes namespaces; empty for none.
	rowNamespace string
	scope        Scope
	// query is the query for no selector, with what scope allows to be left out left out.
	query expr.Template
}

// Render gives the query to ask.
func (g *MetricQuery) Render(n QueryParameters) (expr.Expr, error) {
	switch {
	case g.template != nil:
		return g.template.render(n)
	case len(n.Matchers) > 0:
		return g.Expr.WithMatchers(n.Matchers...)
	}
	return g.Expr, nil
}

// valueLabels are the labels that always have a value, the more ones among them.
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

// analyzedTemplate is what a template's text turned out to be.
type analyzedTemplate struct {
	query expr.Template
	scope Scope
	// namespaceIndependent: it asks the same whatever the namespace.
	namespaceIndependent bool
}

// analyze renders the template for the labels of a selector, and finds the widest scope that one query can speak for.
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

// render fills the form. Where the template puts in the values of a selector, it is rendered anew: it may go through the
// labels, which are others for each selector.
func (t *templateQuery) render(n QueryParameters) (expr.Expr, error) {
	form, kept := t.query, t.seriesMatchers
	if len(n.Values) > 0 && t.template.usesValues {
		again, err := t.analyze(n.Values)
		if err != nil {
			return expr.Expr{}, err
		}
		if again.scope != t.scope {
			return expr.Expr{}, errors.New("metricsQuery becomes another kind of query for this selector: use <<.LabelMatchers>>")
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

// checkMatchers holds that each matcher of a selector has a place in the form: where matchers go, or where its value does, if all
// that it says is which value is wanted.
func checkMatchers(form expr.Template, matchers []*labels.Matcher) error {
	if form.TakesMatchers() {
		return nil
	}
	for _, m := range matchers {
		if !form.UsesValueOf(m.Name) || m.Type != labels.MatchEqual && m.Type != labels.MatchRegexp {
			return fmt.Errorf("the metric selector on %s has no place in the rule's query: "+
				"put <<.LabelMatchers>> into metricsQuery, or leave the selector out", m.Name)
		}
	}
	return nil
}

// selectable lists the labels by which rows can be picked as if their series had been.
func (t *templateQuery) selectable(shape expr.Result) []string {
	if !shape.LabelsKnown {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(shape.Labels), func(label string) bool {
		_, keying := t.query.PartitionBy(expr.PartitionKey{Label: label, Required: t.object})
		return keying == expr.Mixed
	})
}
