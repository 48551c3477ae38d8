package helm

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// addedField is a field of a later version of the CRDs.
const addedField = "addedLater"

// crdsKeepFields upgrades the CRDs, goes back, and upgrades again, by the command of docs/install.md, while the autoscaler writes
// the statuses of the objects. The field that only the later version has lasts until the way back.
func (i *installation) crdsKeepFields(t *testing.T) {
	t.Helper()
	i.run(t, "kubectl create namespace examples && kubectl create namespace staging")
	i.run(t, "kubectl -n examples apply --server-side -f docs/examples/autoscaler.yaml")
	for _, file := range []string{"job", "others", "scalewindow", "windows"} { // in namespaces of their own
		i.run(t, "kubectl apply --server-side -f docs/examples/"+file+".yaml")
	}
	before := i.specs(t)
	if len(before) < 6 {
		t.Errorf("found only %d objects", len(before))
	}
	later := i.laterCRDs(t)
	for _, crds := range []string{later, "charts/flyball/crds/", later, "charts/flyball/crds/"} {
		i.run(t, "kubectl apply --server-side --force-conflicts -f "+crds+
			" && kubectl wait --for=condition=Established crd/horizontalautoscalers.autoscaling.flyball.dev crd/scalewindows.autoscaling.flyball.dev")
		if diff := cmp.Diff(before, i.specs(t)); diff != "" {
			t.Errorf("the CRDs %s changed objects (-before +after):\n%s", crds, diff)
		}
		if crds == later {
			i.run(t, `kubectl -n examples patch ha web --type merge -p '{"spec":{"`+addedField+`":"yes"}}'`)
			i.run(t, `kubectl -n examples get ha web -o jsonpath='{.spec.`+addedField+`}' | grep yes`)
		} else {
			i.run(t, "kubectl -n examples annotate ha --all --overwrite written=\"$(date +%s%N)\"")
		}
	}
}

// laterCRDs writes the CRDs with one more field, and returns their folder.
func (i *installation) laterCRDs(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(i.files, "crds")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../../charts/flyball/crds/*.yaml")
	if err != nil || len(files) != 2 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		crd := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(text, &crd.Object); err != nil {
			t.Fatal(err)
		}
		version := crd.Object["spec"].(map[string]any)["versions"].([]any)[0].(map[string]any)
		if err := unstructured.SetNestedField(version, "string", "schema", "openAPIV3Schema", "properties", "spec", "properties", addedField, "type"); err != nil {
			t.Fatal(err)
		}
		if text, err = yaml.Marshal(crd.Object); err != nil {
			t.Fatal(err)
		}
		i.write(t, filepath.Join("crds", filepath.Base(file)), string(text))
	}
	return folder
}

// specs are the specs of all objects, without the field that only later CRDs have.
func (i *installation) specs(t *testing.T) map[string]any {
	t.Helper()
	found := map[string]any{}
	autoscalers, err := i.api.AutoscalingV1alpha1().HorizontalAutoscalers("").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	windows, err := i.api.AutoscalingV1alpha1().ScaleWindows("").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range autoscalers.Items {
		found["HorizontalAutoscaler "+a.Namespace+"/"+a.Name] = a.Spec
	}
	for _, w := range windows.Items {
		found["ScaleWindow "+w.Namespace+"/"+w.Name] = w.Spec
	}
	text, err := json.Marshal(found)
	if err != nil {
		t.Fatal(err)
	}
	plain := map[string]any{}
	if err := json.Unmarshal(text, &plain); err != nil {
		t.Fatal(err)
	}
	return plain
}
