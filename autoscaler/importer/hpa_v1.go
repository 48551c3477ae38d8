package importer

import (
	"encoding/json"
	"errors"
	"strings"

	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// The annotations in which the API server keeps what autoscaling/v1 has no fields for.
const (
	v1Metrics  = "autoscaling.alpha.kubernetes.io/metrics"
	v1Behavior = "autoscaling.alpha.kubernetes.io/behavior"
)

// readV1 reads the fields and annotations that autoscaling/v1 has instead of metrics and behavior. As in the API server, the metric of the
// field comes last.
func (im *importer) readV1(o *object, ha *v1alpha1.HorizontalAutoscalerSpec) bool {
	annotations := o.field("metadata").child("annotations")
	ok := true
	if n := annotations.child(v1Metrics); n.present {
		ok = n.inside(func(metrics node) bool { return readV2beta1(metrics, ha) })
	}
	if percent, found := o.field("spec").child("targetCPUUtilizationPercentage").count(); found {
		ha.Metrics = append(ha.Metrics, v1alpha1.MetricSpec{Type: v1alpha1.ResourceMetric, Resource: &v1alpha1.ResourceMetricSource{
			Name: "cpu", Target: v1alpha1.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: &percent},
		}})
	}
	if n := annotations.child(v1Behavior); n.present {
		ok = decodeAnyCase(n, &ha.Behavior) && ok
	}
	return ok
}

// inside reads the JSON list in a string, reports its fields that read does not read, and returns the result of read.
func (n node) inside(read func(node) bool) bool {
	text, _ := n.text()
	list := []any{}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		n.leftOut("cannot be read, so that the object is not imported: %v", err)
		return false
	}
	delete(n.object.taken, n.path)
	within := node{object: n.object, path: n.path, key: n.key, value: list, present: true}
	ok := read(within)
	n.object.reportUnread(within)
	n.markRead()
	return ok
}

// decodeAnyCase decodes the JSON in a string whose keys may begin with capitals: the API server writes the behavior in its internal form.
func decodeAnyCase(n node, value any) bool {
	text, _ := n.text()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	err := errors.New("a number has an exponent of more than three digits: write it out")
	if !hugeExponent.MatchString(text) {
		err = decoder.Decode(value)
	}
	if err != nil {
		n.leftOut("cannot be read, so that the object is not imported: %v", err)
	}
	return err == nil
}
