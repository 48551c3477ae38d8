package policy

import (
	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/tenancy"
)

// Usage returns what an autoscaler, which it does not change, takes of the quotas of its namespace: the highest replica count that
// its spec, its windows and those of ScaleWindows allow, and all their queries. A spec that is invalid counts, too.
func Usage(ha *v1alpha1.HorizontalAutoscaler, windows []*ScaleWindow) tenancy.Usage {
	u := tenancy.Usage{Name: ha.Name, Created: ha.CreationTimestamp.Time, MaxReplicas: ha.Spec.MaxReplicas}
	for i := range ha.Spec.Metrics {
		addQuery(&u, &ha.Spec.Metrics[i])
	}
	for i := range ha.Spec.Windows {
		w := &ha.Spec.Windows[i]
		for _, bound := range []*int32{w.MaxReplicas, w.Replicas} {
			if bound != nil {
				u.MaxReplicas = max(u.MaxReplicas, *bound)
			}
		}
		addBatchQueries(&u, w.Batch)
	}
	for _, w := range windows {
		if w.Window.HasMax {
			u.MaxReplicas = max(u.MaxReplicas, w.Window.Max)
		}
		addBatchQueries(&u, w.Object.Spec.Batch)
	}
	return u
}

func addBatchQueries(u *tenancy.Usage, b *v1alpha1.Batch) {
	if b == nil {
		return
	}
	addQuery(u, &b.Backlog)
	addQuery(u, b.Arrivals)
	addQuery(u, b.ThroughputPerReplica.Metric)
}

func addQuery(u *tenancy.Usage, m *v1alpha1.MetricSpec) {
	if m != nil && m.Prometheus != nil {
		u.Queries = append(u.Queries, m.Prometheus.Server+"\x00"+m.Prometheus.Query)
	}
}
