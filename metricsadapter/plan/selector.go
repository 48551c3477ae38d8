package plan

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	promlabels "github.com/prometheus/prometheus/model/labels"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
)

// Selector restricts a metric by its labels. The zero Selector selects all.
type Selector struct {
	selector labels.Selector
}

// NewSelector takes a selector of the metrics APIs; nil for all.
func NewSelector(selector labels.Selector) Selector { return Selector{selector} }

// ParseSelector reads the string form of a label selector; empty for all.
func ParseSelector(text string) (Selector, error) {
	if text == "" {
		return Selector{}, nil
	}
	selector, err := labels.Parse(text)
	if err != nil {
		return Selector{}, fmt.Errorf("metric selector %q: %w", text, err)
	}
	return Selector{selector}, nil
}

// Empty reports whether it selects all.
func (s Selector) Empty() bool { return s.selector == nil || s.selector.Empty() }

// onlyOn reports whether the selector uses only these labels.
func (s Selector) onlyOn(names []string) bool {
	requirements, selectable := s.selector.Requirements()
	return selectable && !slices.ContainsFunc(requirements, func(r labels.Requirement) bool {
		return !slices.Contains(names, r.Key()) || r.Operator() == selection.GreaterThan || r.Operator() == selection.LessThan
	})
}

// matchers converts the selector to PromQL matchers, and returns the required values by label. PromQL treats a missing
// label as empty, which has the same meaning for In, NotIn and Exists.
func (s Selector) matchers() ([]*promlabels.Matcher, map[string][]string, error) {
	requirements, selectable := s.selector.Requirements()
	if !selectable {
		return nil, nil, fmt.Errorf("metric selector %q selects nothing", s.selector)
	}
	matchers, values := make([]*promlabels.Matcher, len(requirements)), make(map[string][]string, len(requirements))
	for i, r := range requirements {
		kind, value, err := matcher(r)
		if err != nil {
			return nil, nil, err
		}
		if matchers[i], err = promlabels.NewMatcher(kind, r.Key(), value); err != nil {
			return nil, nil, fmt.Errorf("metric selector %q: %w", s.selector, err)
		}
		values[r.Key()] = r.Values().List()
	}
	return matchers, values, nil
}

func matcher(r labels.Requirement) (promlabels.MatchType, string, error) {
	values := r.Values().List()
	switch r.Operator() {
	case selection.Equals, selection.DoubleEquals, selection.In:
		if len(values) == 1 {
			return promlabels.MatchEqual, values[0], nil
		}
		return promlabels.MatchRegexp, alternatives(values), nil
	case selection.NotEquals, selection.NotIn:
		if len(values) == 1 {
			return promlabels.MatchNotEqual, values[0], nil
		}
		return promlabels.MatchNotRegexp, alternatives(values), nil
	case selection.Exists:
		return promlabels.MatchNotEqual, "", nil
	case selection.DoesNotExist:
		return promlabels.MatchEqual, "", nil
	}
	return 0, "", fmt.Errorf("metric selector %q: PromQL has no matcher for the operator %s", r.String(), r.Operator())
}

func alternatives(values []string) string {
	quoted := make([]string, len(values))
	for i, value := range values {
		quoted[i] = regexp.QuoteMeta(value)
	}
	return strings.Join(quoted, "|")
}

// All matches every row.
var All Filter

// Filter picks rows by their labels.
type Filter struct {
	selector          labels.Selector
	namespace, object string
}

// Match reports whether the filter selects a row.
func (f Filter) Match(row *Row) bool {
	return f.selector == nil || f.selector.Matches(rowLabels{f, row})
}

// rowLabels presents a row as the labels of its series.
type rowLabels struct {
	Filter
	row *Row
}

func (l rowLabels) Lookup(name string) (string, bool) {
	var value string
	switch name {
	case l.namespace:
		value = l.row.Namespace
	case l.object:
		value = l.row.Object
	default:
		value = l.row.Label(name)
	}
	return value, value != ""
}

func (l rowLabels) Get(name string) string {
	value, _ := l.Lookup(name)
	return value
}

func (l rowLabels) Has(name string) bool {
	_, ok := l.Lookup(name)
	return ok
}
