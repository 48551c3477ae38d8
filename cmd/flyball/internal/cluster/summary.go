package cluster

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/summary"
)

// listLimit is the number of objects per request, so that a list of thousands is never in memory as a whole.
const listLimit = 500

// Summary has a row for each autoscaler, in the order of namespaces and names.
type Summary struct {
	Rows []summary.Row
	// Total is the number of autoscalers. It is greater than that of rows while a replica takes over the shards of another.
	Total int
	// Cause is why the rows are those of the statuses; nil for rows from the autoscaler's memory.
	Cause error
}

// Summary returns the rows of the namespace, or of all, which the label selector matches, from the autoscaler's memory, or else from the
// statuses. An empty selector matches all.
func (c *Cluster) Summary(ctx context.Context, allNamespaces bool, selector string) (*Summary, error) {
	namespace := metav1.NamespaceAll
	if !allNamespaces {
		var err error
		if namespace, err = c.Namespace(); err != nil {
			return nil, err
		}
	}
	s, cause := c.summaryFromMemory(ctx, namespace, selector)
	if cause != nil {
		var err error
		if s, err = c.statuses(ctx, namespace, selector); err != nil {
			return nil, err
		}
		s.Cause = cause
	}
	slices.SortStableFunc(s.Rows, func(a, b summary.Row) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
	})
	return s, nil
}

// summaryFromMemory reads the rows from the memory of the leader and, with sharding, of the other replicas.
func (c *Cluster) summaryFromMemory(ctx context.Context, namespace, selector string) (*Summary, error) {
	ctx, cancel := context.WithTimeout(ctx, MemoryTimeout)
	defer cancel()
	path := "/debug/summary"
	if namespace != "" {
		path += "/" + url.PathEscape(namespace)
	}
	if selector != "" {
		path += "?labelSelector=" + url.QueryEscape(selector)
	}
	leader, err := c.findLeader(ctx)
	if err != nil {
		return nil, err
	}
	first, err := leader.summary(ctx, path)
	if err != nil {
		return nil, err
	}
	s := &Summary{Rows: first.Items, Total: first.Total}
	if !first.Sharded {
		return s, nil
	}
	others, err := leader.others(ctx)
	if err != nil {
		return nil, err
	}
	for _, other := range others {
		more, err := other.summary(ctx, path)
		if err != nil {
			return nil, err
		}
		s.Rows = append(s.Rows, more.Items...)
	}
	s.Rows = newest(s.Rows)
	return s, nil
}

func (p *process) summary(ctx context.Context, path string) (*summary.List, error) {
	text, err := p.get(ctx, path)
	if err != nil {
		return nil, err
	}
	var list summary.List
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, fmt.Errorf("%s: the answer is no summary: %w", path, err)
	}
	return &list, nil
}

// newest keeps one row of each autoscaler: a shard that moves between two requests is in both answers.
func newest(rows []summary.Row) []summary.Row {
	type key struct{ namespace, name string }
	found := make(map[key]int, len(rows))
	kept := rows[:0]
	for _, row := range rows {
		k := key{row.Namespace, row.Name}
		i, twice := found[k]
		switch {
		case !twice:
			found[k] = len(kept)
			kept = append(kept, row)
		case row.Time != nil && (kept[i].Time == nil || kept[i].Time.Before(*row.Time)):
			kept[i] = row
		}
	}
	return kept
}

// statuses makes the rows of the statuses.
func (c *Cluster) statuses(ctx context.Context, namespace, selector string) (*Summary, error) {
	client, err := c.client()
	if err != nil {
		return nil, err
	}
	s := &Summary{}
	options := metav1.ListOptions{Limit: listLimit, LabelSelector: selector}
	for {
		list, err := client.AutoscalingV1alpha1().HorizontalAutoscalers(namespace).List(ctx, options)
		if err != nil {
			return nil, fmt.Errorf("listing HorizontalAutoscalers: %w", reason(err))
		}
		for i := range list.Items {
			s.Rows = append(s.Rows, summary.FromStatus(&list.Items[i], &list.Items[i].Status))
		}
		if options.Continue = list.Continue; options.Continue == "" {
			s.Total = len(s.Rows)
			return s, nil
		}
	}
}
