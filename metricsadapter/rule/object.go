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

// Pods and Nodes are what resource metrics describe, besides others.
var (
	Pods  = known["pods"]
	Nodes = known["nodes"]
	// Namespaces are described by the metrics of a namespace as a whole.
	Namespaces = known["namespaces"]
)

// known resources need no kind in a rule. The list is fixed so that no discovery is needed: it would fetch every group of
// the cluster at start, for a handful of names.
var known = table(
	row("v1", "Pod", "pods", true),
	row("v1", "Service", "services", true),
	row("v1", "PersistentVolumeClaim", "persistentvolumeclaims", true),
	row("v1", "Namespace", "namespaces", false),
	row("v1", "Node", "nodes", false),
	row("apps/v1", "Deployment", "deployments", true),
	row("apps/v1", "StatefulSet", "statefulsets", true),
	row("apps/v1", "DaemonSet", "daemonsets", true),
	row("apps/v1", "ReplicaSet", "replicasets", true),
	row("batch/v1", "Job", "jobs", true),
	row("batch/v1", "CronJob", "cronjobs", true),
	row("networking.k8s.io/v1", "Ingress", "ingresses", true),
)

func row(apiVersion, kind, resource string, namespaced bool) Object {
	gvk := schema.FromAPIVersionAndKind(apiVersion, kind)
	return Object{Resource: schema.GroupResource{Group: gvk.Group, Resource: resource}, Kind: gvk, Namespaced: namespaced}
}

func table(rows ...Object) map[string]Object {
	t := make(map[string]Object, len(rows))
	for _, o := range rows {
		t[o.Resource.String()] = o
	}
	return t
}

// object tells what a rule describes.
func (r *CustomRule) object() (Object, error) {
	describes := r.Describes
	if describes == "" {
		describes = Pods.Resource.String()
	}
	if o, ok := known[describes]; ok {
		if r.Kind != "" || r.APIVersion != "" || r.ClusterScoped {
			return Object{}, fmt.Errorf("kind, apiVersion and clusterScoped are not taken for %s, which is known", describes)
		}
		return o, nil
	}
	if r.Kind == "" || r.APIVersion == "" {
		return Object{}, fmt.Errorf("describes %q is not a resource that is known here: add its kind and apiVersion, "+
			"for example kind: Deployment and apiVersion: apps/v1", describes)
	}
	o := row(r.APIVersion, r.Kind, "", !r.ClusterScoped)
	o.Resource = schema.ParseGroupResource(describes)
	if o.Kind.Version == "" || o.Resource.Group != o.Kind.Group {
		return Object{}, fmt.Errorf("describes %q and apiVersion %q name different groups", describes, r.APIVersion)
	}
	return o, nil
}
