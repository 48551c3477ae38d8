package doctor

import (
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
)

// Snapshot is what was read of a cluster at about the same time. Kinds that were not read are empty, and named in NotRead unless the
// cluster does not have them.
type Snapshot struct {
	Now time.Time
	// NotRead has the reason for each kind that could not be read, by its resource, such as pods.
	NotRead map[string]string

	HPAs        []autoscalingv2.HorizontalPodAutoscaler
	Autoscalers []v1alpha1.HorizontalAutoscaler
	// ScaledObjects, VPAs and APIServices are decoded JSON.
	ScaledObjects, VPAs, APIServices []map[string]any

	Deployments            []appsv1.Deployment
	StatefulSets           []appsv1.StatefulSet
	ReplicaSets            []appsv1.ReplicaSet
	ReplicationControllers []corev1.ReplicationController
	Pods                   []corev1.Pod
	PDBs                   []policyv1.PodDisruptionBudget
	Quotas                 []corev1.ResourceQuota
	// Events about autoscalers, and those of pods that could not be created.
	Events []corev1.Event
	// Usage has the containers of each pod in metrics.k8s.io, by namespace/name.
	Usage map[string]PodUsage
	// CustomMetrics and ExternalMetrics are the names that the metrics APIs list: of custom metrics as resource/name. Nil if not read.
	CustomMetrics, ExternalMetrics []string

	// Observe converts the pods of a target, as the autoscaler does.
	Observe func(pods []*corev1.Pod) Observation
}

// PodUsage is the use of a pod, in thousandths by container and resource.
type PodUsage struct {
	Time       time.Time
	Window     time.Duration
	Containers map[string]map[string]int64
}

// of returns the use of a container, or of all if the name is empty.
func (u PodUsage) of(container, resource string) (used int64) {
	for name, resources := range u.Containers {
		if container == "" || container == name {
			used += resources[resource]
		}
	}
	return used
}

// Observation is the state of the pods of a target.
type Observation struct {
	Pods []engine.Pod
	// BlockedBy is what the scheduler or the kubelet reports of the obstacle that most pods have.
	BlockedBy string
	// Requests returns the requests of each pod for a resource, in thousandths: of one container, or of the pod if container is empty.
	Requests func(resource corev1.ResourceName, container string) (requests []int64, problem string)
}

// wasRead reports whether all the kinds, named by their resources, were read.
func (s *Snapshot) wasRead(resources ...string) bool {
	for _, r := range resources {
		if _, failed := s.NotRead[r]; failed {
			return false
		}
	}
	return true
}
