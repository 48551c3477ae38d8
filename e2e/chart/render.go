package chart

import (
	"fmt"
	"maps"
	"path"
	"slices"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/releaseutil"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// Release says what to render.
type Release struct {
	// Directory of the chart.
	Directory string
	// Name and Namespace of the release.
	Name, Namespace string
	// Values that differ from the chart's own, as one writes them in a values file. They are checked against the chart's schema.
	Values map[string]any
}

// Rendered is what Helm would install.
type Rendered struct {
	// CRDs go first, and must be established before the rest.
	CRDs []*unstructured.Unstructured
	// Objects are in the order in which Helm installs them.
	Objects []*unstructured.Unstructured
	// Notes are what Helm prints at the end.
	Notes string
}

// Render renders a release of the chart. Values that the chart's schema refuses are an error that names them.
func Render(release Release) (*Rendered, error) {
	source, err := loader.LoadDir(release.Directory)
	if err != nil {
		return nil, fmt.Errorf("loading the chart: %w", err)
	}
	options := chartutil.ReleaseOptions{Name: release.Name, Namespace: release.Namespace, Revision: 1, IsInstall: true}
	values, err := chartutil.ToRenderValues(source, release.Values, options, chartutil.DefaultCapabilities)
	if err != nil {
		return nil, fmt.Errorf("the values of the chart: %w", err)
	}
	files, err := engine.Render(source, values)
	if err != nil {
		return nil, fmt.Errorf("rendering the chart: %w", err)
	}

	rendered := &Rendered{}
	for _, crd := range source.CRDObjects() {
		if rendered.CRDs, err = appendObjects(rendered.CRDs, crd.Filename, string(crd.File.Data)); err != nil {
			return nil, err
		}
	}
	notes := path.Join(source.Name(), "templates", "NOTES.txt")
	rendered.Notes = files[notes]
	delete(files, notes)
	_, manifests, err := releaseutil.SortManifests(files, chartutil.DefaultCapabilities.APIVersions, releaseutil.InstallOrder)
	if err != nil {
		return nil, fmt.Errorf("the rendered chart: %w", err)
	}
	for _, manifest := range manifests {
		if rendered.Objects, err = appendObjects(rendered.Objects, manifest.Name, manifest.Content); err != nil {
			return nil, err
		}
	}
	return rendered, nil
}

// appendObjects parses the documents of one file. Unknown or doubled keys of YAML are errors.
func appendObjects(objects []*unstructured.Unstructured, file, content string) ([]*unstructured.Unstructured, error) {
	documents := releaseutil.SplitManifests(content)
	for _, key := range slices.Sorted(maps.Keys(documents)) {
		object := &unstructured.Unstructured{}
		if err := yaml.UnmarshalStrict([]byte(documents[key]), &object.Object); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		objects = append(objects, object)
	}
	return objects, nil
}
