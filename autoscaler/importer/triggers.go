package importer

import (
	"math"
	"regexp"
	"strconv"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/resource"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

var kedaKey = regexp.MustCompile(`(^|\.)keda\.sh/`)

// trigger is one of a ScaledObject.
type trigger struct {
	node
	index    int
	metadata node
}

// kindsRead are the types of triggers whose metrics Flyball reads itself.
var kindsRead = map[string]bool{"cron": true, "prometheus": true, "cpu": true, "memory": true}

// readTrigger imports a trigger by its type.
func (so *scaledObject) readTrigger(t trigger) {
	kind, _ := t.child("type").text()
	t.child("name").text()
	if cached := t.child("useCachedMetrics"); cached.present {
		cached.note("KEDA gives its HPA the value of the last poll; the autoscaler reads all metrics once in its period, and decides by that value")
	}
	if authentication := t.child("authenticationRef"); authentication.present {
		authentication.child("name").text()
		authentication.child("kind").text()
		if !kindsRead[kind] {
			authentication.note("KEDA goes on to measure the trigger with it")
		} else {
			authentication.note("the autoscaler reaches Prometheus with the credentials of --prometheus-config, and not with those of the object (docs/prometheus.md)")
		}
	}
	switch kind {
	case "cron":
		so.readCron(t)
	case "prometheus":
		so.readPrometheus(t)
	case "cpu", "memory":
		so.readResource(t, kind)
	default:
		so.readExternal(t, kind)
	}
}

const notImported = "the trigger is not imported"

// lose reports a field without which the trigger means another load.
func (so *scaledObject) lose(n node, message string) {
	so.lost = true
	n.leftOut("%s", message)
}

// readResource imports a trigger of CPU or memory.
func (so *scaledObject) readResource(t trigger, name string) {
	value, old := t.metadata.child("value"), t.metadata.child("type")
	target := v1alpha1.MetricTarget{Type: autoscalingv2.MetricTargetType(t.child("metricType").textOr(old.textOr("")))}
	text, _ := value.text()
	if old.present {
		old.note("KEDA replaced it by metricType, which holds where both are set")
	}
	switch target.Type {
	case autoscalingv2.UtilizationMetricType:
		percent, err := strconv.ParseInt(text, 10, 32)
		if err != nil || percent < 1 {
			so.lose(value, "must be a whole number of percent")
			t.leftOut(notImported)
			return
		}
		target.AverageUtilization = new(int32(percent))
	case autoscalingv2.AverageValueMetricType:
		average, err := parseQuantity(text)
		if err != nil {
			so.lose(value, "must be a quantity such as 500m or 200Mi")
			t.leftOut(notImported)
			return
		}
		target.AverageValue = &average
	default:
		so.lose(t.child("metricType"), "must be Utilization or AverageValue")
		t.leftOut(notImported)
		return
	}
	so.resources = true
	if container := t.metadata.child("containerName").textOr(""); container != "" {
		source := &v1alpha1.ContainerResourceMetricSource{Name: name, Container: container, Target: target}
		so.ha.Metrics = append(so.ha.Metrics, v1alpha1.MetricSpec{Type: v1alpha1.ContainerResourceMetric, ContainerResource: source})
		return
	}
	so.ha.Metrics = append(so.ha.Metrics, v1alpha1.MetricSpec{Type: v1alpha1.ResourceMetric, Resource: &v1alpha1.ResourceMetricSource{Name: name, Target: target}})
}

// parseQuantity refuses exponents that take minutes to read.
func parseQuantity(text string) (v1alpha1.Quantity, error) {
	if hugeExponent.MatchString(text) {
		return v1alpha1.Quantity{}, resource.ErrNumeric
	}
	q, err := resource.ParseQuantity(text)
	return v1alpha1.Quantity{Quantity: q}, err
}

func quantity(n int64) v1alpha1.Quantity {
	return v1alpha1.Quantity{Quantity: *resource.NewQuantity(n, resource.DecimalSI)}
}

// milli is a float in thousandths, as KEDA gives it to its HPA; false where it does not fit.
func milli(text string) (v1alpha1.Quantity, bool) {
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(value) || math.Abs(value) > 9e15 {
		return v1alpha1.Quantity{}, false
	}
	return v1alpha1.Quantity{Quantity: *resource.NewMilliQuantity(int64(value*1000), resource.DecimalSI)}, true
}
