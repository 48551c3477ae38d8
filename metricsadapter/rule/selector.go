package rule

import (
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"flyball.dev/flyball/metricsadapter/expr"
)

// Selector picks series. It is what the parameter match[] of Prometheus' API takes.
type Selector struct {
	text     string
	matchers []*labels.Matcher
}

func parseSelector(text string) (Selector, error) {
	e, matchers, err := expr.ParseSelector(text)
	if err != nil {
		return Selector{}, err
	}
	return Selector{text: e.String(), matchers: matchers}, nil
}

// String is the selector in its canonical form: equal selectors have the same.
func (s Selector) String() string { return s.text }

// Matches says whether the selector picks the series that has these labels, its name as __name__.
func (s Selector) Matches(series map[string]string) bool {
	for _, m := range s.matchers {
		if !m.Matches(series[m.Name]) {
			return false
		}
	}
	return true
}

// names gives the names that series picked can have: one for __name__="a", several for __name__=~"^(a|b)$"; none where the
// selector does not fix them.
func (s Selector) names() []string {
	for _, m := range s.matchers {
		switch {
		case m.Name != model.MetricNameLabel:
		case m.Type == labels.MatchEqual:
			return []string{m.Value}
		case m.Type == labels.MatchRegexp && len(m.SetMatches()) > 0:
			matching := slices.DeleteFunc(slices.Clone(m.SetMatches()), func(name string) bool {
				return !s.picksName(name)
			})
			slices.Sort(matching)
			return slices.Compact(matching)
		}
	}
	return nil
}

// picksName reports whether the matchers on the name pick a series of that name.
func (s Selector) picksName(name string) bool {
	return !slices.ContainsFunc(s.matchers, func(m *labels.Matcher) bool { return m.Name == model.MetricNameLabel && !m.Matches(name) })
}

// ensures says that every series picked has the label.
func (s Selector) ensures(label string) bool {
	return slices.ContainsFunc(s.matchers, func(m *labels.Matcher) bool { return m.Name == label && !m.Matches("") })
}

// ensured lists the labels that every series picked has.
func (s Selector) ensured() []string {
	var all []string
	for _, m := range s.matchers {
		if m.Name != model.MetricNameLabel && !m.Matches("") {
			all = append(all, m.Name)
		}
	}
	return all
}

// onLabels gives the matchers, those on the name left out.
func (s Selector) onLabels() []*labels.Matcher {
	return slices.DeleteFunc(slices.Clone(s.matchers), func(m *labels.Matcher) bool { return m.Name == model.MetricNameLabel })
}
