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
	object, found, err := p.replicaSets.GetByKey(ref.Namespace + "/" + controller.name)
	set, ok := object.(*ownedSet)
	if err != nil || !found || !ok {
		return true // not in the informer's store yet: the pod counts
	}
	return set.controller.Value() == (owner{target.Group, target.Kind, ref.Name})
}

// ownedSet is what this package keeps of a ReplicaSet. A Deployment has eleven of them by default, so their size counts.
type ownedSet struct {
	namespace     unique.Handle[string]
	name, version string
	controller    unique.Handle[owner]
}

// GetObjectMeta returns the metadata by which informers and their stores identify the ReplicaSet.
func (s *ownedSet) GetObjectMeta() metav1.Object {
	return &metav1.ObjectMeta{Namespace: s.namespace.Value(), Name: s.name, ResourceVersion: s.version}
}

var _ metav1.ObjectMetaAccessor = (*ownedSet)(nil)

// compactReplicaSet is the transform of the informer of the metadata of ReplicaSets.
func compactReplicaSet(object any) (any, error) {
	set, ok := object.(*metav1.PartialObjectMetadata)
	if !ok {
		return object, nil // compact already, or a cache.DeletedFinalStateUnknown
	}
	return &ownedSet{unique.Make(set.Namespace), set.Name, set.ResourceVersion, unique.Make(controllerOf(set))}, nil
}

var _ cache.TransformFunc = compactReplicaSet
