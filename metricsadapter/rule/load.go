package rule

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/api/validate/content"
)

// Load reads a rules file: Flyball's rules, prometheus-adapter's configuration, or both, as YAML or in a ConfigMap; or
// the values of prometheus-adapter's chart, as YAML or in an object that installs the chart. The file may have several
// documents and Lists. The error is about the file as a whole. An invalid rule has a Problem, and the others can be
// resolved.
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
		l.add(fmt.Sprintf("%scustom[%d]", p.prefix, i), text, l.addCustom)
	}
	for i, text := range p.External {
		l.add(fmt.Sprintf("%sexternal[%d]", p.prefix, i), text, l.addExternal)
	}
	for _, name := range slices.Sorted(maps.Keys(p.Resources)) {
		l.add(p.prefix+"resources."+name, p.Resources[name], func(place string, text []byte) error { return l.addResource(place, name, text) })
	}
	for i, text := range p.defaults {
		l.add(fmt.Sprintf("%s%s[%d]", p.prefix, p.fields.defaults, i), text, l.addDiscovery(false))
	}
	for i, text := range p.Rules {
		l.add(fmt.Sprintf("%s%s[%d]", p.prefix, p.fields.rules, i), text, l.addDiscovery(false))
	}
	for i, text := range p.ExternalRules {
		l.add(fmt.Sprintf("%s%s[%d]", p.prefix, p.fields.externalRules, i), text, l.addDiscovery(true))
	}
	l.addUsages(p.prefix+p.fields.resourceRules, p.ResourceRules)
}

type loader struct {
	loaded   *Loaded
	problems []Problem
}

// shadowed states why a rule is ineffective in all namespaces because of an earlier rule of the same metric; nil where
// it is effective in some, which may be a finding.
func (l *loader) shadowed(place, metric string, rule, earlier *MetricQuery) error {
	switch earlier.Coverage.relationTo(rule.Coverage) {
	case superset:
		return fmt.Errorf("an earlier rule already has this name for %s: the first one stays in force", metric)
	case overlapping:
		l.loaded.Findings = append(l.loaded.Findings, Finding{Severity: Warning, Rule: place, Message: fmt.Sprintf(
			"%s also has this name for %s: the first one takes precedence in common namespaces; this rule applies %s, and %s %s",
			earlier.Rule, metric, rule.Coverage.where(), earlier.Rule, earlier.Coverage.where())})
	}
	return nil
}

// add adds one rule, or the reason why it is invalid.
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
		return fmt.Errorf("metrics.k8s.io has only cpu and memory: use a custom metric for %q", name)
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

// unreadableResource is the rule of a resource that cannot be parsed: each query of the text has the error as its
// problem. Without readable keys, both have.
func unreadableResource(name string, text []byte, containers, nodes string, err error) *Resource {
	var keys map[string]json.RawMessage
	listed := json.Unmarshal(text, &keys) == nil
	rule := &Resource{Name: name}
	if _, ok := keys[containers]; ok || !listed {
		rule.ContainersProblem = err.Error()
	}
	if _, ok := keys[nodes]; ok || !listed {
		rule.NodesProblem = err.Error()
	}
	return rule
}

// impact describes the effect of an invalid query; empty where none is invalid.
func (r *Resource) impact() string {
	switch {
	case r.ContainersProblem != "" && r.Nodes != nil:
		return "; the query for nodes stays in force; metrics.k8s.io serves no pods until this is fixed"
	case r.NodesProblem != "" && r.Containers != nil:
		return "; the query for containers stays in force; metrics.k8s.io serves no nodes until this is fixed"
	}
	return ""
}

// checkName rejects names that are not valid in the path of the API.
func checkName(name string) error {
	if name == "" {
		return fmt.Errorf("name is missing")
	}
	if wrong := content.IsPathSegmentName(name); len(wrong) > 0 {
		return fmt.Errorf("name %q is not valid in a path: it %s", name, wrong[0])
	}
	return nil
}
