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

// NewResources makes the reader of the rules' resources.
func NewResources(rules Rules, answers Answers, objects *Objects) *Resources {
	return &Resources{rules: rules, answers: answers, objects: objects}
}

// usage is what is known of CPU and memory, of containers or of nodes.
type usage struct {
	parts []part
	// window is the longest of the parts' windows.
	window metav1.Duration
}

// part is one resource's answer.
type part struct {
	name  corev1.ResourceName
	rule  *rule.Grouped
	table *plan.Table
}

// read gives CPU and memory together, of a namespace or of all. One that is unknown fails both: half a pod is no answer
// that kubectl or an autoscaler could tell from a whole one.
func (r *Resources) read(ctx context.Context, namespace string, pick func(*rule.Resource) *rule.Grouped) (*usage, error) {
	u := &usage{}
	var batch plan.Batch
	var places []int
	for _, resource := range r.rules.Rules().Resources {
		g := pick(resource)
		if g == nil {
			continue
		}
		query, _, err := plan.ForRule(g, plan.Selector{}, plan.Place{})
		if err != nil {
			return nil, unavailable(err)
		}
		places = append(places, batch.Add(query, namespace))
		u.parts = append(u.parts, part{name: corev1.ResourceName(resource.Name), rule: g})
		u.window.Duration = max(u.window.Duration, g.Window)
	}
	if len(u.parts) == 0 {
		return nil, notFound("no rule gives CPU or memory: add them under resources")
	}
	ctx, cancel := inTime(ctx)
	defer cancel()
	now := time.Now()
	answers := r.answers.Read(ctx, batch.Wants)
	for i, place := range places {
		table, err := answers[place].In(namespace).Fresh(now, u.parts[i].rule.MaxAge)
		if err != nil {
			return nil, unavailable(fmt.Errorf("%s: %w", u.parts[i].name, err))
		}
		if table.Partial != "" {
			// A pod of which a container is missing would look like a smaller pod.
			return nil, unavailable(fmt.Errorf("%s: the answer may be incomplete: %s", u.parts[i].name, table.Partial))
		}
		u.parts[i].table = table
	}
	return u, nil
}

// at is the time of the oldest sample of an object.
func (u *usage) at(namespace, name string) metav1.Time {
	var oldest time.Time
	for _, p := range u.parts {
		rows := p.table.Object(namespace, name)
		for i := range rows {
			if at := p.table.Time(&rows[i]); oldest.IsZero() || at.Before(oldest) {
				oldest = at
			}
		}
	}
	return metav1.NewTime(oldest)
}

// pod gives what each container of a pod uses; none where one of them lacks a resource that another has, because the
// sum over a part of a pod is not the pod's.
func (u *usage) pod(namespace, name string) []metrics.ContainerMetrics {
	byName := map[string]corev1.ResourceList{}
	for _, p := range u.parts {
		rows := p.table.Object(namespace, name)
		for i := range rows {
			quantity, ok := p.amount(&rows[i])
			if !ok {
				return nil
			}
			container := rows[i].Label(p.rule.Labels.Container)
			if byName[container] == nil {
				byName[container] = corev1.ResourceList{}
			}
			byName[container][p.name] = quantity
		}
	}
	containers := make([]metrics.ContainerMetrics, 0, len(byName))
	for _, container := range slices.Sorted(maps.Keys(byName)) {
		if len(byName[container]) < len(u.parts) {
			return nil
		}
		containers = append(containers, metrics.ContainerMetrics{Name: container, Usage: byName[container]})
	}
	return containers
}

// node gives what a node uses; nil where that is not known.
func (u *usage) node(name string) corev1.ResourceList {
	list := corev1.ResourceList{}
	for _, p := range u.parts {
		rows := p.table.Object("", name)
		if len(rows) != 1 {
			return nil
		}
		quantity, ok := p.amount(&rows[0])
		if !ok {
			return nil
		}
		list[p.name] = quantity
	}
	return list
}

// amount is a row's value in the unit that its resource is told in: CPU in billionths of a core, memory in bytes. A use
// below zero is none.
func (p part) amount(row *plan.Row) (resource.Quantity, bool) {
	if p.table.Problem(row) != "" || row.Value < 0 {
		return resource.Quantity{}, false
	}
	if p.name == corev1.ResourceMemory {
		milli, err := plan.Milli(row.Value)
		return *resource.NewQuantity(milli/1000, resource.BinarySI), err == nil
	}
	nano, err := plan.Nano(row.Value)
	return *resource.NewScaledQuantity(nano, resource.Nano), err == nil
}
