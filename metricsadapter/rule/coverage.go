package rule

import (
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"flyball.dev/flyball/metricsadapter/expr"
)

// Coverage is the namespaces in which a rule gives its metric. The zero Coverage is all of them.
type Coverage struct {
	// matchers are on the name, and all of them have to match. Sorted, each once.
	matchers []*labels.Matcher
}

// coverageOf makes the Coverage of matchers on the label of the namespace. Those that ask for any value say nothing.
func coverageOf(matchers []*labels.Matcher) Coverage {
	var c Coverage
	for _, m := range matchers {
		if !present(m) {
			c.matchers = append(c.matchers, m)
		}
	}
	slices.SortFunc(c.matchers, func(a, b *labels.Matcher) int { return strings.Compare(a.String(), b.String()) })
	c.matchers = slices.CompactFunc(c.matchers, sameMatcher)
	return c
}

func sameMatcher(a, b *labels.Matcher) bool {
	return a.Type == b.Type && a.Name == b.Name && a.Value == b.Value
}

// coverageRead is the Coverage of a query written by hand: the namespaces that each of its selectors asks for.
func coverageRead(e expr.Expr, label string) Coverage {
	if label == "" {
		return Coverage{}
	}
	return coverageOf(e.Requires(label))
}

// All says that they are all namespaces.
func (c Coverage) All() bool { return len(c.matchers) == 0 }

// Has says that a namespace is one of them.
func (c Coverage) Has(namespace string) bool {
	return !slices.ContainsFunc(c.matchers, func(m *labels.Matcher) bool { return !m.Matches(namespace) })
}

// String gives the matchers, such as namespace="shop"; empty for all namespaces.
func (c Coverage) String() string {
	return texts(c.matchers, func(*labels.Matcher) bool { return true })
}

// where says it in a sentence.
func (c Coverage) where() string {
	if c.All() {
		return "in all namespaces"
	}
	return "where " + c.String()
}

// names lists them; false where their number has no bound that the matchers tell.
func (c Coverage) names() ([]string, bool) {
	for _, m := range c.matchers {
		var all []string
		switch m.Type {
		case labels.MatchEqual:
			all = []string{m.Value}
		case labels.MatchRegexp:
			all = slices.Clone(m.SetMatches())
		}
		if len(all) > 0 {
			return slices.DeleteFunc(all, func(name string) bool { return !c.Has(name) }), true
		}
	}
	return nil, false
}

// overlap says how the namespaces of two rules of one metric lie to each other.
type overlap uint8

const (
	// apart: no namespace is of both.
	apart overlap = iota
	// crossing: a namespace may be of both.
	crossing
	// covering: every namespace of the other rule is of this one.
	covering
)

// of compares them with those of another rule. What patterns have in common is not worked out: they cross then.
func (c Coverage) of(other Coverage) overlap {
	if names, known := other.names(); known {
		switch has := count(names, c.Has); {
		case has == len(names):
			return covering
		case has == 0:
			return apart
		}
		return crossing
	}
	if names, known := c.names(); known && count(names, other.Has) == 0 {
		return apart
	}
	if !slices.ContainsFunc(c.matchers, func(m *labels.Matcher) bool { return !slices.ContainsFunc(other.matchers, same(m)) }) {
		return covering
	}
	if slices.ContainsFunc(c.matchers, func(m *labels.Matcher) bool {
		return slices.ContainsFunc(other.matchers, func(o *labels.Matcher) bool {
			inverse, err := o.Inverse()
			return err == nil && sameMatcher(m, inverse)
		})
	}) {
		return apart
	}
	return crossing
}

func same(m *labels.Matcher) func(*labels.Matcher) bool {
	return func(o *labels.Matcher) bool { return sameMatcher(m, o) }
}

func count(names []string, picked func(string) bool) int {
	n := 0
	for _, name := range names {
		if picked(name) {
			n++
		}
	}
	return n
}
