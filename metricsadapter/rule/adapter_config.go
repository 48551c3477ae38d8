package rule

import "encoding/json"

// The types below are prometheus-adapter's configuration as written, with its field names.

// discoveryConfig is a rule that discovers series and creates metrics from them.
type discoveryConfig struct {
	// SeriesQuery selects series.
	SeriesQuery string `json:"seriesQuery"`
	// SeriesFilters select from them by name.
	SeriesFilters []nameFilter `json:"seriesFilters"`
	// Resources maps labels to the objects they identify.
	Resources association `json:"resources"`
	// Name derives the metric name from the series name.
	Name naming `json:"name"`
	// MetricsQuery is a PromQL template.
	MetricsQuery string `json:"metricsQuery"`
}

// nameFilter is a regular expression that a series name must, or must not, match; exactly one field is set.
type nameFilter struct {
	Is    string `json:"is"`
	IsNot string `json:"isNot"`
}

// association maps labels to the resources they identify.
type association struct {
	// Template is the label of any resource.
	Template string `json:"template"`
	// Overrides maps labels to resources.
	Overrides map[string]groupResource `json:"overrides"`
	// Namespaced is false for an external metric that is the same in every namespace.
	Namespaced *bool `json:"namespaced"`
}

type groupResource struct {
	Group    string `json:"group"`
	Resource string `json:"resource"`
}

type naming struct {
	// Matches selects series by name, with capture groups.
	Matches string `json:"matches"`
	// As is the metric name, with capture groups as $1.
	As string `json:"as"`
}

// resourceRules are the rules for metrics.k8s.io.
type resourceRules struct {
	CPU    json.RawMessage `json:"cpu"`
	Memory json.RawMessage `json:"memory"`
	// Window of the reported metrics, such as 5m.
	Window string `json:"window"`
}

// usageRule is the rule for cpu or memory.
type usageRule struct {
	ContainerQuery string      `json:"containerQuery"`
	NodeQuery      string      `json:"nodeQuery"`
	Resources      association `json:"resources"`
	ContainerLabel string      `json:"containerLabel"`
}
