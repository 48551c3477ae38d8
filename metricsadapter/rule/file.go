package rule

import (
	"encoding/json"
	"errors"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// CustomRule is as written; it makes a metric of custom.metrics.k8s.io.
type CustomRule struct {
	// Name of the metric.
	Name string `json:"name"`
	// Query in PromQL. Its outermost grouping holds the labels that name the object; further labels can be selected by.
	Query string `json:"query"`
	// Describes is the resource of the objects described, as resource.group. Default pods.
	Describes string `json:"describes,omitempty"`
	// Kind, APIVersion and ClusterScoped tell what Describes is, for resources that Flyball does not know.
	Kind          string `json:"kind,omitempty"`
	APIVersion    string `json:"apiVersion,omitempty"`
	ClusterScoped bool   `json:"clusterScoped,omitempty"`
	// Server is the name of the Prometheus connection to ask. Default: the default connection.
	Server string `json:"server,omitempty"`
	// Labels names the labels that name the object.
	Labels LabelNames `json:"labels,omitempty"`
	Limits `json:",inline"`
}

// ExternalRule is as written; it makes a metric of external.metrics.k8s.io.
type ExternalRule struct {
	// Name of the metric.
	Name string `json:"name"`
	// Query in PromQL.
	Query string `json:"query"`
	// Server is the name of the Prometheus connection to ask. Default: the default connection.
	Server string `json:"server,omitempty"`
	// NamespaceLabel is the label that names the namespace which may read a series. Default namespace.
	NamespaceLabel string `json:"namespaceLabel,omitempty"`
	// ClusterWide lets every namespace read every series.
	ClusterWide bool `json:"clusterWide,omitempty"`
	Limits      `json:",inline"`
}

// ResourceRule is as written; it makes one resource of metrics.k8s.io.
type ResourceRule struct {
	// Containers gives the use of each container, grouped by namespace, pod and container.
	Containers *ResourceQuery `json:"containers,omitempty"`
	// Nodes gives the use of each node, grouped by node.
	Nodes *ResourceQuery `json:"nodes,omitempty"`
}

// ResourceQuery is one query of a ResourceRule.
type ResourceQuery struct {
	// Query in PromQL.
	Query string `json:"query"`
	// Server is the name of the Prometheus connection to ask. Default: the default connection.
	Server string     `json:"server,omitempty"`
	Labels LabelNames `json:"labels,omitempty"`
	Limits `json:",inline"`
}

// LabelNames names the labels of an answer. What is left out is the lower-case kind: namespace, pod, container, node.
type LabelNames struct {
	Namespace string `json:"namespace,omitempty"`
	Object    string `json:"object,omitempty"`
	Container string `json:"container,omitempty"`
}

// Limits say what a sample of the metric is worth.
type Limits struct {
	// MaxAge from which a sample counts as unknown. Default 2m.
	MaxAge *metav1.Duration `json:"maxAge,omitempty"`
	// Window that a sample was measured over. Default: the query's longest range.
	Window *metav1.Duration `json:"window,omitempty"`
}

// file is a rules file before its rules are looked at, so that one that cannot be read leaves the others standing.
type file struct {
	Custom    []json.RawMessage          `json:"custom"`
	External  []json.RawMessage          `json:"external"`
	Resources map[string]json.RawMessage `json:"resources"`
}

func readFile(data []byte) (*file, error) {
	text, err := yaml.YAMLToJSONStrict(data)
	if err != nil {
		return nil, fmt.Errorf("the rules are not YAML: %w", err)
	}
	var f file
	if err := strict(text, &f); err != nil {
		return nil, fmt.Errorf("the rules cannot be read: %w; the parts of a rules file are custom, external and resources", err)
	}
	return &f, nil
}

// strict reads JSON and refuses fields that nobody would look at.
func strict(text []byte, into any) error {
	unknown, err := kjson.UnmarshalStrict(text, into)
	return errors.Join(append(unknown, err)...)
}
