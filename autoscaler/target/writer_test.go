package target

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestWriterOfIsTheLatestOwnerOfTheReplicas(t *testing.T) {
	entry := func(manager, subresource string, second int64, fields string) metav1.ManagedFieldsEntry {
		return metav1.ManagedFieldsEntry{
			Manager: manager, Subresource: subresource, Time: new(metav1.Unix(second, 0)), FieldsV1: metav1.NewFieldsV1(fields),
		}
	}
	const replicas, parallelism, template = `{"f:spec":{"f:replicas":{}}}`, `{"f:spec":{"f:parallelism":{}}}`, `{"f:spec":{"f:template":{}}}`
	for name, test := range map[string]struct {
		entries []metav1.ManagedFieldsEntry
		want    string
	}{
		"none":               {nil, ""},
		"one":                {[]metav1.ManagedFieldsEntry{entry("helm", "", 5, template), entry("kubectl", "scale", 3, replicas)}, "kubectl"},
		"two that agree":     {[]metav1.ManagedFieldsEntry{entry("argocd", "", 9, replicas), entry("kubectl", "scale", 3, replicas)}, "argocd"},
		"a Job":              {[]metav1.ManagedFieldsEntry{entry("kubectl-edit", "", 1, parallelism), entry("helm", "", 2, template)}, "kubectl-edit"},
		"another path":       {[]metav1.ManagedFieldsEntry{entry("helm", "", 7, template), entry("keda", "scale", 2, `{"f:spec":{"f:size":{}}}`)}, "keda"},
		"without time":       {[]metav1.ManagedFieldsEntry{{Manager: "old", FieldsV1: metav1.NewFieldsV1(replicas)}}, "old"},
		"unreadable":         {[]metav1.ManagedFieldsEntry{entry("odd", "", 1, `{`)}, ""},
		"the status is none": {[]metav1.ManagedFieldsEntry{entry("kube-controller-manager", "status", 1, `{"f:status":{"f:replicas":{}}}`)}, ""},
	} {
		if got := writerOf(test.entries); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}
