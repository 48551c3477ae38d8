package differential

import (
	"math"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
)

// readings generates the answers of the metrics APIs.
type readings struct {
	random
	// failEvery is the mean number of readings between failures, missingEvery that of samples between missing ones.
	failEvery, missingEvery int
	// extremeEvery is the mean number of values between extreme ones.
	extremeEvery int
	// idle is true while the load is 0; it changes every idleEvery readings in the mean.
	idle      bool
	idleEvery int
	// gaps is a random source of its own, so that sequences of a seed are the same with gaps and without; every partialEvery-th
	// value in the mean spans a gap.
	gaps         random
	partialEvery int
}

func newReadings(d, gaps random) *readings {
	return &readings{random: d, gaps: gaps, partialEvery: pick(gaps, 10, 50, 10000), failEvery: pick(d, 5, 20, 200), missingEvery: pick(d, 3, 10, 1000), extremeEvery: pick(d, 6, 60, 2000, 2000), idleEvery: pick(d, 8, 20, 1000)}
}

// read returns a random reading of a metric.
func (g *readings) read(m *autoscalingv2.MetricSpec, pods []*corev1.Pod, replicas int32, now time.Time) Reading {
	if g.oneIn(g.idleEvery) {
		g.idle = !g.idle
	}
	if g.oneIn(g.failEvery) {
		return Reading{Fails: true}
	}
	switch {
	case m.Object != nil:
		return Reading{Series: []int64{g.value(&m.Object.Target, replicas)}, Partial: g.gaps.oneIn(g.partialEvery)}
	case m.External != nil:
		return Reading{Series: g.series(&m.External.Target, replicas), Partial: g.gaps.oneIn(g.partialEvery)}
	default:
		return g.perPod(m, pods, now)
	}
}

// value returns a random value of a metric with one value.
func (g *readings) value(target *autoscalingv2.MetricTarget, replicas int32) int64 {
	switch {
	case g.oneIn(g.extremeEvery):
		return g.extreme()
	case g.idle:
		return 0
	}
	goal := target.Value
	if goal == nil || target.Type == autoscalingv2.AverageValueMetricType {
		goal, replicas = target.AverageValue, max(1, replicas)
	} else {
		replicas = 1
	}
	return long(float64(goal.MilliValue()) * float64(replicas) * g.ratio())
}

// series returns values of one sign: with both signs, an overflow would depend on the order.
func (g *readings) series(target *autoscalingv2.MetricTarget, replicas int32) []int64 {
	first := g.value(target, replicas)
	if first < 0 || !g.oneIn(4) {
		return []int64{first}
	}
	return []int64{first / 2, first - first/2, pick(g.random, 0, first, math.MaxInt64)}
}

// perPod returns samples of the pods, which share one load and vary about it.
func (g *readings) perPod(m *autoscalingv2.MetricSpec, pods []*corev1.Pod, now time.Time) Reading {
	r := Reading{Samples: map[string]Sample{}}
	ratio, uneven := g.ratio(), g.oneIn(3)
	if g.idle {
		ratio, uneven = 0, false
	}
	for _, pod := range pods {
		if g.oneIn(g.missingEvery) || (pod.Status.Phase == corev1.PodPending && !g.oneIn(8)) {
			continue
		}
		value := long(float64(goal(m, pod)) * ratio)
		if uneven {
			value = long(float64(goal(m, pod)) * g.ratio())
		}
		if g.oneIn(10 * g.extremeEvery) {
			value = g.extreme()
		}
		r.Samples[pod.Name] = Sample{
			Value: value, Time: now.Add(-time.Duration(g.IntN(90)) * time.Second),
			Window: time.Duration(pick(g.random, 0, 15, 30, 60, g.IntN(60))) * time.Second, Partial: g.gaps.oneIn(g.partialEvery),
		}
	}
	for g.oneIn(25) {
		r.Strays = append(r.Strays, pick(g.random, 0, 500, int64(g.IntN(2000)), g.extreme()))
	}
	return r
}

// goal is the usage of a pod at its target.
func goal(m *autoscalingv2.MetricSpec, pod *corev1.Pod) int64 {
	var target autoscalingv2.MetricTarget
	resource := corev1.ResourceCPU
	switch {
	case m.Resource != nil:
		target, resource = m.Resource.Target, m.Resource.Name
	case m.ContainerResource != nil:
		target, resource = m.ContainerResource.Target, m.ContainerResource.Name
	case m.Pods != nil:
		target = m.Pods.Target
	}
	switch {
	case target.AverageValue != nil:
		return target.AverageValue.MilliValue()
	case target.AverageUtilization != nil:
		request := pod.Spec.Containers[0].Resources.Requests[resource]
		return long(float64(request.MilliValue()) * float64(*target.AverageUtilization) / 100)
	default:
		return 1000
	}
}

// long converts to the nearest int64.
func long(x float64) int64 {
	if x >= math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(x)
}
