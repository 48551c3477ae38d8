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
	// Whole says that one query speaks for every namespace and object.
	Whole Scope = iota
	// EachNamespace says that each namespace has a query of its own.
	EachNamespace
	// EachObject says that each object has a query of its own.
	EachObject
)

// Narrowing is what a query is asked for.
type Narrowing struct {
	// Namespace and Object that are asked about; each counts only where the rule's Scope needs it.
	Namespace, Object string
	// Matchers to select by, on labels of the series.
	Matchers []*labels.Matcher
	// Values that the matchers ask for, by label, for templates that put values in.
	Values map[string][]string
}

// templated is a query that a template made, as one rule uses it for one series.
type templated struct {
	template queryTemplate
	series   string
	groupBy  []string
	// selector found the series. Which of its matchers stay in the query, kept says.
	selector Selector
	kept     keeping
	// namespace and object are the labels that values stand for; empty for none.
	namespace, object string
	// rowNamespace is the label whose value is the namespace that a row is read in: namespace, or object where the metric
	// describes namespaces; empty for none.
	rowNamespace string
	scope        Scope
	// form is the query for no selector, with what scope allows to be left out left out.
	form expr.Form
}

// Query gives the query to ask.
func (g *Grouped) Query(n Narrowing) (expr.Expr, error) {
	switch {
	case g.templated != nil:
		return g.templated.query(n)
	case len(n.Matchers) > 0:
		return g.Expr.With(n.Matchers...)
	}
	return g.Expr, nil
}

// values are the labels that always have a value, the more ones among them.
func (t *templated) values(more map[string][]string) []string {
	names := slices.Collect(maps.Keys(more))
	for _, label := range []string{t.namespace, t.object} {
		if label != "" {
			names = append(names, label)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// parsed is what a template's text turned out to be.
type parsed struct {
	form  expr.Form
	scope Scope
	// open: it asks the same whatever the namespace.
	open bool
}

// parse renders the template for the labels of a selector, and finds the widest scope that one query can speak for.
func (t *templated) parse(selected map[string][]string) (parsed, error) {
	form, err := t.template.form(t.series, t.groupBy, t.values(selected))
	if err != nil {
		return parsed{}, err
	}
	byObject := form
	if t.object != "" {
		var keying expr.Keying
		if byObject, keying = form.By(expr.Key{Label: t.object, Needed: t.object}); keying == expr.Mixed {
			return parsed{form: form, scope: EachObject}, nil
		}
	}
	if t.namespace == "" {
		return parsed{form: byObject, open: true}, nil
	}
	byBoth, keying := byObject.By(expr.Key{Label: t.namespace, Extend: true, Needed: t.object})
	if keying == expr.Keyed {
		return parsed{form: byBoth}, nil
	}
	return parsed{form: byObject, scope: EachNamespace, open: keying == expr.Unbound}, nil
}

// query fills the form. Where the template puts in the values of a selector, it is rendered anew: it may go through the
// labels, which are others for each selector.
func (t *templated) query(n Narrowing) (expr.Expr, error) {
	form, kept := t.form, t.kept
	if len(n.Values) > 0 && t.template.usesValues {
		again, err := t.parse(n.Values)
		if err != nil {
			return expr.Expr{}, err
		}
		if again.scope != t.scope {
			return expr.Expr{}, errors.New("metricsQuery becomes another kind of query for this selector: use <<.LabelMatchers>>")
		}
		form, kept = again.form, t.keep(again.form)
	}
	if err := placed(form, n.Matchers); err != nil {
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
	ask(t.namespace, n.Namespace, t.scope != Whole)
	ask(t.object, n.Object, t.scope == EachObject)
	return form.Fill(matchers, values, func(_ string, on []string) []*labels.Matcher { return kept.matchers(on) })
}

// placed holds that each matcher of a selector has a place in the form: where matchers go, or where its value does, if all
// that it says is which value is wanted.
func placed(form expr.Form, matchers []*labels.Matcher) error {
	if form.Narrows() {
		return nil
	}
	for _, m := range matchers {
		if !form.Uses(m.Name) || m.Type != labels.MatchEqual && m.Type != labels.MatchRegexp {
			return fmt.Errorf("the metric selector on %s has no place in the rule's query: "+
				"put <<.LabelMatchers>> into metricsQuery, or leave the selector out", m.Name)
		}
	}
	return nil
}

// selectable lists the labels by which rows can be picked as if their series had been.
func (t *templated) selectable(shape expr.Shape) []string {
	if !shape.Known {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(shape.Labels), func(label string) bool {
		_, keying := t.form.By(expr.Key{Label: label, Needed: t.object})
		return keying == expr.Mixed
	})
}
