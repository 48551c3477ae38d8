package rule

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Object is the kind of object that a metric describes.
type Object struct {
	Resource   schema.GroupResource
	Kind       schema.GroupVersionKind
	Namespaced bool
}

// Label is the label that names such objects, unless a rule says otherwise: the kind in lower case.
func (o Object) Label() string { return strings.ToLower(o.Kind.Kind) }

// Pods, Nodes and Namespaces are those that are asked for by name.
var (
	Pods       = found("pods")
	Nodes      = found("nodes")
	Namespaces = found("namespaces")
)

func found(plural string) Object {
	o, _ := builtin{}.Find("", plural) // a test holds that it is there
	return o
}

// readObject tells what a rule describes.
func (r *CustomRule) object() (Object, error) {
	describes := r.Describes
	if describes == "" {
		describes = Pods.Resource.String()
	}
	resource := schema.ParseGroupResource(describes)
	if resource.Resource == "" {
		return Object{}, fmt.Errorf("describes %q names no resource: write it before the group, as rollouts.argoproj.io", describes)
	}
	if o, ok := Builtin.Find(resource.Group, resource.Resource); ok {
		if r.Kind != "" || r.APIVersion != "" || r.ClusterScoped {
			return Object{}, fmt.Errorf("kind, apiVersion and clusterScoped are not taken for %s, which is known", describes)
		}
		return o, nil
	}
	if r.Kind == "" || r.APIVersion == "" {
		return Object{}, fmt.Errorf("describes %q is not a resource that is known here: add its kind and apiVersion, "+
			"for example kind: Deployment and apiVersion: apps/v1", describes)
	}
	o := object(r.APIVersion, r.Kind, !r.ClusterScoped)
	o.Resource = resource
	if o.Kind.Version == "" || o.Resource.Group != o.Kind.Group {
		return Object{}, fmt.Errorf("describes %q and apiVersion %q name different groups", describes, r.APIVersion)
	}
	return o, nil
}
