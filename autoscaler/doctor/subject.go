package doctor

import (
	"encoding/json"
	"slices"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// subject is an autoscaler that is examined: an HPA, or one of Flyball's.
type subject struct {
	object Object
	// resource is its name on kubectl's command line.
	resource string
	created  time.Time
	spec     v1alpha1.HorizontalAutoscalerSpec
	target   key
	version  string
	min, max int32

	conditions       []condition
	current, desired int32
	lastScale        *metav1.Time
	// hpa is the object of an HPA; nil for one of Flyball's.
	hpa *autoscalingv2.HorizontalPodAutoscaler
	// own is the object of one of Flyball's; nil for an HPA.
	own *v1alpha1.HorizontalAutoscaler
	// scaledObject is the name of the ScaledObject that owns an HPA; empty for none.
	scaledObject string
	workload     *workload
	why          *Autoscaler
}

// writes reports whether it changes its target.
func (s *subject) writes() bool {
	return s.own == nil || s.spec.Mode != v1alpha1.ModeShadow && s.spec.Mode != v1alpha1.ModePaused
}

// newHPA reads an HPA. Its spec is that of one of Flyball's objects: the fields have the same names.
func newHPA(hpa *autoscalingv2.HorizontalPodAutoscaler) *subject {
	s := &subject{
		object: Object{"HorizontalPodAutoscaler", hpa.Namespace, hpa.Name}, resource: "hpa", hpa: hpa, created: hpa.CreationTimestamp.Time,
		current: hpa.Status.CurrentReplicas, desired: hpa.Status.DesiredReplicas, lastScale: hpa.Status.LastScaleTime,
	}
	if text, err := json.Marshal(hpa.Spec); err == nil {
		_ = json.Unmarshal(text, &s.spec) // a field that does not fit stays empty, and its check finds nothing
	}
	for _, c := range hpa.Status.Conditions {
		s.conditions = append(s.conditions, condition{string(c.Type), string(c.Status), c.Reason, c.Message, c.LastTransitionTime})
	}
	for _, owner := range hpa.OwnerReferences {
		if owner.Kind == "ScaledObject" {
			s.scaledObject = owner.Name
		}
	}
	s.finish()
	return s
}

func newOwn(own *v1alpha1.HorizontalAutoscaler) *subject {
	s := &subject{
		object: Object{"HorizontalAutoscaler", own.Namespace, own.Name}, resource: "ha", own: own, created: own.CreationTimestamp.Time,
		spec: own.Spec, current: own.Status.CurrentReplicas, desired: own.Status.DesiredReplicas, lastScale: own.Status.LastScaleTime,
	}
	for _, c := range own.Status.Conditions {
		s.conditions = append(s.conditions, condition{c.Type, string(c.Status), c.Reason, c.Message, c.LastTransitionTime})
	}
	s.finish()
	return s
}

func (s *subject) finish() {
	ref := &s.spec.ScaleTargetRef
	kind := schema.FromAPIVersionAndKind(ref.APIVersion, ref.Kind)
	s.target, s.version = key{kind.Group, kind.Kind, s.object.Namespace, ref.Name}, kind.Version
	s.min, s.max = 1, s.spec.MaxReplicas
	if s.spec.MinReplicas != nil {
		s.min = *s.spec.MinReplicas
	}
	if len(s.spec.Metrics) == 0 && s.hpa != nil {
		percent := int32(80) // the default of autoscaling/v2
		s.spec.Metrics = []v1alpha1.MetricSpec{{Type: v1alpha1.ResourceMetric, Resource: &v1alpha1.ResourceMetricSource{
			Name: "cpu", Target: v1alpha1.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: &percent},
		}}}
	}
}

// hasCondition reports whether a condition has the status True or False, and one of the reasons, or any without reasons.
func (s *subject) hasCondition(kind, status string, reasons ...string) (condition, bool) {
	c, found := find(s.conditions, kind, status)
	if !found {
		return c, false
	}
	return c, len(reasons) == 0 || slices.Contains(reasons, c.reason)
}
