package engine

import (
	"math"
	"time"
)

// roundingError is how far the product of a ratio and a mean count can exceed a whole number by rounding errors only.
const roundingError = 1e-9

// replicasFor returns the replicas for a ratio that was measured over this many pods.
func (e *evaluation) replicasFor(ratio, shared float64) int32 {
	return e.numbers().roundUpCapped(ratio*shared - roundingError)
}

// raiseToShared corrects a proposed scale-in by samples that are older than the last change of the pods. Their ratio is the load
// over the pods of that time, which were more than those that the proposal counts. The product with fewer pods would be less than
// the load requires, and less again at the next sync. The corrected proposal is at most the current count.
func (e *evaluation) raiseToShared(p *Proposal, ratio, shared float64) {
	least := min(e.replicasFor(ratio, shared), e.d.Current)
	if e.toleratesLoad(ratio*shared, int(shared)) {
		least = e.d.Current
	}
	if least > p.Replicas {
		e.setShared(p, least, ratio, shared)
	}
}

// setShared sets the replicas that a ratio over the pods of an earlier time requires.
func (e *evaluation) setShared(p *Proposal, replicas int32, ratio, shared float64) {
	p.Replicas, p.Shared, p.SharedRatio, p.Hold = replicas, shared, ratio, 0
	p.Adjusted, p.AdjustedPods, p.Product = 0, 0, 0
	if replicas == e.d.Current {
		p.Hold = HoldOlderSample
	}
}

// correctOlderSamples corrects the proposal of a metric of which each pod has a sample. Samples can differ in their times: the
// count of pods at the time of each is weighted by its value.
func (e *evaluation) correctOlderSamples(m *Metric, r *Reading, i int, totals *podTotals, p *Proposal) {
	if !p.Known || !(p.Ratio < 1) || p.Replicas >= e.d.Current || !e.spec.corrects(OlderSamples) {
		return
	}
	oldest := totals.oldest
	if totals.untimed {
		oldest = earlier(oldest, e.timeOf(i, time.Time{}))
	}
	sharing := e.sharingOf(totals.ready)
	if sharing.lag = removalLag; sharing.unchangedSince(oldest.Add(-totals.window)) {
		return
	}
	counted, shared := e.weightSamples(m, r, i, sharing, totals.incomplete < totals.ready)
	if counted.usage <= 0 || shared <= float64(sharing.latest()) {
		return
	}
	ratio := p.Ratio
	if counted.pods < totals.ready && (m.TargetType != Utilization || counted.requests > 0) {
		_, ratio = e.compare(m, counted)
	}
	e.raiseToShared(p, ratio, shared)
}

// weightSamples returns the load of the counted pods, and the number of pods that shared it: the mean of the pods at the time of
// each sample, weighted by its value. completeOnly leaves out samples that cover a part of the load only.
func (e *evaluation) weightSamples(m *Metric, r *Reading, metric int, sharing sharingPods, completeOnly bool) (total load, shared float64) {
	n := e.numbers()
	sharing.lag = removalLag
	mean := sharingMean{sharing: sharing}
	for i := range e.observation.Pods {
		pod, sample := &e.observation.Pods[i], &r.Pods[i]
		if e.podClassOf(pod, sample, m) != counted || (completeOnly && (e.startsBeforeReady(pod, sample) || e.spansGap(sample))) {
			continue
		}
		total.pods++
		total.usage = n.add(total.usage, sample.Value)
		if m.TargetType == Utilization {
			total.requests = n.add(total.requests, r.Requests[i])
		}
		mean.add(float64(sample.Value), e.timeOf(metric, sample.Time), sample.Window)
	}
	return total, mean.value()
}

// correctOlderValue corrects the product of the ready pods and a ratio that was measured over other pods, in both directions: the
// value grows with the load on each pod, so a further scale-out requires a newer sample too.
func (e *evaluation) correctOlderValue(r *Reading, i int, p *Proposal) {
	if !p.Known || p.Ready == 0 || e.d.Current == 0 || e.spec.withinTolerance(p.Ratio) || !e.spec.corrects(OlderSamples) {
		return
	}
	sharing := e.sharingOf(p.Ready)
	sampled, latest := e.timeOf(i, r.Time), float64(sharing.latest())
	if p.Ratio < 1 {
		if shared := sharing.highestOver(sampled, r.Window); shared > latest {
			e.raiseToShared(p, p.Ratio, shared)
		}
		return
	}
	start := sampled.Add(-r.Window)
	if shared := e.withoutLost(sharing.meanOver(start, sampled), start); shared > 0 && shared != latest {
		if replicas := max(e.d.Current, e.replicasFor(p.Ratio, shared)); replicas != p.Replicas {
			e.setShared(p, replicas, p.Ratio, shared)
		}
	}
}

// sharedNow returns the number of pods that shared the load at the time of a sample, at least pods and at least 1.
func (e *evaluation) sharedNow(pods int32, sampled time.Time, window time.Duration) float64 {
	if !e.spec.corrects(OlderSamples) {
		return float64(pods)
	}
	return max(1, math.Max(float64(pods), e.sharingOf(int(pods)).highestOver(sampled, window)))
}
