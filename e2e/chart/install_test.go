package chart

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

var update = flag.Bool("update", false, "write what the chart renders to testdata, to be read and committed")

// values are the two that every installation sets, and then the given ones, as a values file has them.
func values(t *testing.T, more string) map[string]any {
	t.Helper()
	all := map[string]any{}
	for _, text := range []string{"image: {repository: registry.example/flyball}\nprometheus: {url: 'http://prometheus.monitoring:9090'}\n", more} {
		if err := yaml.Unmarshal([]byte(text), &all); err != nil {
			t.Fatalf("the values are not YAML: %v", err)
		}
	}
	return all
}

func render(t *testing.T, more string) *Rendered {
	t.Helper()
	rendered, err := Render(Release{Directory: "../../charts/flyball", Name: "flyball", Namespace: "flyball-system", Values: values(t, more)})
	if err != nil {
		t.Fatal(err)
	}
	return rendered
}

// The golden file is what a reviewer reads: what an installation gets. After a change to the chart, run
// `go test ./chart -update` and read the difference.
func TestInstallation(t *testing.T) {
	for name, more := range installations {
		t.Run(name, func(t *testing.T) {
			rendered := render(t, more)
			var got bytes.Buffer
			for _, object := range rendered.Objects {
				document, err := yaml.Marshal(withoutRules(object).Object)
				if err != nil {
					t.Fatal(err)
				}
				got.WriteString("---\n")
				got.Write(document)
			}
			golden := "testdata/" + name + ".yaml"
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("%s is not what the chart renders; if the change is meant, run go test ./chart -update (-golden +rendered):\n%s", golden, diff)
			}
		})
	}
}

// withoutRules leaves the text of the rules, and the digest of it, out of the golden file: they have their own tests.
func withoutRules(object *unstructured.Unstructured) *unstructured.Unstructured {
	object = object.DeepCopy()
	if object.GetKind() == "ConfigMap" {
		_ = unstructured.SetNestedField(object.Object, "...\n", "data", "rules.yaml")
	}
	if annotations, found, _ := unstructured.NestedStringMap(object.Object, "spec", "template", "metadata", "annotations"); found {
		annotations["flyball.dev/rules"] = "..."
		_ = unstructured.SetNestedStringMap(object.Object, annotations, "spec", "template", "metadata", "annotations")
	}
	return object
}

func TestRulesComeFromTheFileOrTheValues(t *testing.T) {
	file, err := os.ReadFile("../../charts/flyball/files/rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	// Helm trims the end of what it renders.
	if got := rulesOf(t, render(t, "")); got != strings.TrimSpace(string(file)) {
		t.Errorf("by default the ConfigMap holds\n%s\nwant files/rules.yaml", got)
	}
	if got := rulesOf(t, render(t, "rules: |\n  custom: []\n")); got != "custom: []" {
		t.Errorf("with rules of their own users get %q", got)
	}
}

func rulesOf(t *testing.T, rendered *Rendered) string {
	t.Helper()
	for _, object := range rendered.Objects {
		if object.GetKind() == "ConfigMap" {
			rules, _, err := unstructured.NestedString(object.Object, "data", "rules.yaml")
			if err != nil {
				t.Fatal(err)
			}
			return rules
		}
	}
	t.Fatal("the chart renders no ConfigMap")
	return ""
}
