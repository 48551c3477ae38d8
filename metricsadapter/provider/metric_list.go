package provider

import (
	"sync/atomic"

	"flyball.dev/flyball/metricsadapter/rule"
)

// Placeholder is listed while no rule provides a metric: clients log discovery errors for an API group without
// resources.
const Placeholder = "no-rule-is-configured"

// metricListCache caches the list of metrics of a set of rules, because clients request discovery frequently. The zero
// value is ready to use.
type metricListCache[T any] struct {
	last atomic.Pointer[cachedList[T]]
}

type cachedList[T any] struct {
	rules *rule.Set
	list  []T
}

func (l *metricListCache[T]) of(rules *rule.Set, list func(*rule.Set) []T) []T {
	last := l.last.Load()
	if last == nil || last.rules != rules {
		last = &cachedList[T]{rules, list(rules)}
		l.last.Store(last)
	}
	return last.list
}
