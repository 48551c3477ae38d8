package engine

import (
	"time"

	"flyball.dev/flyball/autoscaler/damping"
)

// loadOf returns the load of metric i, in replicas at their target, and its age: the time since the middle of its window.
func (e *evaluation) loadOf(i int) (load float64, age time.Duration) {
	m, r, p := &e.spec.Metrics[i], &e.observation.Readings[i], &e.d.Proposals[i]
	window, sampled := r.Window, p.Time
	switch m.Type {
	case Resource, ContainerResource, Pods:
		load, sampled, window = e.loadOfPods(i, m, r, p)
	default:
		load = float64(r.Value) / float64(m.Target)
		if m.TargetType != AverageValue {
			load = p.Ratio
		}
	}
	if sampled.IsZero() {
		sampled = e.now
	}
	age = e.now.Sub(sampled) + window/2
	if p.AwaitedLimit > 0 {
		load = min(load, p.AwaitedLimit)
	}
	if m.TargetType == Value {
		load = damping.GainLimitedLoad(load, e.measuredReplicas(i, p.Ratio), max(0, age+e.state.StartUp.Time()), e.now.Sub(e.state.Damping.Time))
	}
	return load, age
}

// measuredReplicas returns the replicas that the ratio of a Value target was measured with: the current count, corrected by the
// pods that have been removed or added since, so that one sample does not change the load twice.
func (e *evaluation) measuredReplicas(i int, ratio float64) float64 {
	current := float64(e.d.Current)
	if !e.spec.corrects(OlderSamples) {
		return current
	}
	r, sharing := &e.observation.Readings[i], e.sharingNow()
	sampled, latest := e.timeOf(i, r.Time), float64(sharing.latest())
	if ratio < 1 || !e.isNewSample(i) {
		sharing.lag = removalLag
	}
	shared := sharing.meanOver(sampled.Add(-r.Window), sampled)
	if latest == 0 || shared == 0 || (shared < latest && ratio < 1) {
		return current
	}
	return current * shared / latest
}

// loadOfPods returns the load by the pods that were ready for the whole window of their sample, with the oldest time and the
// longest window of these samples.
func (e *evaluation) loadOfPods(metric int, m *Metric, r *Reading, p *Proposal) (load float64, sampled time.Time, window time.Duration) {
	var usage, requests float64
	shared := sharingMean{sharing: e.sharingNow()}
	if !e.isNewSample(metric) {
		shared.sharing.lag = removalLag // no other rule corrects the load of an older sample
	}
	pods := 0
	for i := range e.observation.Pods {
		pod, sample := &e.observation.Pods[i], &r.Pods[i]
		if !pod.serves() || !sample.Known || e.tooOld(m, sample.Time) ||
			sample.Time.Before(pod.ReadySince.Add(sample.Window)) || e.spansGap(sample) {
			continue
		}
		pods++
		usage += float64(sample.Value)
		shared.add(float64(sample.Value), sample.Time, sample.Window)
		if m.TargetType == Utilization {
			requests += float64(r.Requests[i])
		}
		sampled, window = earlier(sampled, sample.Time), max(window, sample.Window)
	}
	ratio := p.Ratio
	switch {
	case pods == 0 && (ratio < 1 || !e.isNewSample(metric)):
		return ratio * e.sharedNow(int32(max(1, p.Ready)), e.timeOf(metric, p.Time), r.longestWindow()), p.Time, 0
	case pods == 0:
		return ratio * float64(max(1, p.Ready)), p.Time, 0
	case m.TargetType == Utilization && requests > 0:
		ratio = 100 * usage / requests / float64(m.Target)
	case m.TargetType != Utilization:
		ratio = usage / float64(pods) / float64(m.Target)
	}
	if load = ratio * shared.value(); load == 0 {
		// No value is positive, or no pod was ready at the time of the samples.
		load = ratio * float64(pods)
	}
	return load, sampled, window
}

// longestWindow returns the longest window of the samples.
func (r *Reading) longestWindow() (longest time.Duration) {
	for i := range r.Pods {
		longest = max(longest, r.Pods[i].Window)
	}
	return longest
}
