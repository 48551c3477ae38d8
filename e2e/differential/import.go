package differential

import (
	"encoding/json"
	"fmt"

	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/importer"
)

// importHPA returns the spec that flyball import hpa prints of an HPA with the spec, read from its YAML as the API server would.
func importHPA(spec json.RawMessage) (*v1alpha1.HorizontalAutoscalerSpec, error) {
	text, err := json.Marshal(map[string]any{
		"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": map[string]string{"name": "web", "namespace": "shop"}, "spec": spec,
	})
	if err != nil {
		return nil, err
	}
	var hpa map[string]any
	if err := kjson.UnmarshalCaseSensitivePreserveInts(text, &hpa); err != nil {
		return nil, err
	}
	result, err := importer.Import(importer.HPA, []map[string]any{hpa}, importer.Options{TimeZone: "UTC"})
	switch {
	case err != nil:
		return nil, err
	case !result.Complete() || len(result.Autoscalers) != 1:
		return nil, fmt.Errorf("%d autoscalers, and the report %v", len(result.Autoscalers), result.Report)
	}
	printed, err := yaml.Marshal(&result.Autoscalers[0])
	if err != nil {
		return nil, err
	}
	read := &v1alpha1.HorizontalAutoscaler{}
	return &read.Spec, yaml.UnmarshalStrict(printed, read)
}
