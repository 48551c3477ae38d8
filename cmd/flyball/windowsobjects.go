package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/metricsadapter/manifest"
)

// objects are those that windows come from.
type objects struct {
	autoscalers []v1alpha1.HorizontalAutoscaler
	windows     []v1alpha1.ScaleWindow
	// live says that they are in force, or refused, whatever is found wrong with them here.
	live bool
}

func (q *windowsQuestion) objects(command *cobra.Command) (*objects, error) {
	if q.input == "" {
		return q.inCluster(command)
	}
	if q.everywhere {
		return nil, errors.New("--all-namespaces is about the cluster: leave it out with -f")
	}
	text, err := q.input.read(command.InOrStdin())
	if err != nil {
		return nil, err
	}
	found := &objects{}
	if err := eachDocument(text, found.add); err != nil {
		return nil, fmt.Errorf("%s: %w", q.input, err)
	}
	if len(found.autoscalers)+len(found.windows) == 0 {
		return nil, fmt.Errorf("%s: there is no HorizontalAutoscaler and no ScaleWindow of %s in it", q.input, v1alpha1.SchemeGroupVersion)
	}
	return found, nil
}

func (q *windowsQuestion) inCluster(command *cobra.Command) (*objects, error) {
	namespace := metav1.NamespaceAll
	var err error
	if !q.everywhere {
		if namespace, err = q.cluster.namespace(); err != nil {
			return nil, err
		}
	}
	client, err := q.cluster.client()
	if err != nil {
		return nil, err
	}
	autoscalers, err := client.AutoscalingV1alpha1().HorizontalAutoscalers(namespace).List(command.Context(), metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("listing the HorizontalAutoscalers: %w", err)
	}
	windows, err := client.AutoscalingV1alpha1().ScaleWindows(namespace).List(command.Context(), metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("listing the ScaleWindows: %w", err)
	}
	return &objects{autoscalers: autoscalers.Items, windows: windows.Items, live: true}, nil
}

// eachDocument calls use with the JSON of each document of a YAML stream that holds anything.
func eachDocument(text []byte, use func(document []byte) error) error {
	for _, d := range manifest.Split(text) {
		document, err := d.JSON()
		if err == nil && !bytes.Equal(document, []byte("null")) {
			err = use(document)
		}
		if err != nil {
			return fmt.Errorf("document %d: %w", d.Number, err)
		}
	}
	return nil
}

// list is one of any kind.
type list struct {
	Items []json.RawMessage `json:"items"`
}

// eachItem calls use with each item of a list.
func eachItem(document []byte, use func(document []byte) error) error {
	var l list
	if err := json.Unmarshal(document, &l); err != nil {
		return err
	}
	for i, item := range l.Items {
		if err := use(item); err != nil {
			return fmt.Errorf("items[%d]: %w", i, err)
		}
	}
	return nil
}

// add takes an object or a list. What is of another API is passed by, as files hold Deployments, too.
func (o *objects) add(document []byte) error {
	var meta metav1.TypeMeta
	if err := json.Unmarshal(document, &meta); err != nil {
		return errors.New("it is no object of Kubernetes: write apiVersion, kind, metadata and spec")
	}
	ours := meta.APIVersion == v1alpha1.SchemeGroupVersion.String()
	switch {
	case meta.Kind == "":
		return errors.New("kind is empty: write HorizontalAutoscaler or ScaleWindow")
	case meta.Kind == "List" && meta.APIVersion == "v1", ours && (meta.Kind == "HorizontalAutoscalerList" || meta.Kind == "ScaleWindowList"):
		return eachItem(document, o.add)
	case ours && meta.Kind == "HorizontalAutoscaler":
		var a v1alpha1.HorizontalAutoscaler
		if err := strictly(document, &a); err != nil {
			return fmt.Errorf("HorizontalAutoscaler: %w", err)
		}
		o.autoscalers = append(o.autoscalers, a)
	case ours && meta.Kind == "ScaleWindow":
		var w v1alpha1.ScaleWindow
		if err := strictly(document, &w); err != nil {
			return fmt.Errorf("ScaleWindow: %w", err)
		}
		o.windows = append(o.windows, w)
	case ours:
		return fmt.Errorf("kind %q is not one of %s: write HorizontalAutoscaler or ScaleWindow", meta.Kind, meta.APIVersion)
	case meta.Kind == "HorizontalAutoscaler" || meta.Kind == "ScaleWindow":
		return fmt.Errorf("apiVersion is %q, where kind %s has %s", meta.APIVersion, meta.Kind, v1alpha1.SchemeGroupVersion)
	}
	return nil
}

// strictly reads an object, which may have old names of fields, and no field that it does not have.
func strictly(document []byte, into any) error {
	document, err := v1alpha1.RenameFieldsJSON(document)
	if err != nil {
		return err
	}
	return yaml.UnmarshalStrict(document, into)
}
