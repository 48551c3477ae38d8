package install

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// leadToLoopback turns the adapter's Service into another name for this machine and gives the APIServices the port that
// the adapter listens on here: the aggregation layer then calls it over loopback. All else stays as rendered.
func leadToLoopback(objects []*unstructured.Unstructured, port int64) error {
	for _, object := range objects {
		var err error
		switch object.GetKind() {
		case "Service":
			err = unstructured.SetNestedMap(object.Object, map[string]any{"type": "ExternalName", "externalName": "localhost"}, "spec")
		case "APIService":
			err = unstructured.SetNestedField(object.Object, port, "spec", "service", "port")
		}
		if err != nil {
			return fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
		}
	}
	return nil
}
