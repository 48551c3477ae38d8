package target

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"
)

// podsOf returns Pods with the given objects, which a transform has compacted as in the informer.
func podsOf(t testing.TB, replicaSets cache.KeyGetter, objects ...*corev1.Pod) *Pods {
	t.Helper()
	index := newPodIndex()
	for _, object := range objects {
		pod, err := compactPod(object)
		if err != nil {
			t.Fatal(err)
		}
		index.OnAdd(pod, true)
	}
	return &Pods{index: index, replicaSets: replicaSets}
}

// noReplicaSets is an informer of ReplicaSets that does not run.
func noReplicaSets() cache.SharedIndexInformer {
	return cache.NewSharedIndexInformer(&cache.ListWatch{}, &metav1.PartialObjectMetadata{}, 0, cache.Indexers{})
}
