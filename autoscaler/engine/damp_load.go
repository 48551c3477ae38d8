package engine

import (
	"time"

	"flyball.dev/flyball/autoscaler/damping"
)

// fullUse is the utilization, as a share of the requests, from which pods cannot show a higher load.
const fullUse = 0.95

// measuredLoad is the load of a metric.
type measuredLoad struct {
	// replicas is the load in replicas at their target.
	replicas float64
	// sampled is the time of its oldest sample, and age the time since the middle of its window.
	sampled     time.Time
	age, window time.Duration
	// measured is the load before it is limited because pods are on their way.
	measured float64
	// full reports that the pods cannot show a higher load.
	full bool
}

// loadOf returns the load of metric i.
func (e *evaluation) loadOf(i int) measuredLoad {
	m, r, p := &e.spec.Metrics[i], &e.observation.Readings[i], &e.d.Proposals[i]
	load := measuredLoad{window: r.Window, sampled: p.Time}
	switch m.Type {
	case Resource, ContainerResource, Pods:
		load = e.loadOfPods(i, m, r, p)
	default:
		load.replicas = float64(r.Value) / float64(m.Target)
		if m.TargetType != AverageValue {
			load.replicas = p.Ratio
		}
	}
	if load.sampled.IsZero() {
		load.sampled = e.now
	}
	load.age, load.measured = e.now.Sub(load.sampled)+load.window/2, load.replicas
	if p.AwaitedLimit > 0 {
		load.replicas = min(load.replicas, p.AwaitedLimit)
	}
	if m.TargetType == Value {
		load.replicas = damping.GainLimitedLoad(load.replicas, e.measuredReplicas(i, p.Ratio), max(0, load.age+e.state.StartUp.Time()), e.now.Sub(e.state.Damping.Time))
	}
	return load
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
	if e.lost > 0 && ratio > 1 && shared > 0 { // replacements that start have no load yet
		return min(current, latest, e.withoutLost(shared, sampled.Add(-r.Window)))
	}
	if latest == 0 || shared == 0 || (shared < latest && ratio < 1) {
		return current
	}
	return current * shared / latest
}

// loadOfPods returns the load by the pods that were ready for the whole window of their sample, with the oldest time and the
// longest window of these samples.
func (e *evaluation) loadOfPods(metric int, m *Metric, r *Reading, p *Proposal) (load measuredLoad) {
	var usage, requests float64
	shared := sharingMean{sharing: e.sharingNow()}
	if !e.isNewSample(metric) {
		shared.sharing.lag = removalLag // no other rule corrects the load of an older sample
	}
	pods := 0
	for i := range e.observation.Pods {
		pod, sample := &e.observation.Pods[i], &r.Pods[i]
		if !pod.carriesLoad() || !sample.Known || e.tooOld(m, sample.Time) ||
			sample.Time.Before(pod.ReadySince.Add(sample.Window)) || e.spansGap(sample) {
			continue
		}
		pods++
		usage += float64(sample.Value)
		shared.add(float64(sample.Value), sample.Time, sample.Window)
		if m.TargetType == Utilization {
			requests += float64(r.Requests[i])
		}
		load.sampled, load.window = earlier(load.sampled, sample.Time), max(load.window, sample.Window)
	}
	ratio := p.Ratio
	switch {
	case pods == 0 && (ratio < 1 || !e.isNewSample(metric)):
		shared := e.sharedNow(int32(max(1, p.Ready)), e.timeOf(metric, p.Time), r.longestWindow())
		return measuredLoad{replicas: ratio * shared, sampled: p.Time}
	case pods == 0:
		return measuredLoad{replicas: ratio * float64(max(1, p.Ready)), sampled: p.Time}
	case m.TargetType == Utilization && requests > 0:
		ratio = 100 * usage / requests / float64(m.Target)
		load.full = usage >= fullUse*requests
	case m.TargetType != Utilization:
		ratio = usage / float64(pods) / float64(m.Target)
	}
	sharedBy := shared.value()
	if ratio > 1 {
		sharedBy = e.withoutLost(sharedBy, load.sampled.Add(-load.window))
	}
	if load.replicas = ratio * sharedBy; load.replicas == 0 {
		// No value is positive, or no pod was ready at the time of the samples.
		load.replicas = ratio * float64(pods)
	}
	return load
}

// longestWindow returns the longest window of the samples.
func (r *Reading) longestWindow() (longest time.Duration) {
	for i := range r.Pods {
		longest = max(longest, r.Pods[i].Window)
	}
	return longest
}
