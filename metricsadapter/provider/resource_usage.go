package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/metrics/pkg/apis/metrics"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/rule"
)

// Resources reads CPU and memory for metrics.k8s.io.
type Resources struct {
	rules   Rules
	answers Answers
	objects *Objects
}

// NewResources returns the reader of the rules' resources.
func NewResources(rules Rules, answers Answers, objects *Objects) *Resources {
	return &Resources{rules: rules, answers: answers, objects: objects}
}

// usage is CPU and memory of containers or of nodes.
type usage struct {
	resources []resourceTable
	// window is the longest of the parts' windows.
	window metav1.Duration
}

// resourceTable is the table of one resource.
type resourceTable struct {
	name  corev1.ResourceName
	rule  *rule.MetricQuery
	table *plan.Table
}

// read returns CPU and memory together, of a namespace or of all. If one is unknown both fail, because clients cannot
// distinguish a partial pod from a complete one.
func (r *Resources) read(ctx context.Context, namespace string, pick func(*rule.Resource) (*rule.MetricQuery, string)) (*usage, error) {
	u := &usage{}
	var batch plan.Batch
	var places []int
	for _, resource := range r.rules.Rules().Resources {
		g, problem := pick(resource)
		if problem != "" {
			return nil, unavailable(fmt.Errorf("the rule for %s is not in force: %s", resource.Name, problem))
		}
		if g == nil {
			continue
		}
		query, _, err := plan.ForRule(g, plan.Selector{}, plan.ObjectRef{})
		if err != nil {
			return nil, unavailable(err)
		}
		places = append(places, batch.Add(query, namespace))
		u.resources = append(u.resources, resourceTable{name: corev1.ResourceName(resource.Name), rule: g})
		u.window.Duration = max(u.window.Duration, g.Window)
	}
	if len(u.resources) == 0 {
		return nil, notFound("no rule provides CPU or memory: add rules under resources")
	}
	ctx, cancel := withWaitLimit(ctx)
	defer cancel()
	now := time.Now()
	answers := r.answers.Read(ctx, batch.Requests)
	for i, place := range places {
		table, err := answers[place].ForNamespace(namespace).Fresh(now, u.resources[i].rule.MaxAge)
		if err != nil {
			return nil, unavailable(fmt.Errorf("%s: %w", u.resources[i].name, err))
		}
		if table.Partial != "" {
			// A pod with a missing container would look like a smaller pod.
			return nil, unavailable(fmt.Errorf("%s: the answer may be incomplete: %s", u.resources[i].name, table.Partial))
		}
		u.resources[i].table = table
	}
	return u, nil
}

// oldestSample returns the time of the oldest sample of an object.
func (u *usage) oldestSample(namespace, name string) metav1.Time {
	var oldest time.Time
	for _, p := range u.resources {
		rows := p.table.Object(namespace, name)
		for i := range rows {
			if sampled := p.table.Time(&rows[i]); oldest.IsZero() || sampled.Before(oldest) {
				oldest = sampled
			}
		}
	}
	return metav1.NewTime(oldest)
}

// pod returns the usage of each container of a pod; none, with the reason, where a container lacks a resource that
// another has, because a partial sum is not the pod's usage.
func (u *usage) pod(namespace, name string) ([]metrics.ContainerMetrics, string) {
	byName := map[string]corev1.ResourceList{}
	for _, p := range u.resources {
		rows := p.table.Object(namespace, name)
		for i := range rows {
			container := rows[i].Label(p.rule.Labels.Container)
			quantity, problem := p.amount(&rows[i])
			if problem != "" {
				return nil, fmt.Sprintf("%s of container %s: %s", p.name, container, problem)
			}
			if byName[container] == nil {
				byName[container] = corev1.ResourceList{}
			}
			byName[container][p.name] = quantity
		}
	}
	if len(byName) == 0 {
		return nil, "Prometheus has no sample"
	}
	containers := make([]metrics.ContainerMetrics, 0, len(byName))
	for _, container := range slices.Sorted(maps.Keys(byName)) {
		for _, p := range u.resources {
			if _, found := byName[container][p.name]; !found {
				return nil, fmt.Sprintf("%s of container %s: Prometheus has no sample", p.name, container)
			}
		}
		containers = append(containers, metrics.ContainerMetrics{Name: container, Usage: byName[container]})
	}
	return containers, ""
}

// node returns the usage of a node; none, with the reason, where a resource is unknown.
func (u *usage) node(name string) (corev1.ResourceList, string) {
	list := corev1.ResourceList{}
	for _, p := range u.resources {
		rows := p.table.Object("", name)
		switch len(rows) {
		case 0:
			return nil, fmt.Sprintf("%s: Prometheus has no sample", p.name)
		case 1:
		default:
			return nil, fmt.Sprintf("%s: it has %d values", p.name, len(rows))
		}
		quantity, problem := p.amount(&rows[0])
		if problem != "" {
			return nil, fmt.Sprintf("%s: %s", p.name, problem)
		}
		list[p.name] = quantity
	}
	return list, ""
}

// amount returns a row's value in the unit of its resource: CPU in billionths of a core, memory in bytes. The string
// states why the row has no value; a negative usage is none.
func (p resourceTable) amount(row *plan.Row) (resource.Quantity, string) {
	switch problem := p.table.Problem(row); {
	case problem != "":
		return resource.Quantity{}, problem
	case row.Value < 0:
		return resource.Quantity{}, "the value is negative"
	}
	if p.name == corev1.ResourceMemory {
		milli, err := plan.Milli(row.Value)
		return *resource.NewQuantity(milli/1000, resource.BinarySI), textOf(err)
	}
	nano, err := plan.Nano(row.Value)
	return *resource.NewScaledQuantity(nano, resource.Nano), textOf(err)
}

func textOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
