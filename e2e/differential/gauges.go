package differential

import (
	"math"
	"time"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
)

// gauges make what the metrics APIs answer.
type gauges struct {
	dice
	// outage is once in how many times a metric cannot be read, gap once in how many a pod has no sample.
	outage, gap int
	// wild is once in how many times a value is extreme.
	wild int
	// idle says that there is no load at the moment; turns is once in how many steps that changes.
	idle  bool
	turns int
	// gaps are dice of their own, so that sequences of a seed are the same with gaps and without; partial is once in how many
	// times a value spans one.
	gaps    dice
	partial int
}

func newGauges(d, gaps dice) *gauges {
	return &gauges{dice: d, gaps: gaps, partial: pick(gaps, 10, 50, 10000), outage: pick(d, 5, 20, 200), gap: pick(d, 3, 10, 1000), wild: pick(d, 6, 60, 2000, 2000), turns: pick(d, 8, 20, 1000)}
}

// read measures a metric.
func (g *gauges) read(m *autoscalingv2.MetricSpec, pods []*corev1.Pod, replicas int32, now time.Time) Reading {
	if g.oneIn(g.turns) {
		g.idle = !g.idle
	}
	if g.oneIn(g.outage) {
		return Reading{Fails: true}
	}
	switch {
	case m.Object != nil:
		return Reading{Series: []int64{g.value(&m.Object.Target, replicas)}, Partial: g.gaps.oneIn(g.partial)}
	case m.External != nil:
		return Reading{Series: g.series(&m.External.Target, replicas), Partial: g.gaps.oneIn(g.partial)}
	default:
		return g.perPod(m, pods, now)
	}
}

// value is of the whole: so and so far from its target.
func (g *gauges) value(target *autoscalingv2.MetricTarget, replicas int32) int64 {
	switch {
	case g.oneIn(g.wild):
		return g.extreme()
	case g.idle:
		return 0
	}
	at := target.Value
	if at == nil || target.Type == autoscalingv2.AverageValueMetricType {
		at, replicas = target.AverageValue, max(1, replicas)
	} else {
		replicas = 1
	}
	return long(float64(at.MilliValue()) * float64(replicas) * g.ratio())
}

// series are of one sign: in which order others overflow is a matter of reading.
func (g *gauges) series(target *autoscalingv2.MetricTarget, replicas int32) []int64 {
	first := g.value(target, replicas)
	if first < 0 || !g.oneIn(4) {
		return []int64{first}
	}
	return []int64{first / 2, first - first/2, pick(g.dice, 0, first, math.MaxInt64)}
}

// perPod measures each pod. They share one load, and vary about it.
func (g *gauges) perPod(m *autoscalingv2.MetricSpec, pods []*corev1.Pod, now time.Time) Reading {
	r := Reading{Samples: map[string]Sample{}}
	ratio, uneven := g.ratio(), g.oneIn(3)
	if g.idle {
		ratio, uneven = 0, false
	}
	for _, pod := range pods {
		if g.oneIn(g.gap) || (pod.Status.Phase == corev1.PodPending && !g.oneIn(8)) {
			continue
		}
		value := long(float64(goal(m, pod)) * ratio)
		if uneven {
			value = long(float64(goal(m, pod)) * g.ratio())
		}
		if g.oneIn(10 * g.wild) {
			value = g.extreme()
		}
		r.Samples[pod.Name] = Sample{
			Value: value, Time: now.Add(-time.Duration(g.IntN(90)) * time.Second),
			Window: time.Duration(pick(g.dice, 0, 15, 30, 60, g.IntN(60))) * time.Second, Partial: g.gaps.oneIn(g.partial),
		}
	}
	for g.oneIn(25) {
		r.Strays = append(r.Strays, pick(g.dice, 0, 500, int64(g.IntN(2000)), g.extreme()))
	}
	return r
}

// goal is what a pod uses when it is at its target.
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

// long is the nearest number there is.
func long(x float64) int64 {
	if x >= math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(x)
}
