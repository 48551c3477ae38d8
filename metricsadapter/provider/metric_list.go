package provider

import (
	"sync/atomic"

	"flyball.dev/flyball/metricsadapter/rule"
)

// Placeholder is listed where there is no metric: an API group without any resource makes every client's discovery
// complain.
const Placeholder = "no-rule-is-configured"

// metricListCache is the list of metrics that the rules in force give, made once for each set of rules: discovery asks for it all
// the time. The zero listing is ready to use.
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
