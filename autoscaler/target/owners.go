package target

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/cache"
)

// owning has the kinds whose pods name the target, or a ReplicaSet of it, as their controller. For other kinds only the
// selector counts, because their operators set owners of their choice.
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

// owns reports whether the target owns a pod that its selector matches. The selector also matches pods of other owners with
// the same labels.
func (p *Pods) owns(ref Ref, pod *corev1.Pod) bool {
	target := schema.FromAPIVersionAndKind(ref.APIVersion, ref.Kind).GroupKind()
	if !owning[target] {
		return true
	}
	owner := metav1.GetControllerOfNoCopy(pod)
	if owner == nil {
		return false
	}
	if matches(owner, target, ref.Name) {
		return true
	}
	if target != deployment || schema.FromAPIVersionAndKind(owner.APIVersion, owner.Kind).GroupKind() != replicaSet {
		return false
	}
	object, err := p.replicaSets.ByNamespace(pod.Namespace).Get(owner.Name)
	if err != nil {
		return true // not in the informer's store yet: the pod counts
	}
	set, ok := object.(metav1.Object)
	if !ok {
		return true
	}
	above := metav1.GetControllerOfNoCopy(set)
	return above != nil && matches(above, target, ref.Name)
}

func matches(owner *metav1.OwnerReference, kind schema.GroupKind, name string) bool {
	return owner.Name == name && schema.FromAPIVersionAndKind(owner.APIVersion, owner.Kind).GroupKind() == kind
}

// StripReplicaSet is an informer transform that keeps only the name and the owners of a ReplicaSet.
func StripReplicaSet(object any) (any, error) {
	set, ok := object.(*metav1.PartialObjectMetadata)
	if !ok {
		return object, nil // a cache.DeletedFinalStateUnknown is returned unchanged
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
