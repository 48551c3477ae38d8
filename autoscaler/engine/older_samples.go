package engine

import (
	"math"
	"time"
)

// rounding is what a product of a ratio and a mean count may be above a whole number by rounding errors alone.
const rounding = 1e-9

// needs is the replicas for a ratio that so many pods shared.
func (e *evaluation) replicasFor(ratio, shared float64) int32 {
	return e.numbers().roundUpCapped(ratio*shared - rounding)
}

// raiseToShared corrects a proposal to scale in by samples that are older than the pods' last change: their ratio is the load over
// the pods that shared it then, which are more than those that the proposal counts. The product with fewer would be less than
// the load needed, and less again at the next tick. The proposal stays between what it was and the current count.
func (e *evaluation) raiseToShared(p *Proposal, ratio, shared float64) {
	if least := min(e.replicasFor(ratio, shared), e.d.Current); least > p.Replicas {
		p.Replicas, p.Shared, p.SharedRatio, p.Hold = least, shared, ratio, 0
		p.Adjusted, p.AdjustedPods, p.Product = 0, 0, 0
		if least == e.d.Current {
			p.Hold = HoldOlderSample
		}
	}
}

// correctOlderSamples is raiseToShared for a metric that each pod has its own sample of. Samples may differ in their times: each value
// counts as much as the pods that shared the load with its own.
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
	full, shared := e.weighSamples(m, r, i, sharing, totals.incomplete < totals.ready)
	if full.usage <= 0 || shared <= float64(sharing.latest()) {
		return
	}
	ratio := p.Ratio
	if full.pods < totals.ready && (m.TargetType != Utilization || full.requests > 0) {
		_, ratio = e.compare(m, full)
	}
	e.raiseToShared(p, ratio, shared)
}

// weighSamples gives the counted pods' load, and by how many pods it was shared: the mean of the pods at each sample's time, by the
// samples' values. wholeOnly leaves those out whose sample is partial.
func (e *evaluation) weighSamples(m *Metric, r *Reading, metric int, sharing sharingPods, wholeOnly bool) (full load, shared float64) {
	n := e.numbers()
	sharing.lag = removalLag
	mean := sharingMean{sharing: sharing}
	for i := range e.observation.Pods {
		pod, sample := &e.observation.Pods[i], &r.Pods[i]
		if e.podClassOf(pod, sample, m) != counted || (wholeOnly && (e.startsBeforeReady(pod, sample) || e.spansGap(sample))) {
			continue
		}
		full.pods++
		full.usage = n.add(full.usage, sample.Value)
		if m.TargetType == Utilization {
			full.requests = n.add(full.requests, r.Requests[i])
		}
		mean.add(float64(sample.Value), e.timeOf(metric, sample.Time), sample.Window)
	}
	return full, mean.value()
}

// correctOlderValue corrects a product of the ready pods and a ratio that was measured over other pods, in both directions: of a value
// that grows with the load on each pod, also the next scale-out needs a newer sample.
func (e *evaluation) correctOlderValue(r *Reading, i int, p *Proposal) {
	if !p.Known || p.Ready == 0 || e.d.Current == 0 || e.spec.withinTolerance(p.Ratio) || !e.spec.corrects(OlderSamples) {
		return
	}
	sharing := e.sharingOf(p.Ready)
	at, latest := e.timeOf(i, r.Time), float64(sharing.latest())
	if p.Ratio < 1 {
		if shared := sharing.highestOver(at, r.Window); shared > latest {
			e.raiseToShared(p, p.Ratio, shared)
		}
		return
	}
	if shared := sharing.meanOver(at.Add(-r.Window), at); shared > 0 && shared != latest {
		to := max(e.d.Current, e.replicasFor(p.Ratio, shared))
		if to == p.Replicas {
			return
		}
		p.Replicas, p.Shared, p.SharedRatio, p.Hold = to, shared, p.Ratio, 0
		p.Adjusted, p.AdjustedPods, p.Product = 0, 0, 0
		if to == e.d.Current {
			p.Hold = HoldOlderSample
		}
	}
}

// sharedNow is by how many pods the load was shared at the time of a sample, or by so many pods now.
func (e *evaluation) sharedNow(pods int32, at time.Time, window time.Duration) float64 {
	if !e.spec.corrects(OlderSamples) {
		return float64(pods)
	}
	return max(1, math.Max(float64(pods), e.sharingOf(int(pods)).highestOver(at, window)))
}
