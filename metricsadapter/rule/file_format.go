package rule

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kjson "sigs.k8s.io/json"

	"flyball.dev/flyball/metricsadapter/manifest"
)

// CustomRule is a rule of custom.metrics.k8s.io as written.
type CustomRule struct {
	// Name of the metric.
	Name string `json:"name"`
	// Query in PromQL. Its outermost grouping has the labels that identify the object; metric selectors can use further
	// labels.
	Query string `json:"query"`
	// Describes is the resource of the described objects, as resource.group. Default pods.
	Describes string `json:"describes,omitempty"`
	// Kind, APIVersion and ClusterScoped describe the resource of Describes, if it is not built in.
	Kind          string `json:"kind,omitempty"`
	APIVersion    string `json:"apiVersion,omitempty"`
	ClusterScoped bool   `json:"clusterScoped,omitempty"`
	// Server is the name of the Prometheus connection to ask. Default: the default connection.
	Server string `json:"server,omitempty"`
	// Labels are the labels that identify the object.
	Labels LabelNames `json:"labels,omitempty"`
	Limits `json:",inline"`
}

// ExternalRule is a rule of external.metrics.k8s.io as written.
type ExternalRule struct {
	// Name of the metric.
	Name string `json:"name"`
	// Query in PromQL.
	Query string `json:"query"`
	// Server is the name of the Prometheus connection to ask. Default: the default connection.
	Server string `json:"server,omitempty"`
	// NamespaceLabel is the label with the namespace that may read a series. Default namespace.
	NamespaceLabel string `json:"namespaceLabel,omitempty"`
	// ClusterWide lets every namespace read every series.
	ClusterWide bool `json:"clusterWide,omitempty"`
	Limits      `json:",inline"`
}

// ResourceRule is a rule for one resource of metrics.k8s.io as written.
type ResourceRule struct {
	// Containers is the usage of each container, grouped by namespace, pod and container.
	Containers *ResourceQuery `json:"containers,omitempty"`
	// Nodes is the usage of each node, grouped by node.
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

// LabelNames are labels of a query result. The default is the lower-case kind: namespace, pod, container, node.
type LabelNames struct {
	Namespace string `json:"namespace,omitempty"`
	Object    string `json:"object,omitempty"`
	Container string `json:"container,omitempty"`
}

// Limits of the age of samples, and their window.
type Limits struct {
	// MaxAge above which a sample counts as unknown. Default 2m.
	MaxAge *metav1.Duration `json:"maxAge,omitempty"`
	// Window over which a sample was measured. Default: the query's longest range.
	Window *metav1.Duration `json:"window,omitempty"`
}

// file is a rules file before its rules are parsed, so that an invalid rule does not affect the others.
type file struct {
	Custom    []json.RawMessage          `json:"custom"`
	External  []json.RawMessage          `json:"external"`
	Resources map[string]json.RawMessage `json:"resources"`

	// Fields of prometheus-adapter's configuration.
	Rules         []json.RawMessage `json:"rules"`
	ExternalRules []json.RawMessage `json:"externalRules"`
	ResourceRules json.RawMessage   `json:"resourceRules"`
}

// toJSON converts a YAML document to JSON, and repairs a quoting error that is common in prometheus-adapter's examples.
func toJSON(d manifest.Document) ([]byte, []Finding, error) {
	text, err := d.JSON()
	if err == nil {
		return text, nil, nil
	}
	mended, lines := mendQuotes(string(d.Text), d.Line)
	if text, again := (manifest.Document{Line: d.Line, Text: []byte(mended)}).JSON(); again == nil {
		return text, []Finding{{Severity: Warning, Message: fmt.Sprintf("lines %v have double quotes within double quotes, "+
			"which is not YAML; they are read as if escaped by a backslash: put such strings in single quotes", lines)}}, nil
	}
	if bytes.Contains(d.Text, []byte("{{")) {
		return nil, nil, fmt.Errorf("the rules are not YAML: %w; {{ is part of a template: render it first, for example with helm template", err)
	}
	return nil, nil, fmt.Errorf("the rules are not YAML: %w", err)
}

// quoted matches a line whose whole value is in double quotes.
var quoted = regexp.MustCompile(`^(\s*(?:- )?"?\w+"?:\s+")(.*)("\s*)$`)

// mendQuotes escapes double quotes within double quotes, and returns the numbers of the changed lines, counted from
// first.
func mendQuotes(text string, first int) (mended string, changed []int) {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		parts := quoted.FindStringSubmatch(line)
		if parts == nil {
			continue
		}
		if inner := escapeQuotes(parts[2]); inner != parts[2] {
			lines[i] = parts[1] + inner + parts[3]
			changed = append(changed, first+i)
		}
	}
	return strings.Join(lines, "\n"), changed
}

// escapeQuotes escapes each unescaped double quote.
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

// unmarshalStrict parses JSON and rejects unknown fields. Its error contains no Go types.
func unmarshalStrict(text []byte, into any) error {
	unknown, err := kjson.UnmarshalStrict(text, into)
	return errors.Join(append(unknown, yamlTypeError(err))...)
}

// yamlTypeError rewrites a type error in YAML's terms.
func yamlTypeError(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("%s: must be %s, and is %s", cmp.Or(wrong.Field, "the whole"), yamlTypeName(wrong.Type), cmp.Or(jsonTypeNames[wrong.Value], wrong.Value))
	}
	return err
}

// yamlTypeName returns the YAML name of a type.
func yamlTypeName(t reflect.Type) string {
	if t == reflect.TypeFor[json.RawMessage]() {
		return "a value"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a string"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Map, reflect.Struct:
		return "a mapping"
	}
	return "a number"
}

// jsonTypeNames maps JSON types to YAML names.
var jsonTypeNames = map[string]string{
	"array": "a list", "object": "a mapping", "string": "a string", "number": "a number", "bool": "true or false", "null": "null",
}
