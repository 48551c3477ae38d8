package takeover

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// change is one change of a manifest, which must be in force before the next one is made.
type change struct {
	comment string
	object  map[string]any
}

// changes returns what to change in a repository of manifests, in order, in the place of the writes of the steps.
func changes(o *observed, steps []Step, undoing bool) []change {
	var all []change
	for _, step := range steps {
		switch step.Name {
		case Stop:
			all = append(all, stopChange(step.other))
		case Enforce:
			all = append(all, change{"then set the mode", partial(o.autoscaler, v1alpha1.ModeEnforce)})
		case Watch:
			all = append(all, change{"set the mode", partial(o.autoscaler, v1alpha1.ModeShadow)})
		case Restore:
			all = append(all, change{"then restore " + describe(step.other), step.other.Object})
		}
	}
	if undoing && len(all) > 0 {
		all[len(all)-1].comment += ", once the autoscaler has observed the mode (status.observedGeneration)"
	}
	return all
}

func stopChange(other *unstructured.Unstructured) change {
	object := map[string]any{"apiVersion": other.GetAPIVersion(), "kind": other.GetKind(), "metadata": map[string]any{"name": other.GetName(), "namespace": other.GetNamespace()}}
	if other.GetKind() == kindHPA {
		return change{"delete this object, and wait until it is gone", object}
	}
	object["metadata"].(map[string]any)["annotations"] = map[string]any{pausedAnnotation: "true"}
	return change{"pause this object, and wait until its HPA is gone", object}
}

// partial is a merge patch of the mode.
func partial(a *v1alpha1.HorizontalAutoscaler, mode v1alpha1.Mode) map[string]any {
	return map[string]any{
		"apiVersion": v1alpha1.SchemeGroupVersion.String(), "kind": "HorizontalAutoscaler",
		"metadata": map[string]any{"name": a.Name, "namespace": a.Namespace}, "spec": map[string]any{"mode": mode},
	}
}

// manifests prints changes as YAML documents with comments.
func manifests(all []change) (string, error) {
	var text strings.Builder
	for i, c := range all {
		document, err := yaml.Marshal(c.object)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&text, "---\n# %d. %s\n%s", i+1, c.comment, document)
	}
	return text.String(), nil
}
