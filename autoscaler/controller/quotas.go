package controller

import (
	"sync"

	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/scalewindow"
	"flyball.dev/flyball/autoscaler/tenancy"
)

// quotas has the autoscalers that exceed the quotas of their namespace. They depend on the objects of the informers only, and so
// are the same in every replica and after a restart.
type quotas struct {
	list    func(namespace string) ([]*v1alpha1.HorizontalAutoscaler, error)
	windows func(namespace string) *scalewindow.Snapshot

	mu    sync.Mutex
	rules *tenancy.Rules
	// known are the verdicts by namespace, without those of namespaces that have changed.
	known map[string]*verdict
}

// verdict has the refused autoscalers of a namespace with its windows.
type verdict struct {
	windows *scalewindow.Snapshot
	refused map[string]error
}

func newQuotas(
	rules *tenancy.Rules, list func(string) ([]*v1alpha1.HorizontalAutoscaler, error), windows func(string) *scalewindow.Snapshot,
) *quotas {
	return &quotas{rules: rules, list: list, windows: windows, known: map[string]*verdict{}}
}

// changed makes the namespace of an object judged again. It is called when a spec or labels change.
func (q *quotas) changed(object any) {
	name, err := cache.DeletionHandlingObjectToName(object)
	if err != nil {
		utilruntime.HandleError(err)
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.known, name.Namespace)
}

// limit replaces what the operator allows each namespace.
func (q *quotas) limit(namespaces *tenancy.Rules) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.rules = namespaces
	clear(q.known)
}

// exceeded returns the quotas of its namespace that an autoscaler exceeds, as a [*policy.Error]; nil for none.
func (q *quotas) exceeded(key cache.ObjectName) error {
	windows := q.windows(key.Namespace)
	q.mu.Lock()
	defer q.mu.Unlock()
	limits := q.rules.For(key.Namespace)
	if !limits.HasQuotas() {
		return nil
	}
	known := q.known[key.Namespace]
	if known == nil || known.windows != windows {
		known = q.judge(key.Namespace, limits, windows)
		q.known[key.Namespace] = known
	}
	return known.refused[key.Name]
}

func (q *quotas) judge(namespace string, limits *tenancy.Limits, windows *scalewindow.Snapshot) *verdict {
	v := &verdict{windows: windows, refused: map[string]error{}}
	all, err := q.list(namespace)
	if err != nil { // a lister has no error
		utilruntime.HandleError(err)
		return v
	}
	usages := make([]tenancy.Usage, len(all))
	for i, ha := range all {
		usages[i] = policy.Usage(ha, windows.For(ha.Name, ha.Labels))
	}
	for name, fields := range limits.Refused(namespace, usages) {
		v.refused[name] = &policy.Error{Reason: v1alpha1.ReasonQuotaExceeded, Fields: fields}
	}
	return v
}
