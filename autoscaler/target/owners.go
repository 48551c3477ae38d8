package target

import (
	"unique"

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

// ownership returns a function that reports whether the target owns a pod that its selector matches. The selector also matches
// pods of other owners with the same labels.
func (p *Pods) ownership(ref Ref) func(*Pod) bool {
	target := schema.FromAPIVersionAndKind(ref.APIVersion, ref.Kind).GroupKind()
	if !owning[target] {
		return func(*Pod) bool { return true }
	}
	var last unique.Handle[owner] // most pods of a target have the same controller
	var owned, asked bool
	return func(pod *Pod) bool {
		if !asked || pod.controller != last {
			last, owned, asked = pod.controller, p.owns(ref, target, pod.controller.Value()), true
		}
		return owned
	}
}

// owns reports whether the target is the controller of a pod, or the controller of that controller.
func (p *Pods) owns(ref Ref, target schema.GroupKind, controller owner) bool {
	if controller == (owner{target.Group, target.Kind, ref.Name}) {
		return true
	}
	if target != deployment || controller.group != replicaSet.Group || controller.kind != replicaSet.Kind {
		return false
	}
	object, err := p.replicaSets.ByNamespace(ref.Namespace).Get(controller.name)
	if err != nil {
		return true // not in the informer's store yet: the pod counts
	}
	set, ok := object.(metav1.Object)
	if !ok {
		return true
	}
	return controllerOf(set) == (owner{target.Group, target.Kind, ref.Name})
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
