package importer

import (
	"fmt"
	"strconv"
	"strings"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// ownerLabel selects the metrics of one ScaledObject at KEDA's metrics server.
const ownerLabel = "scaledobject.keda.sh/name"

// readExternal imports a trigger that KEDA goes on to measure, as External metrics of KEDA's metrics server. Their names and targets
// are those of KEDA's HPA where the input has it, else those that KEDA derives from the trigger.
func (so *scaledObject) readExternal(t trigger, kind string) {
	metrics, made := so.madeMetrics(t.index)
	var unknown string
	if !made {
		metrics, unknown = so.derivedMetrics(t, kind)
	}
	if len(metrics) == 0 {
		if made {
			unknown = "KEDA's HPA has no metric of it, so that KEDA could not read it either: see the conditions of the ScaledObject"
		}
		so.lost = true
		t.leftOut("a trigger of type %s is a metric that Flyball does not read itself; %s; "+
			"or export it to Prometheus and write a Prometheus metric (docs/coexistence.md)", kind, unknown)
		return
	}
	t.metadata.markRead()
	so.measuredByKEDA = true
	so.ha.Metrics = append(so.ha.Metrics, metrics...)
	so.readActivationOfKEDA(t, kind)
	source := "derived as KEDA 2.20 does: compare status.externalMetricNames of the ScaledObject"
	if made {
		source = "as in KEDA's HPA"
	}
	t.changed("carried over as %s of type External (%s), which KEDA goes on to measure: keep KEDA, and keep the ScaledObject, paused by autoscaling.keda.sh/paused; "+
		"deleting it ends the metric, and replicas are held (docs/coexistence.md)", describeMetrics(metrics), source)
}

func describeMetrics(metrics []v1alpha1.MetricSpec) string {
	var texts []string
	for i := range metrics {
		source := metrics[i].External
		text := source.Metric.Name
		if q := source.Target.AverageValue; q != nil {
			text += " with averageValue " + q.String()
		}
		if q := source.Target.Value; q != nil {
			text += " with value " + q.String()
		}
		texts = append(texts, text)
	}
	return "metric " + strings.Join(texts, ", ")
}

// derivedMetrics derives the metric as KEDA does, or says what is missing.
func (so *scaledObject) derivedMetrics(t trigger, kind string) (metrics []v1alpha1.MetricSpec, unknown string) {
	const live = "import the object from the cluster (flyball import scaledobject NAME -n NAMESPACE), where KEDA's HPA has the metric's name and target"
	scaler, known := scalers[kind]
	if !known {
		return nil, live
	}
	read := func(key string) string {
		text, _ := t.metadata.down(key).value.(string)
		return text
	}
	name := scaler.name(read)
	goal, ok := milli(scaler.target(read))
	if name == "" || !ok || goal.Sign() <= 0 {
		return nil, fmt.Sprintf("its metadata does not have what KEDA derives the metric's name and target from (%s): %s", scaler.keys, live)
	}
	source := &v1alpha1.ExternalMetricSource{Metric: v1alpha1.MetricIdentifier{
		Name: "s" + strconv.Itoa(t.index) + "-" + normalized.Replace(name), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{ownerLabel: so.name}},
	}}
	switch target := autoscalingv2.MetricTargetType(t.child("metricType").textOr(string(autoscalingv2.AverageValueMetricType))); target {
	case autoscalingv2.AverageValueMetricType:
		source.Target = v1alpha1.MetricTarget{Type: target, AverageValue: &goal}
	case autoscalingv2.ValueMetricType:
		source.Target = v1alpha1.MetricTarget{Type: target, Value: &goal}
	default:
		return nil, fmt.Sprintf("metricType %s: KEDA takes AverageValue or Value", target)
	}
	return []v1alpha1.MetricSpec{{Type: v1alpha1.ExternalMetric, External: source}}, ""
}

// readActivationOfKEDA reports an activation value, which an External metric does not have: above zero it is active.
func (so *scaledObject) readActivationOfKEDA(t trigger, kind string) {
	for _, key := range t.metadata.keys() {
		text, _ := t.metadata.down(key).value.(string)
		if value, ok := milli(text); so.min > 0 || !strings.HasPrefix(key, "activation") || ok && value.IsZero() {
			continue
		}
		t.metadata.child(key).leftOut("KEDA leaves zero replicas only above it; a metric of type External has no activation value, and the target leaves zero as soon as the %s metric is above 0: "+
			"set minReplicas to 1, or export the metric to Prometheus, whose metrics have activationValue", kind)
	}
}

// normalized replaces what KEDA replaces in the names of metrics.
var normalized = strings.NewReplacer("/", "-", ".", "-", ":", "-", "%", "-", "(", "-", ")", "-")
