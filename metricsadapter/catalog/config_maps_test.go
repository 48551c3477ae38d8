package catalog

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
)

func configMap(namespace, name string, data map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{"rules": "yes"}}, Data: data}
}

func TestConfigMapsAreDocumentsInOrder(t *testing.T) {
	client := fake.NewClientset(
		configMap("b", "one", map[string]string{"z.yaml": "z", "a.yaml": "a"}),
		configMap("a", "two", map[string]string{"x.yaml": "x"}),
		configMap("a", "one", map[string]string{"x.yaml": "y"}),
	)
	maps := NewConfigMaps(client, "", "rules=yes")
	if _, err := maps.Documents(); err == nil || !strings.Contains(err.Error(), "not listed by the API server yet") {
		t.Errorf("before it has started: %v", err)
	}
	maps.Start(t.Context())
	got, err := maps.Documents()
	if err != nil {
		t.Fatal(err)
	}
	want := []Document{
		{"ConfigMap a/one x.yaml", "y"},
		{"ConfigMap a/two x.yaml", "x"},
		{"ConfigMap b/one a.yaml", "a"},
		{"ConfigMap b/one z.yaml", "z"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("documents (-want +got):\n%s", diff)
	}
}

func TestFilePrecedesConfigMapsAndInvalidConfigMapIsSkipped(t *testing.T) {
	file, extra := &memory{name: "file-"}, &memory{name: "map-"}
	file.set(good)
	extra.set(broken, better)
	c, err := New(t.Context(), Options{Optional: []Source{extra}, Sources: []Source{file}})
	if err != nil {
		t.Fatal(err)
	}
	if got := externals(c); got != "depth lag" || c.Report().Sources[1].Problem == "" {
		t.Errorf("in force are %q, and the report is %+v", got, c.Report().Sources)
	}
	if holder := c.Report().Rules[1]; holder.InForce || !strings.Contains(holder.Reason, "a rule of file-a") {
		t.Errorf("the ConfigMap's rule of the same name: %+v", holder)
	}
}
