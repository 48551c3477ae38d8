package server

import (
	"strings"
	"sync/atomic"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	cma "sigs.k8s.io/custom-metrics-apiserver/pkg/provider"

	"flyball.dev/flyball/metricsadapter/forward"
	"flyball.dev/flyball/metricsadapter/provider"
)

// customList lists the custom metrics of the rules, followed by the last known metrics of another provider.
type customList struct {
	provider.CountedCustom
	other *forward.Provider
	last  mergedList[cma.CustomMetricInfo]
}

// ListAllMetrics returns each metric once.
func (l *customList) ListAllMetrics() []cma.CustomMetricInfo {
	return l.last.of(l.Custom.ListAllMetrics(), listedBy(l.other), func(r metav1.APIResource) (cma.CustomMetricInfo, bool) {
		resource, metric, ok := strings.Cut(r.Name, "/")
		return cma.CustomMetricInfo{GroupResource: schema.ParseGroupResource(resource), Namespaced: r.Namespaced, Metric: metric}, ok
	}, func(m cma.CustomMetricInfo) bool { return m.Metric == provider.Placeholder },
		// A resource cannot be listed with two scopes.
		func(a, b cma.CustomMetricInfo) bool {
			return a.GroupResource == b.GroupResource && (a.Metric == b.Metric || a.Namespaced != b.Namespaced)
		})
}

// externalList lists external metrics in the same way.
type externalList struct {
	provider.CountedExternal
	other *forward.Provider
	last  mergedList[cma.ExternalMetricInfo]
}

// ListAllExternalMetrics returns each metric once.
func (l *externalList) ListAllExternalMetrics() []cma.ExternalMetricInfo {
	return l.last.of(l.External.ListAllExternalMetrics(), listedBy(l.other), func(r metav1.APIResource) (cma.ExternalMetricInfo, bool) {
		return cma.ExternalMetricInfo{Metric: r.Name}, !strings.Contains(r.Name, "/")
	}, func(m cma.ExternalMetricInfo) bool { return m.Metric == provider.Placeholder },
		func(a, b cma.ExternalMetricInfo) bool { return a == b })
}

// mergedList caches a merged list until one of its sources changes.
type mergedList[T any] struct {
	last atomic.Pointer[cachedList[T]]
}

type cachedList[T any] struct {
	own    []T
	others []metav1.APIResource
	list   []T
}

func (m *mergedList[T]) of(
	own []T, others []metav1.APIResource, read func(metav1.APIResource) (T, bool), placeholder func(T) bool, clash func(a, b T) bool,
) []T {
	if last := m.last.Load(); last != nil && sameSlice(last.own, own) && sameSlice(last.others, others) {
		return last.list
	}
	var list []T
	for _, one := range own {
		if !placeholder(one) || len(others) == 0 {
			list = append(list, one)
		}
	}
	for _, r := range others {
		one, ok := read(r)
		for i := range list {
			ok = ok && !clash(list[i], one)
		}
		if ok {
			list = append(list, one)
		}
	}
	if len(list) == 0 {
		list = own
	}
	m.last.Store(&cachedList[T]{own, others, list})
	return list
}

// listedBy returns the last known metrics of another provider; none without one.
func listedBy(child *forward.Provider) []metav1.APIResource {
	if child == nil {
		return nil
	}
	return child.Listed()
}

// sameSlice reports whether two slices are identical. Lists are immutable.
func sameSlice[T any](a, b []T) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}
