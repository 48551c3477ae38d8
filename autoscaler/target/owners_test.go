package target

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/tools/cache"
)

// owned gives an object's metadata with a controller; an empty kind is none.
func owned(name, apiVersion, kind, owner string) metav1.ObjectMeta {
	meta := metav1.ObjectMeta{Namespace: "shop", Name: name, Labels: map[string]string{"app": "web"}}
	if kind != "" {
		meta.OwnerReferences = []metav1.OwnerReference{
			{APIVersion: "v1", Kind: "Node", Name: "not-the-controller"},
			{APIVersion: apiVersion, Kind: kind, Name: owner, Controller: new(true)},
		}
	}
	return meta
}

// TestOfReturnsOwnedPodsOnly: all these pods have the labels that the target selects.
func TestOfReturnsOwnedPodsOnly(t *testing.T) {
	var pods []*corev1.Pod
	for _, meta := range []metav1.ObjectMeta{
		owned("web-new-1", "apps/v1", "ReplicaSet", "web-new"),
		owned("web-old-1", "apps/v1", "ReplicaSet", "web-old"),
		owned("web-unseen-1", "apps/v1", "ReplicaSet", "web-unseen"),
		owned("canary-1", "apps/v1", "ReplicaSet", "canary"),
		owned("migrate-1", "batch/v1", "Job", "web"),
		owned("web-0", "apps/v1", "StatefulSet", "web"),
		owned("bare", "", "", ""),
		owned("rocket-1", "space/v1", "Rocket", "engine"),
	} {
		pods = append(pods, &corev1.Pod{ObjectMeta: meta})
	}
	sets := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc})
	for _, meta := range []metav1.ObjectMeta{
		owned("web-new", "apps/v1", "Deployment", "web"),
		owned("web-old", "apps/v1", "Deployment", "web"),
		owned("canary", "apps/v1", "Deployment", "web-canary"),
	} {
		compact, err := compactReplicaSet(&metav1.PartialObjectMetadata{ObjectMeta: meta})
		if err != nil {
			t.Fatal(err)
		}
		if err := sets.Add(compact); err != nil {
			t.Fatal(err)
		}
	}
	finder := podsOf(t, sets, pods...)
	for name, tc := range map[string]struct {
		ref  Ref
		want []string
	}{
		"a Deployment, through its ReplicaSets": {Ref{Namespace: "shop", APIVersion: "apps/v1", Kind: "Deployment", Name: "web"}, []string{"web-new-1", "web-old-1", "web-unseen-1"}},
		"whatever version it is named by":       {Ref{Namespace: "shop", APIVersion: "apps/v1beta1", Kind: "StatefulSet", Name: "web"}, []string{"web-0"}},
		"one ReplicaSet":                        {Ref{Namespace: "shop", APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "web-old"}, []string{"web-old-1"}},
		"a Job":                                 {Ref{Namespace: "shop", APIVersion: "batch/v1", Kind: "Job", Name: "web"}, []string{"migrate-1"}},
		"a kind whose pods say nothing":         {Ref{Namespace: "shop", APIVersion: "space/v1", Kind: "Fleet", Name: "web"}, []string{"bare", "canary-1", "migrate-1", "rocket-1", "web-0", "web-new-1", "web-old-1", "web-unseen-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, pod := range finder.Of(tc.ref, labels.SelectorFromSet(labels.Set{"app": "web"})) {
				got = append(got, pod.Name())
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("pods (-want +got):\n%s", diff)
			}
		})
	}
}
