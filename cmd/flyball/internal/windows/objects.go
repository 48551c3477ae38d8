package windows

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/cmd/flyball/internal/input"
)

// objects are those that have the windows.
type objects struct {
	autoscalers []v1alpha1.HorizontalAutoscaler
	windows     []v1alpha1.ScaleWindow
	// live says that the objects are the cluster's, where an invalid one must not hide the others.
	live bool
}

// objects reads the file, or the cluster.
func (q *question) objects(command *cobra.Command) (*objects, error) {
	if q.file == "" {
		autoscalers, windows, err := q.cluster.Windows(command.Context(), q.allNamespaces)
		return &objects{autoscalers: autoscalers, windows: windows, live: true}, err
	}
	if q.allNamespaces {
		return nil, errors.New("--all-namespaces requires a cluster: use it without -f")
	}
	text, err := q.file.Read(command.InOrStdin())
	if err != nil {
		return nil, err
	}
	found := &objects{}
	if err := input.EachDocument(text, found.add); err != nil {
		return nil, fmt.Errorf("%s: %w", q.file, err)
	}
	if len(found.autoscalers)+len(found.windows) == 0 {
		return nil, fmt.Errorf("%s: no HorizontalAutoscaler or ScaleWindow of %s", q.file, v1alpha1.SchemeGroupVersion)
	}
	return found, nil
}

// add decodes an object or a list. It skips objects of other APIs, such as the Deployments of the same file.
func (o *objects) add(document []byte) error {
	var meta metav1.TypeMeta
	if err := json.Unmarshal(document, &meta); err != nil {
		return errors.New("not a Kubernetes object: apiVersion, kind, metadata and spec are required")
	}
	ours := meta.APIVersion == v1alpha1.SchemeGroupVersion.String()
	switch {
	case meta.Kind == "":
		return errors.New("kind: Required value: must be HorizontalAutoscaler or ScaleWindow")
	case meta.Kind == "List" && meta.APIVersion == "v1", ours && (meta.Kind == "HorizontalAutoscalerList" || meta.Kind == "ScaleWindowList"):
		return eachItem(document, o.add)
	case ours && meta.Kind == "HorizontalAutoscaler":
		var a v1alpha1.HorizontalAutoscaler
		if err := input.UnmarshalStrict(document, &a); err != nil {
			return fmt.Errorf("HorizontalAutoscaler: %w", err)
		}
		o.autoscalers = append(o.autoscalers, a)
	case ours && meta.Kind == "ScaleWindow":
		var w v1alpha1.ScaleWindow
		if err := input.UnmarshalStrict(document, &w); err != nil {
			return fmt.Errorf("ScaleWindow: %w", err)
		}
		o.windows = append(o.windows, w)
	case ours:
		return fmt.Errorf("kind: Unsupported value: %q: %s has the kinds HorizontalAutoscaler and ScaleWindow", meta.Kind, meta.APIVersion)
	case meta.Kind == "HorizontalAutoscaler" || meta.Kind == "ScaleWindow":
		return fmt.Errorf("apiVersion: Invalid value: %q: must be %s for kind %s", meta.APIVersion, v1alpha1.SchemeGroupVersion, meta.Kind)
	}
	return nil
}

// eachItem calls use with each item of a list.
func eachItem(document []byte, use func(document []byte) error) error {
	var list struct {
		Items []json.RawMessage `json:"items"`
	}
	if err := json.Unmarshal(document, &list); err != nil {
		return err
	}
	for i, item := range list.Items {
		if err := use(item); err != nil {
			return fmt.Errorf("items[%d]: %w", i, err)
		}
	}
	return nil
}
