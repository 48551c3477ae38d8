package target

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/cache"
)

// owning are the kinds whose every pod names it, or a ReplicaSet of its, as its controller. For other kinds a pod's owners
// do not tell whose it is: their operators set owners as they like, so that the selector alone counts.
var owning = map[schema.GroupKind]bool{
	deployment:                           true,
	replicaSet:                           true,
	{Group: "apps", Kind: "StatefulSet"}: true,
	{Kind: "ReplicationController"}:      true,
	job:                                  true,
}

var (
	deployment = schema.GroupKind{Group: "apps", Kind: "Deployment"}
	replicaSet = schema.GroupKind{Group: "apps", Kind: "ReplicaSet"}
)

// owns says whether a pod that the target's selector matches is the target's. A selector is only a filter: it also
// matches pods of another owner that has the same labels.
func (p *Pods) owns(ref Ref, pod *corev1.Pod) bool {
	target := schema.FromAPIVersionAndKind(ref.APIVersion, ref.Kind).GroupKind()
	if !owning[target] {
		return true
	}
	owner := metav1.GetControllerOfNoCopy(pod)
	if owner == nil {
		return false
	}
	if is(owner, target, ref.Name) {
		return true
	}
	if target != deployment || schema.FromAPIVersionAndKind(owner.APIVersion, owner.Kind).GroupKind() != replicaSet {
		return false
	}
	object, err := p.replicaSets.ByNamespace(pod.Namespace).Get(owner.Name)
	if err != nil {
		return true // not in the informer's store yet: nothing is known against it
	}
	set, ok := object.(metav1.Object)
	if !ok {
		return true
	}
	above := metav1.GetControllerOfNoCopy(set)
	return above != nil && is(above, target, ref.Name)
}

func is(owner *metav1.OwnerReference, kind schema.GroupKind, name string) bool {
	return owner.Name == name && schema.FromAPIVersionAndKind(owner.APIVersion, owner.Kind).GroupKind() == kind
}

// StripReplicaSet is an informer transform that keeps of a ReplicaSet only whose it is.
func StripReplicaSet(object any) (any, error) {
	set, ok := object.(*metav1.PartialObjectMetadata)
	if !ok {
		return object, nil // a cache.DeletedFinalStateUnknown passes as it is
	}
	return &metav1.PartialObjectMetadata{
		TypeMeta: set.TypeMeta,
		ObjectMeta: metav1.ObjectMeta{
			Namespace: set.Namespace, Name: set.Name, UID: set.UID, ResourceVersion: set.ResourceVersion,
			OwnerReferences: set.OwnerReferences,
		},
	}, nil
}

var _ cache.TransformFunc = StripReplicaSet
