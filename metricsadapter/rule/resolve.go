package rule

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Loaded is a parsed rules file, before discovery. It is immutable.
type Loaded struct {
	// Findings of parsing the file.
	Findings []Finding

	custom    []*Custom
	external  []*External
	resources []*Resource

	discoveries []*discoveryRule
	usages      []usage
}

// usage is a usageRule with its place.
type usage struct {
	name  string
	place string
	rule  *usageRule
	// window of queries without a range.
	window time.Duration
}

// Selectors returns the distinct selectors that discovery must query; none where the file determines its metrics.
func (l *Loaded) Selectors() []Selector {
	return l.selectors(func(d *discoveryRule) bool { _, configured := d.configuredSeries(); return !configured })
}

// AllSelectors returns Selectors, and those whose series the file determines: a discovery result for them takes
// precedence.
func (l *Loaded) AllSelectors() []Selector {
	return l.selectors(func(*discoveryRule) bool { return true })
}

func (l *Loaded) selectors(asks func(*discoveryRule) bool) []Selector {
	var all []Selector
	for _, d := range l.discoveries {
		known := slices.ContainsFunc(all, func(s Selector) bool { return s.text == d.selector.text })
		if asks(d) && !known {
			all = append(all, d.selector)
		}
	}
	return all
}

// Series is a kind of series that a Selector matches. Several may have the same name and different labels.
type Series struct {
	Name string
	// Labels are the label names of such series, without __name__, in any order.
	Labels []string
}

// Resolve returns the rules in force for the discovered series, which are keyed by the text of their Selector. A
// Selector that is missing in found was not queried, which differs from an empty result. Rules that cannot be in force
// have a Problem. Equal arguments give equal Sets.
func (l *Loaded) Resolve(found map[string][]Series, resources Resources) (*Set, []Problem) {
	b := &builder{set: &Set{}, resources: resources, found: found, reported: map[string]bool{}}
	for _, rule := range l.custom {
		b.set.addCustom(rule)
	}
	for _, rule := range l.external {
		b.set.addExternal(rule)
	}
	for _, rule := range l.resources {
		b.set.addResource(rule)
	}
	b.discover(l.discoveries)
	for i := range l.usages {
		b.addUsage(&l.usages[i])
	}
	return b.set, b.problems
}

// builder creates a Set.
type builder struct {
	set       *Set
	problems  []Problem
	resources Resources
	found     map[string][]Series
	// reported has the findings and problems so far.
	reported map[string]bool
}

// addFinding adds a finding, once.
func (b *builder) addFinding(severity Severity, rule, format string, args ...any) {
	f := Finding{Severity: severity, Rule: rule, Message: fmt.Sprintf(format, args...)}
	if !b.reported[f.String()] {
		b.reported[f.String()] = true
		b.set.Findings = append(b.set.Findings, f)
	}
}

// addProblem adds a problem, once.
func (b *builder) addProblem(rule, reason string) {
	p := Problem{Rule: rule, Reason: reason}
	if !b.reported[p.String()] {
		b.reported[p.String()] = true
		b.problems = append(b.problems, p)
	}
}

func (b *builder) addUsage(u *usage) {
	made, wrong := u.rule.usage(u.name, u.place, b)
	for _, err := range wrong {
		b.addProblem(u.place, err.Error()+made.impact())
	}
	if known := b.set.resources[u.name]; known != nil && (known.Containers != nil && made.Containers != nil || known.Nodes != nil && made.Nodes != nil) {
		b.addFinding(Warning, u.place, "resources.%s of the same file already provides %s and stays in force", u.name, u.name)
	}
	for _, g := range []*MetricQuery{made.Containers, made.Nodes} {
		if g != nil && u.name == "cpu" {
			g.Window = cmp.Or(g.Window, u.window)
		}
	}
	b.set.addResource(made)
}
