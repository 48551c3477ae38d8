package importer

import (
	autoscalingv2 "k8s.io/api/autoscaling/v2"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// readPrometheus imports a prometheus trigger as a Prometheus metric.
func (so *scaledObject) readPrometheus(t trigger) {
	query, _ := t.metadata.child("query").text()
	threshold := t.metadata.child("threshold")
	text, _ := threshold.text()
	goal, ok := milli(text)
	if query == "" {
		so.lose(t.metadata.child("query"), "Required value: the trigger has no query")
		t.leftOut(notImported)
		return
	}
	if !ok || goal.Sign() <= 0 {
		so.lose(threshold, "must be a number of at least 0.001")
		t.leftOut(notImported)
		return
	}
	source := &v1alpha1.PrometheusMetricSource{Query: query}
	switch kind := t.child("metricType"); autoscalingv2.MetricTargetType(kind.textOr(string(autoscalingv2.AverageValueMetricType))) {
	case autoscalingv2.AverageValueMetricType:
		source.Target = v1alpha1.MetricTarget{Type: autoscalingv2.AverageValueMetricType, AverageValue: &goal}
	case autoscalingv2.ValueMetricType:
		source.Target = v1alpha1.MetricTarget{Type: autoscalingv2.ValueMetricType, Value: &goal}
	default:
		so.lose(kind, "must be AverageValue or Value")
		t.leftOut(notImported)
		return
	}
	so.readActivation(t, source)
	so.readServer(t)
	so.ha.Metrics = append(so.ha.Metrics, v1alpha1.MetricSpec{Type: v1alpha1.PrometheusMetric, Prometheus: source})
}

func (so *scaledObject) readActivation(t trigger, source *v1alpha1.PrometheusMetricSource) {
	activation := t.metadata.child("activationThreshold")
	text, set := activation.text()
	if !set {
		return
	}
	above, ok := milli(text)
	switch {
	case !ok:
		activation.leftOut("must be a number; the target leaves zero replicas as soon as the query is above 0")
	case so.min > 0:
		activation.note("KEDA reads it only where the target may have zero replicas, which spec.minReplicaCount (%d) rules out; not carried over", so.min)
	case !above.IsZero():
		source.ActivationValue = &above
	}
}

// readServer reports where and how KEDA asks, which the operator of Flyball sets for all autoscalers.
func (so *scaledObject) readServer(t trigger) {
	note := func(key, message string) {
		if n := t.metadata.child(key); n.present {
			n.note("%s", message)
		}
	}
	note("serverAddress", "queries go to the autoscaler's Prometheus (--prometheus-url or --prometheus-config): check that it has these series; a matcher on the namespace is added to the query unless the operator allows otherwise")
	const connection = "the connection to Prometheus is set for all autoscalers, in --prometheus-config (docs/prometheus.md)"
	for _, key := range []string{"unsafeSsl", "timeout", "authModes", "awsRegion", "identityOwner"} {
		note(key, connection)
	}
	note("metricName", "KEDA ignores it since 2.12")
	for _, key := range []string{"customHeaders", "queryParameters"} {
		if n := t.metadata.child(key); n.present {
			n.leftOut("selects what Prometheus answers with, and is not sent with queries of an autoscaler: set the tenant or the parameters in --prometheus-config (docs/prometheus.md)")
		}
	}
	if n := t.metadata.child("namespace"); n.present {
		if value, _ := n.text(); value == so.namespace {
			n.note("queries carry a matcher on the namespace of the autoscaler, which is the same")
		} else {
			n.leftOut("selects the tenant that Prometheus answers for, and a query of an autoscaler is held to its own namespace (%s): put the object in that namespace, or set the tenant in --prometheus-config", so.namespace)
		}
	}
	so.readNullValues(t.metadata.child("ignoreNullValues"))
}

// readNullValues compares what an empty answer means: to KEDA 0 by default, and here unknown.
func (so *scaledObject) readNullValues(ignore node) {
	value := ignore.textOr("true")
	if value == "false" {
		ignore.note("an empty answer is unknown, as it is here in any case")
		return
	}
	ignore.changed("KEDA reads an empty answer as 0 (ignoreNullValues: true, its default) and scales in; here it is unknown, and replicas are held: " +
		"append `or vector(0)` to the query where empty means none")
}
