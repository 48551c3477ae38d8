package rule

import (
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Resources are the resources of a cluster.
type Resources interface {
	// Find returns the resource for a word: its plural, its singular or its kind, in any case. An empty group matches
	// any group; an unknown group matches the groups that begin with it. Of several, Find returns the first in the
	// order of the cluster's discovery; false for none.
	Find(group, word string) (Object, bool)
}

// Builtin are the resources of Kubernetes 1.37, without custom resources. It contacts no cluster.
var Builtin Resources = builtin{}

type builtin struct{}

// Find implements Resources as upstream's mapper does: see k8s.io/apimachinery/pkg/api/meta.DefaultRESTMapper.
func (builtin) Find(group, word string) (Object, bool) {
	word = strings.ToLower(word)
	for _, same := range []func(string) bool{
		func(of string) bool { return group == "" || of == group },
		func(of string) bool { return group != "" && strings.HasPrefix(of, group) },
	} {
		for _, o := range builtins {
			if same(o.Resource.Group) && (word == o.Resource.Resource || word == o.Label()) {
				return o, true
			}
		}
	}
	return Object{}, false
}

// builtins are in the discovery order of a cluster, so that events of the core group come first. The list is fixed,
// because discovery would fetch every group of the cluster at start for a few names.
var builtins = rows(
	in("v1", namespaced, "Pod", "Service", "Endpoints", "Event", "ConfigMap", "Secret", "ServiceAccount",
		"PersistentVolumeClaim", "ReplicationController", "ResourceQuota", "LimitRange", "PodTemplate", "Binding"),
	in("v1", clusterScoped, "Namespace", "Node", "PersistentVolume", "ComponentStatus"),
	in("apiregistration.k8s.io/v1", clusterScoped, "APIService"),
	in("apps/v1", namespaced, "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ControllerRevision"),
	in("events.k8s.io/v1", namespaced, "Event"),
	in("authentication.k8s.io/v1", clusterScoped, "TokenReview", "SelfSubjectReview"),
	in("authorization.k8s.io/v1", clusterScoped, "SubjectAccessReview", "SelfSubjectAccessReview", "SelfSubjectRulesReview"),
	in("authorization.k8s.io/v1", namespaced, "LocalSubjectAccessReview"),
	in("autoscaling/v2", namespaced, "HorizontalPodAutoscaler"),
	in("batch/v1", namespaced, "Job", "CronJob"),
	in("certificates.k8s.io/v1", clusterScoped, "CertificateSigningRequest", "ClusterTrustBundle"),
	in("certificates.k8s.io/v1", namespaced, "PodCertificateRequest"),
	in("networking.k8s.io/v1", namespaced, "Ingress", "NetworkPolicy"),
	in("networking.k8s.io/v1", clusterScoped, "IngressClass", "IPAddress", "ServiceCIDR"),
	in("policy/v1", namespaced, "PodDisruptionBudget"),
	in("rbac.authorization.k8s.io/v1", namespaced, "Role", "RoleBinding"),
	in("rbac.authorization.k8s.io/v1", clusterScoped, "ClusterRole", "ClusterRoleBinding"),
	in("storage.k8s.io/v1", clusterScoped, "StorageClass", "VolumeAttachment", "VolumeAttributesClass", "CSIDriver", "CSINode"),
	in("storage.k8s.io/v1", namespaced, "CSIStorageCapacity"),
	in("admissionregistration.k8s.io/v1", clusterScoped, "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration",
		"MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"),
	in("apiextensions.k8s.io/v1", clusterScoped, "CustomResourceDefinition"),
	in("scheduling.k8s.io/v1", clusterScoped, "PriorityClass"),
	in("coordination.k8s.io/v1", namespaced, "Lease"),
	in("node.k8s.io/v1", clusterScoped, "RuntimeClass"),
	in("discovery.k8s.io/v1", namespaced, "EndpointSlice"),
	in("flowcontrol.apiserver.k8s.io/v1", clusterScoped, "FlowSchema", "PriorityLevelConfiguration"),
	in("resource.k8s.io/v1", clusterScoped, "DeviceClass", "DeviceTaintRule", "ResourceSlice"),
	in("resource.k8s.io/v1", namespaced, "ResourceClaim", "ResourceClaimTemplate"),
	in("storagemigration.k8s.io/v1", clusterScoped, "StorageVersionMigration"),
)

const (
	namespaced    = true
	clusterScoped = false
)

func in(apiVersion string, inNamespaces bool, kinds ...string) []Object {
	objects := make([]Object, len(kinds))
	for i, kind := range kinds {
		objects[i] = object(apiVersion, kind, inNamespaces)
	}
	return objects
}

// object derives the resource of a kind by the naming convention of Kubernetes.
func object(apiVersion, kind string, inNamespaces bool) Object {
	gvk := schema.FromAPIVersionAndKind(apiVersion, kind)
	plural, _ := meta.UnsafeGuessKindToResource(gvk)
	return Object{Resource: plural.GroupResource(), Kind: gvk, Namespaced: inNamespaces}
}

func rows(groups ...[]Object) []Object {
	var all []Object
	for _, group := range groups {
		all = append(all, group...)
	}
	return all
}
