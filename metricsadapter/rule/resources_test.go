package rule

import (
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
)

// notResources are kinds without a resource: parts of requests, and of the subresources of other kinds.
var notResources = []string{
	"APIGroup", "APIVersions", "RangeAllocation", "SerializedReference", "Status", "WatchEvent", "Eviction", "Scale", "TokenRequest",
}

// kinds returns the stable kinds of Kubernetes, without those of its aggregated API servers.
func kinds() []schema.GroupVersionKind {
	var all []schema.GroupVersionKind
	for gvk := range scheme.Scheme.AllKnownTypes() {
		unstable := strings.Contains(gvk.Version, "alpha") || strings.Contains(gvk.Version, "beta") || gvk.Version == "__internal"
		auxiliary := strings.HasSuffix(gvk.Kind, "List") || strings.HasSuffix(gvk.Kind, "Options") || slices.Contains(notResources, gvk.Kind)
		if !unstable && !auxiliary {
			all = append(all, gvk)
		}
	}
	return all
}

func TestFindAcceptsEverySpellingOfBuiltInKinds(t *testing.T) {
	all := kinds()
	if len(all) < 50 {
		t.Fatalf("the scheme has only %d kinds", len(all))
	}
	for _, gvk := range all {
		plural, singular := meta.UnsafeGuessKindToResource(gvk)
		for _, word := range []string{gvk.Kind, plural.Resource, singular.Resource, strings.ToUpper(plural.Resource)} {
			if o, ok := Builtin.Find(gvk.Group, word); !ok || o.Resource != plural.GroupResource() || o.Kind.GroupKind() != gvk.GroupKind() {
				t.Errorf("%s of group %q is %v, %t", word, gvk.Group, o, ok)
			}
		}
	}
	for _, o := range builtins {
		if !slices.ContainsFunc(all, func(gvk schema.GroupVersionKind) bool { return gvk == o.Kind }) &&
			o.Resource.Group != "apiregistration.k8s.io" && o.Resource.Group != "apiextensions.k8s.io" {
			t.Errorf("%s is no kind of Kubernetes", o.Kind)
		}
	}
}

// TestFindMatchesUpstreamMapper compares Find with the mapper that prometheus-adapter uses.
func TestFindMatchesUpstreamMapper(t *testing.T) {
	var mappers meta.MultiRESTMapper
	var priority []schema.GroupVersionResource
	for _, o := range builtins {
		gv := o.Kind.GroupVersion()
		mapper := meta.NewDefaultRESTMapper([]schema.GroupVersion{gv})
		mapper.AddSpecific(o.Kind, gv.WithResource(o.Resource.Resource), gv.WithResource(o.Label()), meta.RESTScopeNamespace)
		mappers = append(mappers, mapper)
		priority = append(priority, gv.WithResource(meta.AnyResource))
	}
	upstream := meta.PriorityRESTMapper{Delegate: mappers, ResourcePriority: priority}
	words := []string{"pod", "Pods", "event", "endpoints", "endpoint", "ns", "deploy", "job", "svc", "service", "ingress", "instance", "container", "podList", ""}
	groups := []string{"", "apps", "storage", "events", "events.k8s.io", "networking", "extensions", "core", "v1"}
	for _, o := range builtins {
		words = append(words, o.Resource.Resource, o.Kind.Kind)
	}
	for _, group := range groups {
		for _, word := range words {
			want, err := upstream.ResourceFor(schema.GroupVersionResource{Group: group, Resource: word})
			got, ok := Builtin.Find(group, word)
			if ok != (err == nil) || got.Resource != want.GroupResource() {
				t.Errorf("%q of group %q is %v, %t; upstream has %v, %v", word, group, got.Resource, ok, want, err)
			}
		}
	}
}

func TestScopes(t *testing.T) {
	for word, want := range map[string]bool{
		"pod": true, "services": true, "Ingress": true, "persistentvolumeclaim": true, "hpa": false, "node": false,
		"namespace": false, "persistentvolume": false, "clusterrole": false, "horizontalpodautoscaler": true,
	} {
		if o, _ := Builtin.Find("", word); o.Namespaced != want {
			t.Errorf("%s is namespaced: %t, want %t", word, o.Namespaced, want)
		}
	}
	if Pods.Resource.Resource != "pods" || Nodes.Resource.Resource != "nodes" || Namespaces.Resource.Resource != "namespaces" {
		t.Errorf("those asked for by name are %v, %v, %v", Pods, Nodes, Namespaces)
	}
}
