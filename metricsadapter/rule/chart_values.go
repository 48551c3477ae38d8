package rule

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"flyball.dev/flyball/metricsadapter/manifest"
)

// embeddedValues are chart values within an object.
type embeddedValues struct {
	// path of the values in the object, such as spec.values.
	path string
	// chart name; empty where the object has none.
	chart string
	// values as a mapping, or text in YAML.
	values json.RawMessage
	text   string
	// otherSources are fields that load values from outside of the file, which override or extend those in it.
	otherSources []string
}

// embeddedValuesOf returns the possible chart values of an object; none for other kinds.
func embeddedValuesOf(o manifest.Object) ([]embeddedValues, error) {
	var spec struct {
		Spec json.RawMessage `json:"spec"`
	}
	var all []embeddedValues
	var err error
	group, _, _ := strings.Cut(o.APIVersion, "/")
	if hasSpec := json.Unmarshal(o.JSON, &spec) == nil; !hasSpec {
		return nil, nil
	}
	switch {
	case o.Kind == "HelmRelease":
		all, err = fluxValues(spec.Spec)
	case group == "helm.cattle.io" && (o.Kind == "HelmChart" || o.Kind == "HelmChartConfig"):
		all, err = k3sValues(spec.Spec)
	case group == "argoproj.io" && o.Kind == "Application":
		all, err = argoValues(spec.Spec, "spec.")
	case group == "argoproj.io" && o.Kind == "ApplicationSet":
		var set struct {
			Template struct {
				Spec json.RawMessage `json:"spec"`
			} `json:"template"`
		}
		if err = unmarshal(spec.Spec, &set); err == nil {
			all, err = argoValues(set.Template.Spec, "spec.template.spec.")
		}
	case o.Kind == "Kustomization" && group == "kustomize.config.k8s.io":
		all, err = kustomizeValues(o.JSON)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot parse the %s: %w", o.Kind, err)
	}
	return all, nil
}

func unmarshal(text []byte, into any) error {
	if len(text) == 0 {
		return nil
	}
	return yamlTypeError(json.Unmarshal(text, into))
}

// fluxValues reads Flux's HelmRelease, of both API generations.
func fluxValues(spec []byte) ([]embeddedValues, error) {
	var written struct {
		Chart struct {
			Name string `json:"name"`
			Spec struct {
				Chart       string   `json:"chart"`
				ValuesFiles []string `json:"valuesFiles"`
			} `json:"spec"`
		} `json:"chart"`
		Values     json.RawMessage `json:"values"`
		ValuesFrom []any           `json:"valuesFrom"`
	}
	if err := unmarshal(spec, &written); err != nil {
		return nil, err
	}
	h := embeddedValues{path: "spec.values", chart: path.Base(written.Chart.Spec.Chart + written.Chart.Name), values: written.Values}
	if len(written.ValuesFrom) > 0 {
		h.otherSources = append(h.otherSources, "spec.valuesFrom")
	}
	if len(written.Chart.Spec.ValuesFiles) > 0 {
		h.otherSources = append(h.otherSources, "spec.chart.spec.valuesFiles")
	}
	return []embeddedValues{h}, nil
}

// k3sValues reads the HelmChart of k3s.
func k3sValues(spec []byte) ([]embeddedValues, error) {
	var written struct {
		Chart         string         `json:"chart"`
		ValuesContent string         `json:"valuesContent"`
		Set           map[string]any `json:"set"`
		ValuesSecrets []any          `json:"valuesSecrets"`
	}
	if err := unmarshal(spec, &written); err != nil {
		return nil, err
	}
	h := embeddedValues{path: "spec.valuesContent", chart: chartOfURL(written.Chart), text: written.ValuesContent}
	if len(written.Set) > 0 {
		h.otherSources = append(h.otherSources, "spec.set")
	}
	if len(written.ValuesSecrets) > 0 {
		h.otherSources = append(h.otherSources, "spec.valuesSecrets")
	}
	return []embeddedValues{h}, nil
}

// chartOfURL returns the name of a chart from repository/name or the URL of its archive.
func chartOfURL(chart string) string {
	name := path.Base(chart)
	if strings.HasPrefix(name, chartName+"-") && strings.HasSuffix(name, ".tgz") {
		return chartName
	}
	return name
}

// argoValues reads the sources of an Argo CD Application.
func argoValues(spec []byte, prefix string) ([]embeddedValues, error) {
	type source struct {
		Chart string `json:"chart"`
		Helm  struct {
			Values         string          `json:"values"`
			ValuesObject   json.RawMessage `json:"valuesObject"`
			ValueFiles     []any           `json:"valueFiles"`
			Parameters     []any           `json:"parameters"`
			FileParameters []any           `json:"fileParameters"`
		} `json:"helm"`
	}
	var written struct {
		Source  *source  `json:"source"`
		Sources []source `json:"sources"`
	}
	if err := unmarshal(spec, &written); err != nil {
		return nil, err
	}
	var all []embeddedValues
	add := func(place string, s source) {
		h := embeddedValues{path: place + ".helm.values", chart: path.Base(s.Chart), text: s.Helm.Values}
		if len(s.Helm.ValuesObject) > 0 { // takes precedence over values in Argo CD
			h.path, h.text, h.values = place+".helm.valuesObject", "", s.Helm.ValuesObject
		}
		for _, other := range []struct {
			name string
			set  bool
		}{
			{"valueFiles", len(s.Helm.ValueFiles) > 0},
			{"parameters", len(s.Helm.Parameters) > 0},
			{"fileParameters", len(s.Helm.FileParameters) > 0},
			{"values", h.text != s.Helm.Values},
		} {
			if other.set {
				h.otherSources = append(h.otherSources, place+".helm."+other.name)
			}
		}
		all = append(all, h)
	}
	if written.Source != nil {
		add(prefix+"source", *written.Source)
	}
	for i, s := range written.Sources {
		add(fmt.Sprintf("%ssources[%d]", prefix, i), s)
	}
	return all, nil
}

// kustomizeValues reads the charts of a Kustomization.
func kustomizeValues(text []byte) ([]embeddedValues, error) {
	var written struct {
		HelmCharts []struct {
			Name                  string          `json:"name"`
			ValuesInline          json.RawMessage `json:"valuesInline"`
			ValuesFile            string          `json:"valuesFile"`
			AdditionalValuesFiles []string        `json:"additionalValuesFiles"`
		} `json:"helmCharts"`
		ConfigMapGenerator []any `json:"configMapGenerator"`
	}
	if err := unmarshal(text, &written); err != nil {
		return nil, err
	}
	var all []embeddedValues
	for i, c := range written.HelmCharts {
		prefix := fmt.Sprintf("helmCharts[%d].", i)
		h := embeddedValues{path: prefix + "valuesInline", chart: c.Name, values: c.ValuesInline}
		if c.ValuesFile != "" {
			h.otherSources = append(h.otherSources, prefix+"valuesFile")
		}
		if len(c.AdditionalValuesFiles) > 0 {
			h.otherSources = append(h.otherSources, prefix+"additionalValuesFiles")
		}
		all = append(all, h)
	}
	return all, nil
}

// readEmbedded reads the values of an object. It returns false without values of the chart.
func (r *reader) readEmbedded(h embeddedValues, prefix string) (bool, error) {
	values, err := h.mapping(r, prefix)
	if err != nil {
		return false, err
	}
	inner := h.path + "."
	charts := findValues(values, inner)
	if len(charts) == 0 && h.chart == chartName {
		charts = []chartValues{{inner, values}}
	}
	if len(charts) == 0 {
		return false, nil
	}
	if len(h.otherSources) > 0 {
		r.addFinding(Warning, prefix+h.path, "%s adds values that are not in the file: check the values in "+
			"force, with helm get values --all RELEASE -o yaml | flyball rules check -f -", strings.Join(h.otherSources, " and "))
	}
	return true, r.readCharts(charts, prefix)
}

// mapping returns the values as a mapping.
func (h embeddedValues) mapping(r *reader, prefix string) (map[string]json.RawMessage, error) {
	text := []byte(h.values)
	if h.text != "" {
		d, err := manifest.One([]byte(h.text))
		if err != nil {
			return nil, err
		}
		var findings []Finding
		if text, findings, err = toJSON(d); err != nil {
			return nil, err
		}
		for _, f := range findings {
			r.addFinding(f.Severity, prefix+h.path, "%s", f.Message)
		}
	}
	var values map[string]json.RawMessage
	if len(text) > 0 {
		if err := unmarshalStrict(text, &values); err != nil {
			return nil, err
		}
	}
	return values, nil
}
