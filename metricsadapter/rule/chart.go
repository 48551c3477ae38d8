package rule

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// chartName is the name of prometheus-adapter's Helm chart.
const chartName = "prometheus-adapter"

// chartRules is the field rules in the values of prometheus-adapter's chart, with its field names.
type chartRules struct {
	// Default adds the chart's built-in rules. Default true.
	Default *bool `json:"default"`
	// Custom, External and Resource become rules, externalRules and resourceRules of the configuration.
	Custom   []json.RawMessage `json:"custom"`
	External []json.RawMessage `json:"external"`
	Resource json.RawMessage   `json:"resource"`
	// Existing is the name of a ConfigMap that replaces all of these.
	Existing string `json:"existing"`
}

// chartValues are the values of one chart.
type chartValues struct {
	// path of the values in the document, with a trailing dot; empty for the whole document.
	path   string
	values map[string]json.RawMessage
}

// maxDepth bounds the nesting of chart values.
const maxDepth = 5

// findValues returns the values of prometheus-adapter's chart in a document: the document itself, or those of
// subcharts.
func findValues(values map[string]json.RawMessage, path string) []chartValues {
	if isChartRules(values["rules"], path == "") {
		return []chartValues{{path, values}}
	}
	var all []chartValues
	for _, name := range slices.Sorted(maps.Keys(values)) {
		var below map[string]json.RawMessage
		if json.Unmarshal(values[name], &below) != nil || below == nil || strings.Count(path, ".") >= maxDepth {
			continue
		}
		if strings.HasSuffix(name, chartName) {
			all = append(all, chartValues{path + name + ".", below})
			continue
		}
		all = append(all, findValues(below, path+name+".")...)
	}
	return all
}

// isChartRules reports whether a field named rules is that of the chart: a mapping. Below the top level, where other
// charts may have a mapping with that name, it must have a field of the chart.
func isChartRules(rules json.RawMessage, top bool) bool {
	var below map[string]json.RawMessage
	if json.Unmarshal(rules, &below) != nil || below == nil {
		return false
	}
	if top {
		return true
	}
	for _, name := range []string{"default", "custom", "external", "resource", "existing"} {
		if _, found := below[name]; found {
			return true
		}
	}
	return false
}

// readCharts reads the values of charts.
func (r *reader) readCharts(all []chartValues, prefix string) error {
	for _, c := range all {
		if err := r.readChart(c, prefix); err != nil {
			return err
		}
	}
	return nil
}

// readChart reads the values of one chart, as the chart converts them to its configuration.
func (r *reader) readChart(c chartValues, prefix string) error {
	var rules chartRules
	if text := c.values["rules"]; len(text) > 0 {
		if err := unmarshalStrict(text, &rules); err != nil {
			return fmt.Errorf("%srules: %w; the chart has default, custom, external, resource and existing", c.path, err)
		}
	}
	place := prefix + c.path + "rules."
	if string(c.values["enabled"]) == "false" {
		r.addFinding(Warning, prefix+c.path+"enabled", "is false: the chart is not installed with these values; its rules are checked anyway")
	}
	r.findOthers(c, prefix)
	if rules.Existing != "" {
		r.existing = append(r.existing, Problem{Rule: place + "existing", Reason: rules.Existing})
		r.findOverridden(rules, place)
		return nil
	}
	p := section{prefix: prefix + c.path, fields: fields{"rules.custom", "rules.external", "rules.resource", "rules.default"}}
	p.Rules, p.ExternalRules, p.ResourceRules = rules.Custom, rules.External, rules.Resource
	if rules.Default == nil || *rules.Default {
		p.defaults = chartDefaults()
		state := "is true"
		if rules.Default == nil {
			state = "is not set, and defaults to true"
		}
		r.addFinding(Info, place+"default", "%s: the %d rules that the chart adds are checked as rules.default; they create metrics from every series with a "+
			"namespace; set rules.default to false to remove them", state, len(p.defaults))
	}
	r.sections = append(r.sections, p)
	return nil
}

// findOverridden reports the rules that the chart ignores because of rules.existing.
func (r *reader) findOverridden(rules chartRules, place string) {
	for _, field := range []struct {
		name string
		set  bool
	}{
		{"custom", len(rules.Custom) > 0},
		{"external", len(rules.External) > 0},
		{"resource", len(rules.Resource) > len("{}")},
		{"default", rules.Default != nil && *rules.Default},
	} {
		if field.set {
			r.addFinding(Warning, place+field.name, "is not in force: the chart uses the ConfigMap of rules.existing, %s, instead", rules.Existing)
		}
	}
}

// findOthers reports the values that are not rules, with their replacement.
func (r *reader) findOthers(c chartValues, prefix string) {
	var others []string
	for _, name := range slices.Sorted(maps.Keys(c.values)) {
		switch name {
		case "rules", "enabled", "global":
		case "prometheus":
			r.addFinding(Info, prefix+c.path+name, "is not read: %s", urlAdvice(c.values[name]))
		case "metricsRelistInterval":
			r.addFinding(Info, prefix+c.path+name, "is not read: the metrics adapter has --discovery-interval=%s", strings.Trim(string(c.values[name]), `"`))
		default:
			others = append(others, name)
		}
	}
	if len(others) > 0 {
		r.addFinding(Info, prefix+strings.TrimSuffix(c.path, "."), "these values configure prometheus-adapter's Deployment and are ignored: %s",
			strings.Join(others, ", "))
	}
}

// urlAdvice names the flag of the metrics adapter for the URL of the chart's values.
func urlAdvice(values json.RawMessage) string {
	var prometheus struct {
		URL  string      `json:"url"`
		Port json.Number `json:"port"`
		Path string      `json:"path"`
	}
	if json.Unmarshal(values, &prometheus) != nil || prometheus.URL == "" {
		return "the metrics adapter has --prometheus-url"
	}
	url := prometheus.URL
	if port := prometheus.Port.String(); port != "" && port != "0" {
		url += ":" + port
	}
	return "the metrics adapter has --prometheus-url=" + url + prometheus.Path
}

// settleExisting adds a problem for each rules.existing whose ConfigMap is not in the file.
func (r *reader) settleExisting() {
	for _, e := range r.existing {
		if slices.ContainsFunc(r.configMaps, func(name string) bool { return isNamed(name, e.Reason) }) {
			r.addFinding(Info, e.Rule, "%s is in the file and is checked", e.Reason)
			continue
		}
		e.Reason = fmt.Sprintf("the rules are in the ConfigMap %[1]s, which is not in the file: check it with "+
			"kubectl get configmap %[1]s -o yaml | flyball rules check -f -", e.Reason)
		r.problems = append(r.problems, e)
	}
}

// isNamed reports whether a ConfigMap has the referenced name, with or without the content hash of kustomize.
func isNamed(name, referred string) bool {
	const hash = 10
	rest, found := strings.CutPrefix(name, referred)
	return found && (rest == "" || rest[0] == '-' && len(rest) == 1+hash && !strings.Contains(rest[1:], "-"))
}
