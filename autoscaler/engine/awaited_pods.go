package engine

import "time"

// Pods at full use cannot show a higher load: their utilization is the same for every load beyond it. While new pods start, and while
// they then serve the work that waited for them, it stays at full use, and a product of the utilization and the ready pods grows with
// each pod that becomes ready. So a further scale-out waits until the pods on their way have had the time to suffice.

const (
	// minFullUse and maxFullUse are the utilizations, in percent, between which pods are at full use. A higher one shows that they can
	// use more than their requests.
	minFullUse, maxFullUse = 95, 105
	// maxFullUseTarget is the target, in percent, from which full use is too near to the target.
	maxFullUseTarget = 90
	// minCadence is the shortest time between two samples that is expected.
	minCadence = 15 * time.Second
)

// isFullUse reports whether the CPU utilization of a proposal is full use.
func (m *Metric) isFullUse(p *Proposal) bool {
	return m.isCPU() && m.TargetType == Utilization && m.Target < maxFullUseTarget && p.Known && !p.Time.IsZero() &&
		minFullUse <= p.Current && p.Current <= maxFullUse
}

// recordFullUse records the time of the last sample at full use of each metric, until a sample no longer covers it.
func (e *evaluation) recordFullUse() {
	for i := range e.d.Proposals {
		switch p, age := &e.d.Proposals[i], &e.state.Samples[i]; {
		case !p.Known:
		case e.spec.Metrics[i].isFullUse(p):
			age.FullUse = p.Time.Truncate(time.Millisecond)
		case !age.FullUse.IsZero() && !e.coversFullUse(i, p):
			age.FullUse = time.Time{}
		}
	}
}

// coversFullUse reports whether the pods of metric i are between their target and full use, and their samples cover a time of full use.
// Pods above it can use more than their requests, so that their value is the load.
func (e *evaluation) coversFullUse(i int, p *Proposal) bool {
	age := &e.state.Samples[i]
	window := e.observation.Readings[i].longestWindow()
	return !age.FullUse.IsZero() && p.Ratio > 1 && p.Current < minFullUse && p.Time.Add(-window).Before(age.FullUse.Add(age.nextSample(window)))
}

// nextSample returns the time until the next sample is expected, at most a window, because an outage lengthens the cadence.
func (a *SampleAge) nextSample(window time.Duration) time.Duration {
	return max(minCadence, min(a.Cadence, window))
}

// awaitPods limits a scale-out by metric i while its pods are at full use, or were so within their samples.
//
//	at full use       replicas ≤ ratio · pods that were ready when the first of those that are on their way started
//	after full use    replicas ≤ current, because the samples cover work that had waited
//
// It never limits to less than the current count.
func (e *evaluation) awaitPods(i int, m *Metric, p *Proposal) {
	if !p.Known || p.Replicas <= 0 || e.d.Current <= 0 || i >= len(e.state.Samples) || !e.spec.corrects(AwaitedPods) {
		return
	}
	p.FullUse = m.isFullUse(p)
	if !p.FullUse && !e.coversFullUse(i, p) {
		return
	}
	limit := float64(e.d.Current)
	awaited, since := e.podsOnTheirWay(i, p)
	p.Awaited = awaited
	switch {
	case p.FullUse && awaited == 0:
		return
	case p.FullUse:
		limit = max(limit, p.Ratio*float64(e.sharingNow().countAt(since)))
	}
	p.AwaitedLimit, p.Unawaited = limit, p.Replicas
	replicas := e.replicasFor(limit, 1)
	if e.spec.withinTolerance(limit / float64(e.d.Current)) {
		replicas = e.d.Current
	}
	if replicas < p.Replicas {
		p.Replicas, p.Hold = replicas, HoldAwaitedPods
		p.Adjusted, p.AdjustedPods, p.Product, p.Shared, p.SharedRatio = 0, 0, 0, 0, 0
	}
}

// podsOnTheirWay returns the number of pods that start, or that became ready so recently that they may still serve work that waited,
// and the time at which the first of them started. A pod that is late, or that something blocks, is not awaited.
func (e *evaluation) podsOnTheirWay(i int, p *Proposal) (awaited int, since time.Time) {
	latest, settling := e.state.StartUp.latest(e.spec.CPUInitializationPeriod), e.settlingTime(i)
	for j := range e.observation.Pods {
		pod := &e.observation.Pods[j]
		started := pod.Started
		if started.IsZero() {
			started = e.now
		}
		switch {
		case pod.Deleting || pod.Phase == Failed || pod.Phase == Succeeded || pod.isLost():
		case pod.serves():
			settles := p.Time.Before(pod.ReadySince.Add(settling)) && e.now.Before(pod.ReadySince.Add(2*settling))
			if settles && pod.ReadySince.Sub(started) <= latest { // otherwise it has been ready before
				awaited, since = awaited+1, earlier(since, started)
			}
		case pod.Obstacle == NoObstacle && e.now.Sub(started) <= latest:
			awaited, since = awaited+1, earlier(since, started)
		}
	}
	return awaited, since
}

// settlingTime returns the time after which the samples of pods that have become ready show whether they suffice: a whole window, or
// where that is longer, half of the start-up time, in which most of the work that waited is done, and the next sample.
func (e *evaluation) settlingTime(i int) time.Duration {
	window := e.observation.Readings[i].longestWindow()
	return max(window, e.state.StartUp.Time()/2+e.state.Samples[i].nextSample(window))
}
