package rule

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Loaded is a rules file that has been read, before it is known which series there are. It is never changed.
type Loaded struct {
	// Findings are what reading the file showed.
	Findings []Finding

	custom    []*Custom
	external  []*External
	resources []*Resource

	discoveries []*discoveryRule
	usages      []usage
}

// usage is a usageRule and what it makes.
type usage struct {
	name  string
	place string
	rule  *usageRule
	// window that is reported where the query has no range.
	window time.Duration
}

// Selectors are the questions of discovery: each asks which series there are, and is to be asked once. There are none
// where the file alone tells its metrics.
func (l *Loaded) Selectors() []Selector {
	return l.selectors(func(d *discoveryRule) bool { _, told := d.configuredSeries(); return !told })
}

// AllSelectors are Selectors, and those whose answer the file tells by itself: if they are asked, what is found counts.
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

// Series is a kind of series that a Selector found. Several may have one name, with other labels.
type Series struct {
	Name string
	// Labels are the names of the labels that such series have, without __name__. Their order does not matter.
	Labels []string
}

// Resolve makes the rules in force of what discovery found, by the text of the Selector that found it. A Selector that is
// not in found has not been answered, which is not the same as having found nothing. Rules that cannot be in force have a
// Problem. The same arguments give the same Set, in the same order.
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

// builder makes a Set.
type builder struct {
	set       *Set
	problems  []Problem
	resources Resources
	found     map[string][]Series
	// reported has what was said already.
	reported map[string]bool
}

// lookupResource adds a finding, once.
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
		b.addFinding(Warning, u.place, "resources.%s of the same file gives %s already: that one stays in force", u.name, u.name)
	}
	for _, g := range []*MetricQuery{made.Containers, made.Nodes} {
		if g != nil && u.name == "cpu" {
			g.Window = cmp.Or(g.Window, u.window)
		}
	}
	b.set.addResource(made)
}
