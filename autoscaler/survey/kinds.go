package survey

import (
	"context"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
)

func (r *reader) readKinds(ctx context.Context) {
	s, apps, core := r.snapshot, r.kube.AppsV1(), r.kube.CoreV1()
	read(r, "horizontalpodautoscalers", func() (*autoscalingv2.HorizontalPodAutoscalerList, error) {
		return r.kube.AutoscalingV2().HorizontalPodAutoscalers(r.namespace).List(ctx, cached)
	}, func(l *autoscalingv2.HorizontalPodAutoscalerList) { s.HPAs = l.Items })
	read(r, "deployments", func() (*appsv1.DeploymentList, error) { return apps.Deployments(r.namespace).List(ctx, cached) },
		func(l *appsv1.DeploymentList) { s.Deployments = l.Items })
	read(r, "statefulsets", func() (*appsv1.StatefulSetList, error) { return apps.StatefulSets(r.namespace).List(ctx, cached) },
		func(l *appsv1.StatefulSetList) { s.StatefulSets = l.Items })
	read(r, "replicasets", func() (*appsv1.ReplicaSetList, error) { return apps.ReplicaSets(r.namespace).List(ctx, cached) },
		func(l *appsv1.ReplicaSetList) { s.ReplicaSets = l.Items })
	read(r, "replicationcontrollers", func() (*corev1.ReplicationControllerList, error) {
		return core.ReplicationControllers(r.namespace).List(ctx, cached)
	}, func(l *corev1.ReplicationControllerList) { s.ReplicationControllers = l.Items })
	read(r, "pods", func() (*corev1.PodList, error) { return core.Pods(r.namespace).List(ctx, cached) },
		func(l *corev1.PodList) { s.Pods = l.Items })
	read(r, "poddisruptionbudgets", func() (*policyv1.PodDisruptionBudgetList, error) {
		return r.kube.PolicyV1().PodDisruptionBudgets(r.namespace).List(ctx, cached)
	}, func(l *policyv1.PodDisruptionBudgetList) { s.PDBs = l.Items })
	read(r, "resourcequotas", func() (*corev1.ResourceQuotaList, error) { return core.ResourceQuotas(r.namespace).List(ctx, cached) },
		func(l *corev1.ResourceQuotaList) { s.Quotas = l.Items })
	for _, reason := range []string{"SuccessfulRescale", "FailedCreate"} {
		read(r, "events", func() (*corev1.EventList, error) {
			return core.Events(r.namespace).List(ctx, metav1.ListOptions{FieldSelector: "reason=" + reason})
		}, func(l *corev1.EventList) { s.Events = append(s.Events, l.Items...) })
	}
	r.readObjects(ctx, "horizontalautoscalers.autoscaling.flyball.dev", kind("autoscaling.flyball.dev", "v1alpha1", "horizontalautoscalers"), true, cached)
	r.readObjects(ctx, "scaledobjects", kind("keda.sh", "v1alpha1", "scaledobjects"), true, cached)
	r.readObjects(ctx, "verticalpodautoscalers", kind("autoscaling.k8s.io", "v1", "verticalpodautoscalers"), true, cached)
	r.readObjects(ctx, "apiservices", kind("apiregistration.k8s.io", "v1", "apiservices"), false, cached)
	r.readObjects(ctx, "pods.metrics.k8s.io", kind("metrics.k8s.io", "v1beta1", "pods"), true, metav1.ListOptions{})
}

func kind(group, version, resource string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: group, Version: version, Resource: resource}
}

// readMetricNames reads the names that the metrics APIs list, for the proposal of a name. An API that does not answer lists none.
func (r *reader) readMetricNames(ctx context.Context) {
	api := discovery.ToDiscoveryInterfaceWithContext(r.kube.Discovery())
	names := func(versions ...string) func() ([]string, error) {
		return func() ([]string, error) {
			var names []string
			for _, version := range versions {
				list, err := api.ServerResourcesForGroupVersionWithContext(ctx, version)
				for i := 0; err == nil && i < len(list.APIResources); i++ {
					names = append(names, list.APIResources[i].Name)
				}
			}
			return names, nil
		}
	}
	read(r, "", names("custom.metrics.k8s.io/v1beta2", "custom.metrics.k8s.io/v1beta1"), func(found []string) { r.snapshot.CustomMetrics = found })
	read(r, "", names("external.metrics.k8s.io/v1beta1"), func(found []string) { r.snapshot.ExternalMetrics = found })
}
