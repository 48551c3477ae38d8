package rule

import (
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"flyball.dev/flyball/metricsadapter/expr"
)

// Coverage is the set of namespaces for which a rule provides its metric. The zero Coverage is all namespaces.
type Coverage struct {
	// matchers on the name, all of which must match. Sorted and unique.
	matchers []*labels.Matcher
}

// coverageOf returns the Coverage of matchers on the namespace label. Matchers for any value have no effect.
func coverageOf(matchers []*labels.Matcher) Coverage {
	var c Coverage
	for _, m := range matchers {
		if !matchesAnyValue(m) {
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

// coverageOfExpr returns the Coverage of a query: the namespaces that all of its selectors match.
func coverageOfExpr(e expr.Expr, label string) Coverage {
	if label == "" {
		return Coverage{}
	}
	return coverageOf(e.CommonMatchers(label))
}

// All reports whether it includes all namespaces.
func (c Coverage) All() bool { return len(c.matchers) == 0 }

// Contains reports whether it includes a namespace.
func (c Coverage) Contains(namespace string) bool {
	return !slices.ContainsFunc(c.matchers, func(m *labels.Matcher) bool { return !m.Matches(namespace) })
}

// String returns the matchers, such as namespace="shop"; empty for all namespaces.
func (c Coverage) String() string {
	return joinMatchers(c.matchers, func(*labels.Matcher) bool { return true })
}

// where describes the namespaces in a message.
func (c Coverage) where() string {
	if c.All() {
		return "in all namespaces"
	}
	return "where " + c.String()
}

// names returns the namespaces; false where the matchers do not list them.
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
			return slices.DeleteFunc(all, func(name string) bool { return !c.Contains(name) }), true
		}
	}
	return nil, false
}

// relation between the namespaces of two rules of one metric.
type relation uint8

const (
	// disjoint: the rules share no namespace.
	disjoint relation = iota
	// overlapping: the rules may share a namespace.
	overlapping
	// superset: this rule includes every namespace of the other rule.
	superset
)

// relationTo compares them with those of another rule. Regular expressions are not intersected: they count as overlapping.
func (c Coverage) relationTo(other Coverage) relation {
	if names, known := other.names(); known {
		switch common := count(names, c.Contains); {
		case common == len(names):
			return superset
		case common == 0:
			return disjoint
		}
		return overlapping
	}
	if names, known := c.names(); known && count(names, other.Contains) == 0 {
		return disjoint
	}
	if !slices.ContainsFunc(c.matchers, func(m *labels.Matcher) bool { return !slices.ContainsFunc(other.matchers, sameAs(m)) }) {
		return superset
	}
	if slices.ContainsFunc(c.matchers, func(m *labels.Matcher) bool {
		return slices.ContainsFunc(other.matchers, func(o *labels.Matcher) bool {
			inverse, err := o.Inverse()
			return err == nil && sameMatcher(m, inverse)
		})
	}) {
		return disjoint
	}
	return overlapping
}

func sameAs(m *labels.Matcher) func(*labels.Matcher) bool {
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
