package backtest

import (
	"fmt"
	"regexp"
	"strings"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/history"
)

// The names of series that are not metrics.
const (
	replicasSeries      = "replicas"
	readySeries         = "ready"
	rolloutSeries       = "rollout"
	unschedulableSeries = "unschedulable"
	nodesSeries         = "podsPerNode"
	startUpSeries       = "startUp"
)

// plannedSeries is a series to record.
type plannedSeries struct {
	Name  string `json:"name"`
	Query string `json:"query"`
	// Key is that of a metric, and Kind how its value follows from the load; empty for other series.
	Key  string `json:"key,omitempty"`
	Kind string `json:"kind,omitempty"`
	// Metric is the name of the metric.
	Metric string `json:"metric,omitempty"`
}

// byPod reports whether the series has a value for each pod.
func (p *plannedSeries) byPod() bool { return p.Name == startUpSeries }

// planner makes the queries of a backtest.
type planner struct {
	target    v1alpha1.CrossVersionObjectReference
	namespace string
	// queries replace those of metrics and series, by name.
	queries map[string]string
	kinds   *kinds
	used    map[string]bool
}

// kindSeries are the series of kube-state-metrics of a kind: replicas, ready pods, and pods of the current template.
var kindSeries = map[string][3]string{
	"Deployment":            {"kube_deployment_spec_replicas", "kube_deployment_status_replicas_ready", "kube_deployment_status_replicas_updated"},
	"StatefulSet":           {"kube_statefulset_replicas", "kube_statefulset_status_replicas_ready", "kube_statefulset_status_replicas_updated"},
	"ReplicaSet":            {"kube_replicaset_spec_replicas", "kube_replicaset_status_ready_replicas", ""},
	"ReplicationController": {"kube_replicationcontroller_spec_replicas", "kube_replicationcontroller_status_ready_replicas", ""},
}

// plan lists the series of the target and of the metrics of all candidates.
func (p *planner) plan(candidates []*candidate) ([]plannedSeries, error) {
	p.used = map[string]bool{}
	planned, err := p.targetSeries()
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, c := range candidates {
		for i := range c.spec.Metrics {
			m := &c.spec.Metrics[i]
			if seen[history.Key(m)] {
				continue
			}
			seen[history.Key(m)] = true
			one, err := p.metric(m)
			if err != nil {
				return nil, fmt.Errorf("policy %s: %w", c.name, err)
			}
			planned = append(planned, one)
		}
	}
	for name := range p.queries {
		if !p.used[name] {
			return nil, fmt.Errorf("--query: Invalid value: %q: no metric or series has this name", name)
		}
	}
	return planned, nil
}

// override returns the query of --query for a name, or another.
func (p *planner) override(name, otherwise string) string {
	if own, set := p.queries[name]; set {
		p.used[name] = true
		return own
	}
	return otherwise
}

func (p *planner) targetSeries() ([]plannedSeries, error) {
	names := kindSeries[p.target.Kind]
	labels := fmt.Sprintf("namespace=%q,%s=%q", p.namespace, strings.ToLower(p.target.Kind), p.target.Name)
	pods := p.pods()
	series := func(name string) string {
		if name == "" {
			return ""
		}
		return "max(" + name + "{" + labels + "})"
	}
	rollout := ""
	if names[2] != "" {
		rollout = series(names[0]) + " - " + series(names[2])
	}
	var planned []plannedSeries
	for _, one := range []plannedSeries{
		{Name: replicasSeries, Query: series(names[0])},
		{Name: readySeries, Query: series(names[1])},
		{Name: rolloutSeries, Query: rollout},
		{Name: unschedulableSeries, Query: "sum(kube_pod_status_unschedulable{" + pods + "})"},
		{Name: nodesSeries, Query: `avg(count by (node) (kube_pod_info{` + pods + `,node!=""}))`},
		{Name: startUpSeries, Query: "max by (pod) (kube_pod_status_ready_time{" + pods + "}) - max by (pod) (kube_pod_created{" + pods + "})"},
	} {
		if one.Query = p.override(one.Name, one.Query); one.Query != "" {
			planned = append(planned, one)
		} else if one.Name != rolloutSeries {
			return nil, fmt.Errorf("spec.scaleTargetRef.kind: %s: kube-state-metrics has no %s of it: name the series with --query %s=PROMQL", p.target.Kind, one.Name, one.Name)
		}
	}
	return planned, nil
}

// pods are the matchers of the target's pods.
func (p *planner) pods() string {
	return fmt.Sprintf("namespace=%q,pod=~%q", p.namespace, p.podNames())
}

// podNames is a regular expression of the names that the controller of the target gives its pods.
func (p *planner) podNames() string {
	name := regexp.QuoteMeta(p.target.Name)
	switch p.target.Kind {
	case "Deployment":
		name += "-[a-z0-9]+-[a-z0-9]+"
	case "StatefulSet":
		name += "-[0-9]+"
	default:
		name += "-[a-z0-9]+"
	}
	return name
}

// metric plans the series of a metric.
func (p *planner) metric(m *engine.Metric) (plannedSeries, error) {
	kind, err := p.kinds.of(m)
	if err != nil {
		return plannedSeries{}, err
	}
	title := history.Title(m)
	query := p.override(title, "")
	switch {
	case query != "":
	case m.Type == engine.Resource || m.Type == engine.ContainerResource:
		query, kind = p.cpu(m), history.Sum
	case m.Type == engine.Prometheus:
		if query = m.Compiled.Text; query == "" {
			query = m.Query
		}
	default:
		if query, kind, err = p.kinds.rules.series(m, kind, p.podNames()); err != nil {
			return plannedSeries{}, fmt.Errorf("metric %s: %w; otherwise, give its PromQL with --query '%s=PROMQL'", title, err, title)
		}
	}
	return plannedSeries{Name: "metric " + title, Query: query, Key: history.Key(m), Kind: kindName(kind), Metric: title}, nil
}

func kindName(kind history.Kind) string {
	if kind == history.Mean {
		return "mean"
	}
	return "sum"
}

// cpu is the usage of all pods in cores or, for a utilization, in percent of the mean request of a pod.
func (p *planner) cpu(m *engine.Metric) string {
	container := `container!=""`
	if m.Container != "" {
		container = fmt.Sprintf("container=%q", m.Container)
	}
	usage := fmt.Sprintf("sum(rate(container_cpu_usage_seconds_total{%s,%s}[2m]))", p.pods(), container)
	if m.TargetType != engine.Utilization {
		return usage
	}
	return fmt.Sprintf(`100 * %s / avg(sum by (pod) (kube_pod_container_resource_requests{%s,%s,resource="cpu"}))`, usage, p.pods(), container)
}
