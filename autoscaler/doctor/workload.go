package doctor

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// key identifies an object by its group and kind; versions do not matter.
type key struct{ group, kind, namespace, name string }

// workload is a scalable object.
type workload struct {
	key      key
	meta     *metav1.ObjectMeta
	replicas int32
	selector labels.Selector
	template *corev1.PodTemplateSpec
	// conditions are those of Deployments and ReplicaSets.
	conditions []condition
	// pods are those that the selector matches; owned are those of them that the workload controls.
	pods, owned []*corev1.Pod
	seen        Observation
	// byAutoscaler are the autoscalers that write its replicas.
	by []*subject
}

type condition struct {
	kind, status, reason, message string
	since                         metav1.Time
}

// condition returns the condition of a type with the status True or False.
func find(conditions []condition, kind, status string) (condition, bool) {
	i := slices.IndexFunc(conditions, func(c condition) bool { return c.kind == kind && c.status == status })
	if i < 0 {
		return condition{}, false
	}
	return conditions[i], true
}

// readWorkloads collects the scalable objects, and the pods of each.
func (e *examination) readWorkloads() {
	s := e.snapshot
	for i := range s.Deployments {
		d := &s.Deployments[i]
		w := e.add("apps", "Deployment", &d.ObjectMeta, d.Spec.Replicas, d.Spec.Selector, &d.Spec.Template)
		for _, c := range d.Status.Conditions {
			w.conditions = append(w.conditions, condition{string(c.Type), string(c.Status), c.Reason, c.Message, c.LastTransitionTime})
		}
	}
	for i := range s.StatefulSets {
		d := &s.StatefulSets[i]
		e.add("apps", "StatefulSet", &d.ObjectMeta, d.Spec.Replicas, d.Spec.Selector, &d.Spec.Template)
	}
	for i := range s.ReplicaSets {
		d := &s.ReplicaSets[i]
		w := e.add("apps", "ReplicaSet", &d.ObjectMeta, d.Spec.Replicas, d.Spec.Selector, &d.Spec.Template)
		for _, c := range d.Status.Conditions {
			w.conditions = append(w.conditions, condition{string(c.Type), string(c.Status), c.Reason, c.Message, c.LastTransitionTime})
		}
	}
	for i := range s.ReplicationControllers {
		d := &s.ReplicationControllers[i]
		e.add("", "ReplicationController", &d.ObjectMeta, d.Spec.Replicas, &metav1.LabelSelector{MatchLabels: d.Spec.Selector}, d.Spec.Template)
	}
}

func (e *examination) add(
	group, kind string, meta *metav1.ObjectMeta, replicas *int32, selector *metav1.LabelSelector, template *corev1.PodTemplateSpec,
) *workload {
	w := &workload{key: key{group, kind, meta.Namespace, meta.Name}, meta: meta, replicas: 1, template: template}
	if replicas != nil {
		w.replicas = *replicas
	}
	if template == nil {
		w.template = &corev1.PodTemplateSpec{}
	}
	var err error
	if w.selector, err = metav1.LabelSelectorAsSelector(selector); err != nil {
		w.selector = labels.Nothing()
	}
	e.workloads[w.key] = w
	return w
}

// readPods finds the pods of a target, once it has an autoscaler.
func (e *examination) readPods(w *workload) {
	for _, pod := range e.pods[w.key.namespace] {
		if !w.selector.Matches(labels.Set(pod.Labels)) {
			continue
		}
		w.pods = append(w.pods, pod)
		if e.controls(w, pod) {
			w.owned = append(w.owned, pod)
		}
	}
	if e.snapshot.Observe != nil {
		w.seen = e.snapshot.Observe(w.pods)
	}
}

// controls reports whether the pod belongs to the workload, directly or through a ReplicaSet.
func (e *examination) controls(w *workload, pod *corev1.Pod) bool {
	for owner := controllerOf(pod.Namespace, pod); owner != (key{}); {
		if owner == w.key {
			return true
		}
		above := e.workloads[owner]
		if above == nil {
			return false
		}
		owner = controllerOf(pod.Namespace, above.meta)
	}
	return false
}

// controllerOf returns the controller of an object; the zero key for none.
func controllerOf(namespace string, object metav1.Object) key {
	owner := metav1.GetControllerOfNoCopy(object)
	if owner == nil {
		return key{}
	}
	return key{schema.FromAPIVersionAndKind(owner.APIVersion, owner.Kind).Group, owner.Kind, namespace, owner.Name}
}
