package rule

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

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

	// The parts of prometheus-adapter's configuration.
	Rules         []json.RawMessage `json:"rules"`
	ExternalRules []json.RawMessage `json:"externalRules"`
	ResourceRules json.RawMessage   `json:"resourceRules"`
}

// readFile reads a file, whether bare or in a ConfigMap.
func readFile(data []byte) (*file, []Finding, error) {
	text, findings, err := toJSON(data)
	if err != nil {
		return nil, nil, err
	}
	var manifest struct {
		Kind string            `json:"kind"`
		Data map[string]string `json:"data"`
	}
	if json.Unmarshal(text, &manifest) == nil && manifest.Kind == "ConfigMap" {
		inner, err := only(manifest.Data)
		if err != nil {
			return nil, nil, err
		}
		if text, findings, err = toJSON([]byte(inner)); err != nil {
			return nil, nil, fmt.Errorf("in the ConfigMap %w", err)
		}
	}
	var f file
	if err := strict(text, &f); err != nil {
		return nil, nil, fmt.Errorf("the rules cannot be read: %w; the parts of a rules file are custom, external and resources, "+
			"and prometheus-adapter's rules, externalRules and resourceRules", err)
	}
	return &f, findings, nil
}

// only gives the text of a ConfigMap that holds one, or the one that has the usual name.
func only(data map[string]string) (string, error) {
	names := slices.Sorted(maps.Keys(data))
	if len(names) == 1 {
		return data[names[0]], nil
	}
	for _, usual := range []string{"config.yaml", "rules.yaml"} {
		if text, ok := data[usual]; ok {
			return text, nil
		}
	}
	return "", fmt.Errorf("the ConfigMap has the keys %v: one of them must be config.yaml or rules.yaml", names)
}

// toJSON reads YAML, and mends what is broken in a way that is common in prometheus-adapter's own examples.
func toJSON(data []byte) ([]byte, []Finding, error) {
	text, err := yaml.YAMLToJSONStrict(data)
	if err == nil {
		return text, nil, nil
	}
	mended, lines := mendQuotes(string(data))
	if text, again := yaml.YAMLToJSONStrict([]byte(mended)); again == nil {
		return text, []Finding{{Severity: Warning, Message: fmt.Sprintf("in the lines %v there are double quotes within double quotes, "+
			"which is not YAML; they are read as if they had a backslash before them: put single quotes around such texts", lines)}}, nil
	}
	return nil, nil, fmt.Errorf("the rules are not YAML: %w", err)
}

// quoted is a line whose value is in double quotes as a whole.
var quoted = regexp.MustCompile(`^(\s*(?:- )?"?\w+"?:\s+")(.*)("\s*)$`)

// mendQuotes puts a backslash before each double quote within double quotes, and gives the numbers of the lines changed.
func mendQuotes(text string) (mended string, changed []int) {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		parts := quoted.FindStringSubmatch(line)
		if parts == nil {
			continue
		}
		if inner := escapeQuotes(parts[2]); inner != parts[2] {
			lines[i] = parts[1] + inner + parts[3]
			changed = append(changed, i+1)
		}
	}
	return strings.Join(lines, "\n"), changed
}

// escapeQuotes puts a backslash before each double quote that has none.
func escapeQuotes(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text):
			out.WriteByte(text[i])
			i++
		case text[i] == '"':
			out.WriteByte('\\')
		}
		out.WriteByte(text[i])
	}
	return out.String()
}

// strict reads JSON and refuses fields that nobody would look at.
func strict(text []byte, into any) error {
	unknown, err := kjson.UnmarshalStrict(text, into)
	return errors.Join(append(unknown, err)...)
}
