package rule

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"flyball.dev/flyball/metricsadapter/manifest"
)

// section is the rules of one document, of one key of a ConfigMap, or of the values of one chart.
type section struct {
	file
	// prefix of the place of each rule, such as "document 2: "; empty where the file has one section.
	prefix string
	// defaults are the rules that the chart adds to those in its values.
	defaults []json.RawMessage
	// fields are the names of the fields with prometheus-adapter's rules.
	fields fields
}

// fields are the names of the same parts in a rules file and in chart values.
type fields struct{ rules, externalRules, resourceRules, defaults string }

var fileFields = fields{rules: "rules", externalRules: "externalRules", resourceRules: "resourceRules"}

// reader reads a rules file in any of its formats: every part of the file becomes a section, a finding, a problem or an
// error.
type reader struct {
	sections []section
	findings []Finding
	problems []Problem
	// ignored are the objects without rules.
	ignored []string
	// configMaps are the names of the ConfigMaps with rules.
	configMaps []string
	// existing are the ConfigMaps that chart values refer to instead of rules.
	existing []Problem
}

// read reads a file: rules, ConfigMaps, values of prometheus-adapter's chart and the objects that carry such values, in any
// number of documents and Lists.
func read(data []byte) (*reader, error) {
	r := &reader{}
	objects, err := r.objects("", data)
	if err != nil {
		return nil, err
	}
	alone := len(objects) == 1
	for _, o := range objects {
		prefix := ""
		if !alone {
			prefix = o.label() + ": "
		}
		if err := r.readObject(o.Object, prefix, alone); err != nil {
			return nil, fmt.Errorf("%s%w", prefix, err)
		}
	}
	r.settleExisting()
	if len(r.sections)+len(r.problems) == 0 && len(objects) > 0 {
		return nil, fmt.Errorf("no rules found in %s; %s", strings.Join(r.ignored, ", "), forms)
	}
	r.reportIgnored()
	return r, nil
}

// forms are the formats of rules.
const forms = "expected a rules file, a ConfigMap with one, the values of prometheus-adapter's chart, or a HelmRelease, HelmChart, " +
	"Application or Kustomization with such values"

// located is an object with its place.
type located struct {
	manifest.Object
	several bool
}

// label returns the kind and name of the object, or its place.
func (p located) label() string {
	if p.Kind != "" && p.Name != "" && !p.several {
		return p.Title()
	}
	return p.Place
}

// objects returns the objects of a YAML stream. prefix starts the place of findings about the text.
func (r *reader) objects(prefix string, data []byte) ([]located, error) {
	var all []located
	titles := map[string]int{}
	documents := manifest.Split(data)
	for _, d := range documents {
		place := fmt.Sprintf("document %d", d.Number)
		text, findings, err := toJSON(d)
		var objects []manifest.Object
		if err == nil {
			objects, err = manifest.Expand(place, text)
		}
		if err != nil && len(documents) > 1 {
			err = fmt.Errorf("%s: %w", place, err)
		}
		if err != nil {
			return nil, err
		}
		for _, f := range findings {
			f.Rule = strings.TrimSuffix(prefix, ": ")
			r.findings = append(r.findings, f)
		}
		for _, o := range objects {
			titles[o.Title()]++
			all = append(all, located{Object: o})
		}
	}
	for i := range all {
		all[i].several = titles[all[i].Title()] > 1
	}
	return all, nil
}

// readObject reads one object. alone reports whether the file has no other.
func (r *reader) readObject(o manifest.Object, prefix string, alone bool) error {
	switch o.Kind {
	case "":
		return r.readDocument(o.JSON, prefix)
	case "ConfigMap":
		return r.readConfigMap(o, prefix, alone)
	}
	holders, err := embeddedValuesOf(o)
	if err != nil {
		return err
	}
	found := false
	for _, h := range holders {
		read, err := r.readEmbedded(h, prefix)
		if err != nil {
			return fmt.Errorf("%s: %w", h.path, err)
		}
		found = found || read
	}
	if !found {
		r.ignored = append(r.ignored, o.Title())
	}
	return nil
}

// readDocument reads rules, or values of the chart, outside of a Kubernetes object.
func (r *reader) readDocument(text []byte, prefix string) error {
	var top map[string]json.RawMessage
	if err := unmarshalStrict(text, &top); err != nil {
		return fmt.Errorf("cannot read the rules: %w; put a list of rules under rules, for custom metrics, or externalRules", err)
	}
	if charts := findValues(top, ""); len(charts) > 0 {
		return r.readCharts(charts, prefix)
	}
	p := section{prefix: prefix, fields: fileFields}
	if err := unmarshalStrict(text, &p.file); err != nil {
		return fmt.Errorf("cannot read the rules: %w; the parts of a rules file are custom, external and resources, "+
			"and prometheus-adapter's rules, externalRules and resourceRules; in the values of its chart, rules has custom, external, "+
			"resource, default and existing", err)
	}
	r.sections = append(r.sections, p)
	return nil
}

// readConfigMap reads each key with rules.
func (r *reader) readConfigMap(o manifest.Object, prefix string, alone bool) error {
	var written struct {
		Data       map[string]string `json:"data"`
		BinaryData map[string]string `json:"binaryData"`
	}
	if err := json.Unmarshal(o.JSON, &written); err != nil {
		return errors.New("data: each value must be a string: put | after the key, and indent the following lines")
	}
	keys := slices.Sorted(maps.Keys(written.Data))
	passed := slices.Sorted(maps.Keys(written.BinaryData))
	var holding []string
	for _, key := range keys {
		if alone && len(keys) == 1 || alone && isUsualKey(key) || holdsRules(key, written.Data[key]) {
			holding = append(holding, key)
		} else {
			passed = append(passed, key)
		}
	}
	switch {
	case len(holding) == 0 && alone:
		return fmt.Errorf("the ConfigMap has the keys %v: rules must be in config.yaml or rules.yaml", keys)
	case len(holding) == 0 && !slices.ContainsFunc(passed, isUsualKey):
		r.ignored = append(r.ignored, o.Title())
		return nil
	case len(passed) > 0:
		r.addFinding(Warning, prefix, "these keys of the ConfigMap have no rules and are ignored: %s", strings.Join(passed, ", "))
	}
	r.configMaps = append(r.configMaps, o.Name)
	for _, key := range holding {
		inner := prefix
		if len(holding) > 1 {
			inner += key + ": "
		}
		if err := r.readKey(written.Data[key], inner); err != nil {
			return fmt.Errorf("in the ConfigMap, %s: %w", key, err)
		}
	}
	if len(holding) > 1 {
		r.addFinding(Warning, prefix, "%s of the ConfigMap are all read, as with --rules-configmap-selector: prometheus-adapter reads only the file of "+
			"its --config; remove the other keys", strings.Join(holding, ", "))
	}
	return nil
}

// readKey reads the documents of one key.
func (r *reader) readKey(text, prefix string) error {
	objects, err := r.objects(prefix, []byte(text))
	if err != nil {
		return err
	}
	if len(objects) == 0 {
		r.sections = append(r.sections, section{prefix: prefix})
	}
	for _, o := range objects {
		inner := prefix
		if len(objects) > 1 {
			inner += o.Place + ": "
		}
		if o.Kind != "" {
			return fmt.Errorf("it contains the object %s instead of rules: put that object into a separate file", o.Title())
		}
		if err := r.readDocument(o.JSON, inner); err != nil {
			return err
		}
	}
	return nil
}

// isUsualKey reports whether a key has the name of prometheus-adapter's or Flyball's chart.
func isUsualKey(key string) bool { return key == "config.yaml" || key == "rules.yaml" }

// holdsRules reports whether the text of a key has a field of a rules file, or values of the chart. Other programs use
// keys named config.yaml and fields named rules, so that one of both is not sufficient.
func holdsRules(key, text string) bool {
	queries := slices.ContainsFunc([]string{"seriesQuery", "containerQuery", "nodeQuery", "query"}, func(field string) bool {
		return strings.Contains(text, field)
	})
	for _, d := range manifest.Split([]byte(text)) {
		asJSON, _, err := toJSON(d)
		var top map[string]json.RawMessage
		if err != nil || json.Unmarshal(asJSON, &top) != nil {
			continue
		}
		if len(findValues(top, "")) > 0 {
			return true
		}
		for _, name := range []string{"custom", "external", "resources", "rules", "externalRules", "resourceRules"} {
			if _, found := top[name]; found && (queries || isUsualKey(key)) {
				return true
			}
		}
	}
	return false
}

// reportIgnored reports the objects without rules.
func (r *reader) reportIgnored() {
	const most = 10
	names := strings.Join(r.ignored[:min(len(r.ignored), most)], ", ")
	if more := len(r.ignored) - most; more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	if names != "" {
		r.addFinding(Info, "", "objects without rules are ignored: %s", names)
	}
}

func (r *reader) addFinding(severity Severity, place, format string, args ...any) {
	r.findings = append(r.findings, Finding{Severity: severity, Rule: strings.TrimSuffix(place, ": "), Message: fmt.Sprintf(format, args...)})
}
