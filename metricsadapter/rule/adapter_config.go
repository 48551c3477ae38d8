package rule

import "encoding/json"

// What follows is prometheus-adapter's configuration as written; its field names are upstream's.

// discoveryConfig finds series, and makes metrics of them.
type discoveryConfig struct {
	// SeriesQuery selects series.
	SeriesQuery string `json:"seriesQuery"`
	// SeriesFilters pick from them by their names.
	SeriesFilters []nameFilter `json:"seriesFilters"`
	// Resources tells which labels name which objects.
	Resources association `json:"resources"`
	// Name makes the metric's name of the series'.
	Name naming `json:"name"`
	// MetricsQuery is a template of PromQL.
	MetricsQuery string `json:"metricsQuery"`
}

// nameFilter is a regular expression that a series' name must match, or must not; exactly one is set.
type nameFilter struct {
	Is    string `json:"is"`
	IsNot string `json:"isNot"`
}

// association tells which label names the objects of which resource.
type association struct {
	// Template gives the label of any resource.
	Template string `json:"template"`
	// Overrides gives the resource of certain labels.
	Overrides map[string]groupResource `json:"overrides"`
	// Namespaced is false where an external metric can be read from every namespace.
	Namespaced *bool `json:"namespaced"`
}

type groupResource struct {
	Group    string `json:"group"`
	Resource string `json:"resource"`
}

type naming struct {
	// Matches picks series by their names, and captures parts.
	Matches string `json:"matches"`
	// As is the metric's name, with captures as $1.
	As string `json:"as"`
}

// resourceRules make metrics.k8s.io.
type resourceRules struct {
	CPU    json.RawMessage `json:"cpu"`
	Memory json.RawMessage `json:"memory"`
	// Window that is reported, such as 5m.
	Window string `json:"window"`
}

// usageRule makes cpu or memory.
type usageRule struct {
	ContainerQuery string      `json:"containerQuery"`
	NodeQuery      string      `json:"nodeQuery"`
	Resources      association `json:"resources"`
	ContainerLabel string      `json:"containerLabel"`
}
