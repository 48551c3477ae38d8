package tenancy

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Usage is what one autoscaler takes of the quotas of its namespace.
type Usage struct {
	Name    string
	Created time.Time
	// MaxReplicas is the highest replica count that its spec and its windows allow.
	MaxReplicas int32
	// Queries are the PromQL queries in its spec and its windows.
	Queries []string
}

// Refused returns, by name, the fields by which autoscalers of a namespace exceed its quotas. Older ones come first, so that a
// new autoscaler never refuses one that is in force. A refused autoscaler takes nothing of the quotas.
func (l *Limits) Refused(namespace string, all []Usage) map[string]field.ErrorList {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b Usage) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.Name, b.Name))
	})
	taken := taken{limits: l, namespace: namespace, queries: map[string]bool{}}
	refused := map[string]field.ErrorList{}
	for i := range all {
		if errs := taken.check(&all[i]); len(errs) > 0 {
			refused[all[i].Name] = errs
			continue
		}
		taken.add(&all[i])
	}
	return refused
}

// taken is what the autoscalers before one take of the quotas.
type taken struct {
	limits      *Limits
	namespace   string
	autoscalers int64
	replicas    int64
	queries     map[string]bool
}

func (t *taken) add(u *Usage) {
	t.autoscalers++
	t.replicas += int64(u.MaxReplicas)
	for _, query := range u.Queries {
		t.queries[query] = true
	}
}

func (t *taken) check(u *Usage) field.ErrorList {
	var errs field.ErrorList
	if limit := t.limits.MaxAutoscalers; limit != nil && t.autoscalers+1 > *limit {
		errs = append(errs, field.Invalid(field.NewPath("metadata", "namespace"), t.namespace, fmt.Sprintf(
			"has %d older HorizontalAutoscalers and may have %d: delete one of them, or ask the operator to raise maxAutoscalers in %s",
			t.autoscalers, *limit, Flag)))
	}
	if limit := t.limits.MaxTotalReplicas; limit != nil && t.replicas+int64(u.MaxReplicas) > *limit {
		errs = append(errs, field.Invalid(field.NewPath("spec", "maxReplicas"), u.MaxReplicas, fmt.Sprintf(
			"with its windows; older HorizontalAutoscalers of namespace %s allow %d replicas, and the namespace may have %d: "+
				"lower it to at most %d, or ask the operator to raise maxTotalReplicas in %s",
			t.namespace, t.replicas, *limit, max(0, *limit-t.replicas), Flag)))
	}
	if limit := t.limits.MaxQueries; limit != nil {
		if added := t.added(u.Queries); int64(len(t.queries)+added) > *limit && added > 0 {
			errs = append(errs, field.Invalid(field.NewPath("spec", "metrics"), fmt.Sprintf("%d further queries", added), fmt.Sprintf(
				"older HorizontalAutoscalers of namespace %s have %d distinct queries, and the namespace may have %d: "+
					"use one of their queries, or ask the operator to raise maxQueries in %s",
				t.namespace, len(t.queries), *limit, Flag)))
		}
	}
	return errs
}

// added returns the number of distinct queries that no other autoscaler has.
func (t *taken) added(queries []string) int {
	added := map[string]bool{}
	for _, query := range queries {
		if !t.queries[query] {
			added[query] = true
		}
	}
	return len(added)
}
