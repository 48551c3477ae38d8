package scenario

import (
	"slices"
	"strings"

	"flyball.dev/flyball/autoscaler/engine"
)

// kind is a type of metric and its allowed target types.
type kind struct {
	metric  engine.MetricType
	targets []option[engine.TargetType]
}

var (
	utilization = option[engine.TargetType]{"utilization", engine.Utilization}
	value       = option[engine.TargetType]{"value", engine.Value}
	average     = option[engine.TargetType]{"average", engine.AverageValue}

	ofPods = []option[engine.TargetType]{utilization, average}
	ofAll  = []option[engine.TargetType]{value, average}

	metricTypes = []option[kind]{
		{"Resource", kind{engine.Resource, ofPods}},
		{"ContainerResource", kind{engine.ContainerResource, ofPods}},
		{"Pods", kind{engine.Pods, ofPods[1:]}},
		{"Object", kind{engine.Object, ofAll}},
		{"External", kind{engine.External, ofAll}},
		{"Prometheus", kind{engine.Prometheus, ofAll}},
	}
)

// podsWord starts the lines of a tick about pods, so it is not allowed as the name of a metric.
const podsWord = "pods"

// parseMetric parses: metric NAME TYPE TARGETTYPE TARGET [SETTING VALUE]...
func parseMetric(l *line, spec *engine.Spec) {
	name := l.word("name of a metric")
	of := choose(l, "type of a metric", metricTypes)
	m := engine.Metric{Name: name, Type: of.metric}
	m.TargetType = choose(l, "target type of this metric", of.targets)
	if m.TargetType == engine.Utilization {
		m.Target = int64(l.number("target in percent", 1, 1_000_000))
	} else {
		m.Target = l.thousandths("target")
	}
	nameContainer(l, &m)
	if name == podsWord || slices.Contains(labels(spec), name) {
		l.fail(name, "is already used: choose another name for the metric")
	}
	for l.more() {
		if set := choose(l, "setting of a metric", metricWords); set != nil {
			set(l, &m)
		}
	}
	spec.Metrics = append(spec.Metrics, m)
}

// nameContainer splits RESOURCE/CONTAINER.
func nameContainer(l *line, m *engine.Metric) {
	if m.Type != engine.ContainerResource {
		return
	}
	resource, container, found := strings.Cut(m.Name, "/")
	if !found || resource == "" || container == "" {
		l.fail(m.Name, "has no container: write RESOURCE/CONTAINER, such as cpu/app")
	}
	m.Name, m.Container = resource, container
}

var metricWords = []option[func(*line, *engine.Metric)]{
	{"maxAge", func(l *line, m *engine.Metric) { m.MaxAge = l.duration("maximum age of a sample", 1) }},
	{"activation", func(l *line, m *engine.Metric) {
		if m.Type != engine.Prometheus {
			l.fail("activation", "is a setting of Prometheus metrics only")
		}
		m.Activation = l.thousandths("activation value")
	}},
}

// label is the name of a metric in a story.
func label(m *engine.Metric) string {
	if m.Type == engine.ContainerResource {
		return m.Name + "/" + m.Container
	}
	return m.Name
}

func labels(spec *engine.Spec) []string {
	var all []string
	for i := range spec.Metrics {
		all = append(all, label(&spec.Metrics[i]))
	}
	return all
}
