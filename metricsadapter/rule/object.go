package rule

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Object is the kind of the described objects.
type Object struct {
	Resource   schema.GroupResource
	Kind       schema.GroupVersionKind
	Namespaced bool
}

// Label returns the default label that identifies such objects: the kind in lower case.
func (o Object) Label() string { return strings.ToLower(o.Kind.Kind) }

// Pods, Nodes and Namespaces are kinds with special handling.
var (
	Pods       = found("pods")
	Nodes      = found("nodes")
	Namespaces = found("namespaces")
)

func found(plural string) Object {
	o, _ := builtin{}.Find("", plural) // a test checks that it is built in
	return o
}

// object returns the object that a rule describes.
func (r *CustomRule) object() (Object, error) {
	describes := r.Describes
	if describes == "" {
		describes = Pods.Resource.String()
	}
	resource := schema.ParseGroupResource(describes)
	if resource.Resource == "" {
		return Object{}, fmt.Errorf("describes %q has no resource: write resource.group, such as rollouts.argoproj.io", describes)
	}
	if o, ok := Builtin.Find(resource.Group, resource.Resource); ok {
		if r.Kind != "" || r.APIVersion != "" || r.ClusterScoped {
			return Object{}, fmt.Errorf("kind, apiVersion and clusterScoped are not allowed for %s, which is built in", describes)
		}
		return o, nil
	}
	if r.Kind == "" || r.APIVersion == "" {
		return Object{}, fmt.Errorf("describes %q is not a built-in resource: add its kind and apiVersion, "+
			"for example kind: Deployment and apiVersion: apps/v1", describes)
	}
	o := object(r.APIVersion, r.Kind, !r.ClusterScoped)
	o.Resource = resource
	if o.Kind.Version == "" || o.Resource.Group != o.Kind.Group {
		return Object{}, fmt.Errorf("describes %q and apiVersion %q have different groups", describes, r.APIVersion)
	}
	return o, nil
}
