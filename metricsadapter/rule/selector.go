package rule

import (
	"slices"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"flyball.dev/flyball/metricsadapter/expr"
)

// Selector is a series selector, as for the parameter match[] of Prometheus' API.
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

// String returns the canonical text, which is the same for equal selectors.
func (s Selector) String() string { return s.text }

// Matches reports whether the selector matches the series with these labels, its name as __name__.
func (s Selector) Matches(series map[string]string) bool {
	for _, m := range s.matchers {
		if !m.Matches(series[m.Name]) {
			return false
		}
	}
	return true
}

// names returns the possible names of matching series: one for __name__="a", several for __name__=~"^(a|b)$"; none
// where the selector does not determine them.
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

// picksName reports whether the matchers on the name match it.
func (s Selector) picksName(name string) bool {
	return !slices.ContainsFunc(s.matchers, func(m *labels.Matcher) bool { return m.Name == model.MetricNameLabel && !m.Matches(name) })
}

// ensures reports whether every matching series has the label.
func (s Selector) ensures(label string) bool {
	return slices.ContainsFunc(s.matchers, func(m *labels.Matcher) bool { return m.Name == label && !m.Matches("") })
}

// ensured returns the labels that every matching series has.
func (s Selector) ensured() []string {
	var all []string
	for _, m := range s.matchers {
		if m.Name != model.MetricNameLabel && !m.Matches("") {
			all = append(all, m.Name)
		}
	}
	return all
}

// onLabels returns the matchers except those on the name.
func (s Selector) onLabels() []*labels.Matcher {
	return slices.DeleteFunc(slices.Clone(s.matchers), func(m *labels.Matcher) bool { return m.Name == model.MetricNameLabel })
}
