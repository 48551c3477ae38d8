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

// CustomRule is as written; it makes a metric of custom.metrics.k8s.io.
type CustomRule struct {
	// Name of the metric.
	Name string `json:"name"`
	// Render in PromQL. Its outermost grouping holds the labels that name the object; further labels can be selected by.
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
	// Render in PromQL.
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
	// Render in PromQL.
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

// toJSON reads a YAML document, and mends what is broken in a way that is common in prometheus-adapter's own examples.
func toJSON(d manifest.Document) ([]byte, []Finding, error) {
	text, err := d.JSON()
	if err == nil {
		return text, nil, nil
	}
	mended, lines := mendQuotes(string(d.Text), d.Line)
	if text, again := (manifest.Document{Line: d.Line, Text: []byte(mended)}).JSON(); again == nil {
		return text, []Finding{{Severity: Warning, Message: fmt.Sprintf("in the lines %v there are double quotes within double quotes, "+
			"which is not YAML; they are read as if they had a backslash before them: put single quotes around such texts", lines)}}, nil
	}
	if bytes.Contains(d.Text, []byte("{{")) {
		return nil, nil, fmt.Errorf("the rules are not YAML: %w; {{ is of a template: render it first, for example with helm template", err)
	}
	return nil, nil, fmt.Errorf("the rules are not YAML: %w", err)
}

// quoted is a line whose value is in double quotes as a whole.
var quoted = regexp.MustCompile(`^(\s*(?:- )?"?\w+"?:\s+")(.*)("\s*)$`)

// mendQuotes puts a backslash before each double quote within double quotes, and gives the numbers of the lines changed,
// of which the first has the number first.
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

// unmarshalStrict reads JSON and refuses fields that nobody would look at. Its error has no type of Go in it.
func unmarshalStrict(text []byte, into any) error {
	unknown, err := kjson.UnmarshalStrict(text, into)
	return errors.Join(append(unknown, yamlTypeError(err))...)
}

// yamlTypeError puts an error about a form in the words of YAML.
func yamlTypeError(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("%s: must be %s, and is %s", cmp.Or(wrong.Field, "the whole"), yamlTypeName(wrong.Type), cmp.Or(jsonTypeNames[wrong.Value], wrong.Value))
	}
	return err
}

// yamlTypeName says which form in YAML fits a type.
func yamlTypeName(t reflect.Type) string {
	if t == reflect.TypeFor[json.RawMessage]() {
		return "a value"
	}
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a text"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Map, reflect.Struct:
		return "a mapping"
	}
	return "a number"
}

// jsonTypeNames are the forms of JSON in the words of YAML.
var jsonTypeNames = map[string]string{
	"array": "a list", "object": "a mapping", "string": "a text", "number": "a number", "bool": "true or false", "null": "null",
}
