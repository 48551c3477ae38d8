package rule

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/api/validate/content"
)

// Load reads a rules file: rules of Flyball's own, prometheus-adapter's configuration, or both, bare or as a ConfigMap; or the
// values of prometheus-adapter's chart, bare or in an object that installs the chart. The file may hold several documents and
// Lists: all are read. The error is about the file as a whole, and there is then nothing Loaded. A rule that is wrong is left
// out and has a Problem; the rest can be resolved.
func Load(data []byte) (*Loaded, []Problem, error) {
	r, err := read(data)
	if err != nil {
		return nil, nil, err
	}
	l := loader{loaded: &Loaded{Findings: r.findings}, problems: r.problems}
	for i := range r.sections {
		l.addSection(&r.sections[i])
	}
	return l.loaded, l.problems, nil
}

func (l *loader) addSection(p *section) {
	for i, text := range p.Custom {
		l.add(fmt.Sprintf("%scustom[%d]", p.at, i), text, l.addCustom)
	}
	for i, text := range p.External {
		l.add(fmt.Sprintf("%sexternal[%d]", p.at, i), text, l.addExternal)
	}
	for _, name := range slices.Sorted(maps.Keys(p.Resources)) {
		l.add(p.at+"resources."+name, p.Resources[name], func(place string, text []byte) error { return l.addResource(place, name, text) })
	}
	for i, text := range p.defaults {
		l.add(fmt.Sprintf("%s%s[%d]", p.at, p.fields.defaults, i), text, l.addDiscovery(false))
	}
	for i, text := range p.Rules {
		l.add(fmt.Sprintf("%s%s[%d]", p.at, p.fields.rules, i), text, l.addDiscovery(false))
	}
	for i, text := range p.ExternalRules {
		l.add(fmt.Sprintf("%s%s[%d]", p.at, p.fields.externalRules, i), text, l.addDiscovery(true))
	}
	l.addUsages(p.at+p.fields.resourceRules, p.ResourceRules)
}

type loader struct {
	loaded   *Loaded
	problems []Problem
}

// shadowed says why a rule counts in no namespace beside an earlier rule of the same metric; nil where it counts in some,
// perhaps not in all that it has, which is then a finding.
func (l *loader) shadowed(place, metric string, rule, earlier *MetricQuery) error {
	switch earlier.Coverage.relationTo(rule.Coverage) {
	case superset:
		return fmt.Errorf("an earlier rule has this name for %s already: the first one stays in force", metric)
	case overlapping:
		l.loaded.Findings = append(l.loaded.Findings, Finding{Severity: Warning, Rule: place, Message: fmt.Sprintf(
			"%s has this name for %s, too: in a namespace that both rules have, the first one counts; this rule gives it %s, and %s %s",
			earlier.Rule, metric, rule.Coverage.where(), earlier.Rule, earlier.Coverage.where())})
	}
	return nil
}

// add adds one rule, or the reason why it could not be.
func (l *loader) add(place string, text json.RawMessage, add func(place string, text []byte) error) {
	var named struct {
		Name string `json:"name"`
	}
	if json.Unmarshal(text, &named) == nil && named.Name != "" {
		place += " " + named.Name
	}
	err := add(place, text)
	if err == nil {
		return
	}
	l.problems = append(l.problems, Problem{Rule: place, Reason: err.Error()})
}

func (l *loader) addCustom(place string, text []byte) error {
	var written CustomRule
	if err := unmarshalStrict(text, &written); err != nil {
		return err
	}
	rule, err := written.check()
	if err != nil {
		return err
	}
	for _, earlier := range l.loaded.custom {
		if earlier.Object.Resource == rule.Object.Resource && earlier.Name == rule.Name {
			if err := l.shadowed(place, rule.Object.Resource.String(), &rule.MetricQuery, &earlier.MetricQuery); err != nil {
				return err
			}
		}
	}
	rule.Rule = place
	l.loaded.custom = append(l.loaded.custom, rule)
	return nil
}

func (l *loader) addExternal(place string, text []byte) error {
	var written ExternalRule
	if err := unmarshalStrict(text, &written); err != nil {
		return err
	}
	rule, err := written.check()
	if err != nil {
		return err
	}
	for _, earlier := range l.loaded.external {
		if earlier.Name == rule.Name {
			if err := l.shadowed(place, "external metrics", &rule.MetricQuery, &earlier.MetricQuery); err != nil {
				return err
			}
		}
	}
	rule.Rule = place
	l.loaded.external = append(l.loaded.external, rule)
	return nil
}

func (l *loader) addResource(place, name string, text []byte) error {
	if name != "cpu" && name != "memory" {
		return fmt.Errorf("metrics.k8s.io has cpu and memory only: make %q a custom metric", name)
	}
	var written ResourceRule
	if err := unmarshalStrict(text, &written); err != nil {
		l.loaded.resources = append(l.loaded.resources, unreadableResource(name, text, "containers", "nodes", err))
		return err
	}
	rule, wrong := written.check(name)
	if rule == nil {
		return wrong[0]
	}
	for _, err := range wrong {
		l.problems = append(l.problems, Problem{Rule: place, Reason: err.Error() + rule.impact()})
	}
	for _, g := range []*MetricQuery{rule.Containers, rule.Nodes} {
		if g != nil {
			g.Rule = place
		}
	}
	l.loaded.resources = append(l.loaded.resources, rule)
	return nil
}

// unreadableResource is the rule of a resource whose text cannot be read: each half that the text has, under the keys, has the error
// as its problem. Of a text that tells no keys, both have.
func unreadableResource(name string, text []byte, containers, nodes string, err error) *Resource {
	var keys map[string]json.RawMessage
	listed := json.Unmarshal(text, &keys) == nil
	rule := &Resource{Name: name}
	if _, has := keys[containers]; has || !listed {
		rule.ContainersProblem = err.Error()
	}
	if _, has := keys[nodes]; has || !listed {
		rule.NodesProblem = err.Error()
	}
	return rule
}

// impact says what a problem of one half means for readers; empty where no half has one.
func (r *Resource) impact() string {
	switch {
	case r.ContainersProblem != "" && r.Nodes != nil:
		return "; the query for nodes stays in force; metrics.k8s.io serves no pods until this is fixed"
	case r.NodesProblem != "" && r.Containers != nil:
		return "; the query for containers stays in force; metrics.k8s.io serves no nodes until this is fixed"
	}
	return ""
}

// checkName refuses what could not be a part of the API's path.
func checkName(name string) error {
	if name == "" {
		return fmt.Errorf("name is missing")
	}
	if wrong := content.IsPathSegmentName(name); len(wrong) > 0 {
		return fmt.Errorf("name %q cannot be part of a path: it %s", name, wrong[0])
	}
	return nil
}
