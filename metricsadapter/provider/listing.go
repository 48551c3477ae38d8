package provider

import (
	"sync/atomic"

	"flyball.dev/flyball/metricsadapter/rule"
)

// Placeholder is listed where there is no metric: an API group without any resource makes every client's discovery
// complain.
const Placeholder = "no-rule-is-configured"

// listing is the list of metrics that the rules in force give, made once for each set of rules: discovery asks for it all
// the time. The zero listing is ready to use.
type listing[T any] struct {
	last atomic.Pointer[listed[T]]
}

type listed[T any] struct {
	rules *rule.Set
	list  []T
}

func (l *listing[T]) of(rules *rule.Set, list func(*rule.Set) []T) []T {
	last := l.last.Load()
	if last == nil || last.rules != rules {
		last = &listed[T]{rules, list(rules)}
		l.last.Store(last)
	}
	return last.list
}
