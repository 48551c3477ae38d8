package target

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/cache"
)

// kinds are those whose scale an informer has in full, with the resource that it watches. Of others, informers have the resource
// version, and a change of it causes a request for the scale.
var kinds = map[schema.GroupKind]schema.GroupVersionResource{
	deployment:                           appsv1.SchemeGroupVersion.WithResource("deployments"),
	replicaSet:                           appsv1.SchemeGroupVersion.WithResource("replicasets"),
	{Group: "apps", Kind: "StatefulSet"}: appsv1.SchemeGroupVersion.WithResource("statefulsets"),
	{Kind: "ReplicationController"}:      corev1.SchemeGroupVersion.WithResource("replicationcontrollers"),
	job:                                  batchv1.SchemeGroupVersion.WithResource("jobs"),
}

// scaled is the scale of an object in an informer; for kinds that are not in [kinds], only its resource version.
type scaled struct {
	namespace, name string
	Scale
}

// GetObjectMeta returns the metadata by which informers and their stores identify the object.
func (s *scaled) GetObjectMeta() metav1.Object {
	return &metav1.ObjectMeta{Namespace: s.namespace, Name: s.name, ResourceVersion: s.version}
}

var _ metav1.ObjectMetaAccessor = (*scaled)(nil)

// compactScale is the transform of the informers of targets.
func compactScale(object any) (any, error) {
	switch o := object.(type) {
	case *appsv1.Deployment:
		found := newScaled(o, deployment, o.Spec.Replicas, o.Status.Replicas, o.Spec.Selector)
		for i := range o.Status.Conditions {
			c := &o.Status.Conditions[i]
			found.refuse(c.Type == appsv1.DeploymentReplicaFailure, c.Status, c.Reason, c.Message)
		}
		return found, nil
	case *appsv1.ReplicaSet:
		found := newScaled(o, replicaSet, o.Spec.Replicas, o.Status.Replicas, o.Spec.Selector)
		for i := range o.Status.Conditions {
			c := &o.Status.Conditions[i]
			found.refuse(c.Type == appsv1.ReplicaSetReplicaFailure, c.Status, c.Reason, c.Message)
		}
		return found, nil
	case *appsv1.StatefulSet:
		found := newScaled(o, schema.GroupKind{Group: "apps", Kind: "StatefulSet"}, o.Spec.Replicas, o.Status.Replicas, o.Spec.Selector)
		found.Ordered = o.Spec.PodManagementPolicy != appsv1.ParallelPodManagement
		return found, nil
	case *corev1.ReplicationController:
		found := newScaled(o, schema.GroupKind{Kind: "ReplicationController"}, o.Spec.Replicas, o.Status.Replicas, &metav1.LabelSelector{})
		found.parsed = labels.SelectorFromSet(o.Spec.Selector)
		found.Selector = found.parsed.String()
		for i := range o.Status.Conditions {
			c := &o.Status.Conditions[i]
			found.refuse(c.Type == corev1.ReplicationControllerReplicaFailure, c.Status, c.Reason, c.Message)
		}
		return found, nil
	case *batchv1.Job:
		return &scaled{o.Namespace, o.Name, scaleOfJob(o)}, nil
	case *metav1.PartialObjectMetadata:
		return &scaled{o.Namespace, o.Name, Scale{version: o.ResourceVersion}}, nil
	default:
		return object, nil // compact already, or a cache.DeletedFinalStateUnknown
	}
}

var _ cache.TransformFunc = compactScale

// refuse sets Refused by a condition, if it is the one for failed pods: its controller cannot create or delete pods. A quota and
// an admission webhook refuse each pod in other words, and the condition has those of the first.
func (s *scaled) refuse(isReplicaFailure bool, status corev1.ConditionStatus, reason, message string) {
	if isReplicaFailure && status == corev1.ConditionTrue && reason == failedCreate {
		s.Refused = shortened(message)
	}
}

// failedCreate is the reason of the condition ReplicaFailure while a controller cannot create pods.
const failedCreate = "FailedCreate"

func newScaled(object metav1.Object, kind schema.GroupKind, replicas *int32, statusReplicas int32, by *metav1.LabelSelector) *scaled {
	found := &scaled{object.GetNamespace(), object.GetName(), Scale{
		Replicas: 1, StatusReplicas: statusReplicas,
		resource: kinds[kind].GroupResource(), uid: object.GetUID(), version: object.GetResourceVersion(),
	}}
	if replicas != nil {
		found.Replicas = *replicas
	}
	selector, err := metav1.LabelSelectorAsSelector(by)
	if err != nil {
		found.Scale = Scale{Err: fmt.Errorf("reading the selector of %s/%s: %w", kind.Kind, found.name, err), version: found.version}
		return found
	}
	found.parsed, found.Selector = selector, selector.String()
	return found
}
