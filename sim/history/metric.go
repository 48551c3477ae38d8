package history

import (
	"fmt"
	"regexp"
	"strings"

	"flyball.dev/flyball/autoscaler/engine"
)

// Kind is how the value of a metric follows from the load.
type Kind uint8

// The kinds.
const (
	// Sum: the value is the load of all pods together, such as a rate.
	Sum Kind = iota + 1
	// Mean: the value is the mean of the pods, such as a utilization. The load is the value times the pods it was averaged over.
	Mean
)

var kindNames = map[string]Kind{"sum": Sum, "mean": Mean}

// ParseKind returns the kind with a name.
func ParseKind(name string) (Kind, error) {
	if kind, found := kindNames[name]; found {
		return kind, nil
	}
	return 0, fmt.Errorf("%q: must be sum or mean", name)
}

// RefusedError is the reason why a load cannot be reconstructed from a metric.
type RefusedError struct{ Metric, Reason string }

func (e *RefusedError) Error() string { return fmt.Sprintf("metric %s: %s", e.Metric, e.Reason) }

// latency and backlog find metrics that are no load by their words.
var (
	latency = regexp.MustCompile(`(?i)histogram_quantile|latenc|response_?time|request_?time|duration|elapsed|wait|_seconds(_sum)?\b`)
	backlog = regexp.MustCompile(`(?i)backlog|queue|depth|lag\b|_lag|pending|unacked|undelivered|messages_(ready|visible)`)
	counted = regexp.MustCompile(`(?i)(rate|increase)\s*\(`)
	cpuTime = regexp.MustCompile(`(?i)cpu\w*_seconds`)
)

// KindOf returns the kind of a metric. An error is a [*RefusedError]: the value of the metric depends on the replicas in a way that
// its record does not show.
func KindOf(m *engine.Metric) (Kind, error) {
	text := m.Name + " " + m.Query
	switch isResource := m.Type == engine.Resource || m.Type == engine.ContainerResource; {
	case isResource && m.Name != "cpu":
		return 0, refuse(m, "the "+m.Name+" of a pod does not fall in proportion when pods are added, so it shows no load")
	case isResource:
		return Mean, nil
	case isLatency(text):
		return 0, refuse(m, "a latency depends on the replicas that served it, and its record does not show what other replicas would have had: "+
			"scale by the rate or the utilization that causes it")
	case backlog.MatchString(text) && !counted.MatchString(text):
		return 0, refuse(m, "a backlog depends on the replicas that worked on it, and its record does not show what other replicas would have left: "+
			"scale by the rate at which work arrives")
	case m.Type == engine.Pods, m.TargetType == engine.Value:
		return Mean, nil
	}
	return Sum, nil
}

// isLatency reports whether a metric measures a time. CPU time is a load, and a rate of a count of requests has the word duration in
// its name: only its _sum is a time.
func isLatency(text string) bool {
	if strings.Contains(strings.ToLower(text), "histogram_quantile") {
		return true
	}
	plain := cpuTime.ReplaceAllString(text, "")
	if counted.MatchString(plain) {
		return strings.Contains(plain, "_sum")
	}
	return latency.MatchString(plain)
}

func refuse(m *engine.Metric, reason string) error {
	return &RefusedError{Metric: Title(m), Reason: reason}
}

// Title is the name of a metric, or its query.
func Title(m *engine.Metric) string {
	if m.Name == "" {
		return m.Query
	}
	return m.Name
}

// Key identifies what a metric measures, whatever its target.
func Key(m *engine.Metric) string {
	return fmt.Sprintf("%d|%s|%s|%s|%v|%s|%s|%d", m.Type, m.Name, m.Container, m.Selector, m.Object, m.Query, m.Server, m.TargetType)
}
