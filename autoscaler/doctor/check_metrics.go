package doctor

import (
	"fmt"
	"slices"
	"strings"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
)

// call of the metrics API that reads a metric, and the API group. Prometheus metrics have no such call.
func apiCall(namespace string, m *v1alpha1.MetricSpec) (path, group string) {
	switch {
	case m.Resource != nil, m.ContainerResource != nil:
		return "/apis/metrics.k8s.io/v1beta1/namespaces/" + namespace + "/pods", "metrics.k8s.io"
	case m.Pods != nil:
		return fmt.Sprintf("/apis/custom.metrics.k8s.io/v1beta2/namespaces/%s/pods/*/%s", namespace, m.Pods.Metric.Name), "custom.metrics.k8s.io"
	case m.Object != nil:
		return fmt.Sprintf("/apis/custom.metrics.k8s.io/v1beta2/namespaces/%s/%s/%s/%s", namespace, plural(&m.Object.DescribedObject),
			m.Object.DescribedObject.Name, m.Object.Metric.Name), "custom.metrics.k8s.io"
	case m.External != nil:
		return fmt.Sprintf("/apis/external.metrics.k8s.io/v1beta1/namespaces/%s/%s", namespace, m.External.Metric.Name), "external.metrics.k8s.io"
	default:
		return "", ""
	}
}

// plural returns the resource of an object in a path of the custom metrics API, such as ingresses.networking.k8s.io.
func plural(ref *v1alpha1.CrossVersionObjectReference) string {
	name := strings.ToLower(ref.Kind)
	switch {
	case strings.HasSuffix(name, "s"), strings.HasSuffix(name, "x"):
		name += "es"
	case strings.HasSuffix(name, "y") && name != "gateway":
		name = strings.TrimSuffix(name, "y") + "ies"
	default:
		name += "s"
	}
	if group, _, found := strings.Cut(ref.APIVersion, "/"); found {
		name += "." + group
	}
	return name
}

// failures are the reasons of ScalingActive for a metric without a value.
var failures = []string{
	v1alpha1.ReasonFailedGetResourceMetric, v1alpha1.ReasonFailedGetContainerResourceMetric, v1alpha1.ReasonFailedGetPodsMetric,
	v1alpha1.ReasonFailedGetObjectMetric, v1alpha1.ReasonFailedGetExternalMetric, v1alpha1.ReasonFailedGetPrometheusMetric,
}

// checkMetrics finds metrics without a value. With a valid metric beside it, the HPA has no condition, but an event and no entry in
// its status.
func checkMetrics(c *call, s *subject) {
	if c.found(s, "ContainerNotFound", "MissingRequests", "MetricsAPIMissing", "MetricsAPIUnavailable", "ScalingDisabled", "TargetNotFound") {
		return // they are the cause
	}
	failed, found := s.hasCondition(v1alpha1.ConditionScalingActive, "False", failures...)
	message, index := failed.message, -1
	for i := range s.spec.Metrics {
		if found && describes(failed.reason, &s.spec.Metrics[i]) && (index < 0 || names(message, &s.spec.Metrics[i])) {
			index = i
		}
	}
	if !found && s.hpa != nil && len(s.hpa.Status.CurrentMetrics) == len(s.spec.Metrics) {
		index = slices.IndexFunc(s.hpa.Status.CurrentMetrics, isEmptyStatus)
		message = "the status has no value of it"
	}
	if index < 0 && found {
		c.add(Error, s.object, failed.reason+": "+message, unreadable(s), Fix{Text: "read the metric as the message says", Command: kubectl(s.object.Namespace, "describe %s %s", s.resource, s.object.Name)})
	}
	if index < 0 {
		return
	}
	if c.settles(s, &s.spec.Metrics[index]) {
		return
	}
	severity := Warning
	if found {
		severity = Error
	}
	path, _ := apiCall(s.object.Namespace, &s.spec.Metrics[index])
	seen := fmt.Sprintf("spec.metrics[%d], %s, has no value: %s", index, title(&s.spec.Metrics[index]), message)
	if path != "" {
		seen += "; the failing call is GET " + path
	}
	c.add(severity, s.object, seen, unreadable(s), c.rename(s, index, path))
}

// settles reports whether a metric of pods can have no value yet: all of them have just started, and were not measured twice. A custom
// metric that the API does not list has no value later, either.
func (c *call) settles(s *subject, m *v1alpha1.MetricSpec) bool {
	resource, _ := resourceOf(m)
	listed := m.Pods != nil && slices.Contains(c.snapshot.CustomMetrics, "pods/"+m.Pods.Metric.Name)
	if s.workload == nil || resource == "" && !listed {
		return false
	}
	return !slices.ContainsFunc(s.workload.seen.Pods, func(p engine.Pod) bool {
		return !p.Deleting && !p.Started.IsZero() && c.snapshot.Now.Sub(p.Started) >= settle
	})
}

func unreadable(s *subject) string {
	if len(s.spec.Metrics) > 1 {
		return "the autoscaler does not scale down, and scales up by its other metrics only"
	}
	return "the autoscaler neither scales up nor down"
}

// describes reports whether a reason of ScalingActive is about metrics of this type.
func describes(reason string, m *v1alpha1.MetricSpec) bool {
	return reason == "FailedGet"+string(m.Type)+"Metric"
}

func names(message string, m *v1alpha1.MetricSpec) bool {
	name := m.Type
	if id := identifier(m); id != nil {
		return strings.Contains(message, id.Name)
	}
	resource, _ := resourceOf(m)
	return name != "" && resource != "" && strings.Contains(message, resource)
}

func identifier(m *v1alpha1.MetricSpec) *v1alpha1.MetricIdentifier {
	switch {
	case m.Pods != nil:
		return &m.Pods.Metric
	case m.Object != nil:
		return &m.Object.Metric
	case m.External != nil:
		return &m.External.Metric
	default:
		return nil
	}
}

// title names a metric as kubectl describe hpa does.
func title(m *v1alpha1.MetricSpec) string {
	if id := identifier(m); id != nil {
		return string(m.Type) + " metric " + id.Name
	}
	if resource, target := resourceOf(m); target != nil {
		return string(m.Type) + " metric " + resource
	}
	return string(m.Type) + " metric"
}

// rename proposes the name that the API lists and that differs by a few letters, or else shows how to read the metric.
func (c *call) rename(s *subject, index int, path string) Fix {
	m := &s.spec.Metrics[index]
	id := identifier(m)
	if path == "" || id == nil {
		return Fix{Text: "have the source serve the metric; the events name the cause", Command: kubectl(s.object.Namespace, "describe %s %s", s.resource, s.object.Name)}
	}
	known, prefix, field := c.snapshot.ExternalMetrics, "", "external"
	switch {
	case m.Pods != nil:
		known, prefix, field = c.snapshot.CustomMetrics, "pods/", "pods"
	case m.Object != nil:
		known, prefix, field = c.snapshot.CustomMetrics, plural(&m.Object.DescribedObject)+"/", "object"
	}
	best, distance := "", 4
	for _, name := range known {
		short, matches := strings.CutPrefix(name, prefix)
		if d := editDistance(short, id.Name); matches && d > 0 && d < distance {
			best, distance = short, d
		}
	}
	if best != "" {
		return Fix{
			Text:    fmt.Sprintf("use the metric %s, which the API serves", best),
			Command: s.replace(fmt.Sprintf("/spec/metrics/%d/%s/metric/name", index, field), `"`+best+`"`),
		}
	}
	return Fix{Text: "have the metrics adapter serve the metric, by a rule and its series; this call shows the error", Command: fmt.Sprintf("kubectl get --raw '%s'", path)}
}

// editDistance is the number of letters to insert, remove or replace between two names.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// found reports whether an earlier check has a finding about the autoscaler, or about an API that it reads.
func (c *call) found(s *subject, ids ...string) bool {
	return slices.ContainsFunc(c.findings, func(f Finding) bool {
		if !slices.Contains(ids, f.ID) {
			return false
		}
		if f.Object.Kind != "APIService" {
			return f.Object == s.object
		}
		return slices.ContainsFunc(s.spec.Metrics, func(m v1alpha1.MetricSpec) bool {
			_, group := apiCall("", &m)
			return group != "" && strings.HasSuffix(f.Object.Name, "."+group)
		})
	})
}
