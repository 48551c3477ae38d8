package engine

import (
	"math"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
)

// LeaveRoom keeps every damped target of utilisation below what pods need to show an overload.
func (s *Spec) LeaveRoom() {
	for i := range s.Metrics {
		if m := &s.Metrics[i]; s.Damping != nil && m.TargetType == Utilization {
			s.Damping.CapHeadroom(float64(m.Target))
		}
	}
}

// damp replaces the recommendation with what damping makes of the load of the metrics. Every path on which a metric has a
// load or a fallback leads through the hold, a load of 0 included: a compiled spec has no other stabilization of scale-down.
// The recommendation stays as it is where there is nothing to damp: on the way out of zero, and where no metric has a load or
// a fallback, so that a batch alone decides. What a batch or a fallback requires is a floor of the result.
func (t *turn) damp(wish int32) int32 {
	spec := t.spec.Damping
	if spec == nil || t.d.Current == 0 || t.pausesDamping(wish) {
		return wish
	}
	fallback, fellBack := t.fallbackFloor()
	batch := t.batchFloor()
	seen := damping.Seen{
		Load: -1, Current: t.d.Current, Start: t.state.StartUp.Time(),
		Tolerance: t.spec.Up.Tolerance, Stabilisation: plainStabilisation,
		Fallback: fallback, Least: max(t.d.Min, batch), Idle: wish <= 0 && t.d.Min == 0,
	}
	older := t.sumLoads(&seen)
	switch {
	case seen.Load >= 0:
		t.nextDamping(&seen)
	case fellBack:
		t.d.Damping, t.state.Damping = damping.WithoutLoad(spec, t.state.Damping, &seen, t.now)
	default:
		return wish
	}
	t.d.Damped = true
	step := Step{Kind: StepDamping, From: wish, To: t.d.Damping.Replicas, Index: -1, Limit: t.d.Damping.Replicas}
	for _, floor := range [...]struct {
		replicas int32
		code     string
	}{
		{t.unknownFloor(), ReasonMetricUnknown},
		{t.partialFloor(), ReasonMetricPartial},
		{t.olderFloor(older), ReasonNoNewSample},
		{batch, ReasonBatchPlanned},
		{seen.Fallback, ReasonFallback},
	} {
		if floor.replicas > step.To {
			step.To, step.Code = floor.replicas, floor.code
		}
	}
	t.step(step)
	return step.To
}

// sumLoads sets the greatest load of the metrics; it stays negative where no metric has one. A negative or an
// inactive value is a load of 0, and a load beyond the greatest replica count is that count. Older is the greatest load of
// which no newer sample has come since the last decision.
func (t *turn) sumLoads(seen *damping.Seen) (older float64) {
	for i := range t.d.Proposals {
		if !t.d.Proposals[i].Known {
			continue
		}
		load, behind := t.offered(i)
		if math.IsNaN(load) {
			continue
		}
		if load = max(0, min(math.MaxInt32, load)); t.d.Proposals[i].Kept == KeptInactive {
			load = 0 // a trickle would keep one replica for ever
		}
		if !t.isNewSample(i) {
			older = max(older, load)
		}
		if m := &t.spec.Metrics[i]; load > seen.Load {
			seen.Fullest = 0
			if m.TargetType == Utilization {
				seen.Fullest = 100 / float64(m.Target)
			}
		}
		seen.Load, seen.Behind = max(seen.Load, load), max(seen.Behind, behind)
	}
	// Whole milliseconds, as all that is remembered.
	seen.Start, seen.Behind = seen.Start.Truncate(time.Millisecond), seen.Behind.Truncate(time.Millisecond)
	return older
}

// olderFloor is what the last load that was measured needs, as far as there are replicas for it. A forecast says less the longer
// no newer sample comes, so it does not undercut that.
func (t *turn) olderFloor(load float64) int32 {
	if !t.spec.corrects(OlderSamples) {
		return 0
	}
	return min(t.d.Current, t.spec.Damping.Replicas(load))
}

// fallbackFloor is the greatest fallback in force; 0 where there is none.
func (t *turn) fallbackFloor() (floor int32, found bool) {
	for i := range t.d.Proposals {
		if p := &t.d.Proposals[i]; p.FellBack {
			floor, found = max(floor, p.Replicas), true
		}
	}
	return floor, found
}

// unknownFloor is the current count where a metric is unknown and has no fallback yet: such a metric never scales in.
func (t *turn) unknownFloor() int32 {
	for i := range t.d.Proposals {
		if p := &t.d.Proposals[i]; !p.Known && !p.FellBack {
			return t.d.Current
		}
	}
	return 0
}

// plainStabilisation is that of the HPA that cost is held against.
const plainStabilisation = 5 * time.Minute

// offered is the load that metric i sees, in replicas at their target, and how long ago its middle was.
func (t *turn) offered(i int) (load float64, behind time.Duration) {
	m, r, p := &t.spec.Metrics[i], &t.seen.Readings[i], &t.d.Proposals[i]
	window, at := r.Window, p.Time
	switch m.Type {
	case Resource, ContainerResource, Pods:
		load, at, window = t.offeredByPods(i, m, r, p)
	default:
		load = float64(r.Value) / float64(m.Target)
		if m.TargetType != AverageValue {
			load = p.Ratio
		}
	}
	if at.IsZero() {
		at = t.now
	}
	behind = t.now.Sub(at) + window/2
	if m.TargetType == Value {
		load = damping.Eased(load, t.measuredAt(i, p.Ratio), max(0, behind+t.state.StartUp.Time()), t.now.Sub(t.state.Damping.At))
	}
	return load, behind
}

// measuredAt is the replicas that the ratio of a Value target was measured at: the current ones, unless pods have gone or come
// since, so that one sample does not move the load twice.
func (t *turn) measuredAt(i int, ratio float64) float64 {
	current := float64(t.d.Current)
	if !t.spec.corrects(OlderSamples) {
		return current
	}
	r, who := &t.seen.Readings[i], t.sharersNow()
	at, latest := t.timeOf(i, r.Time), float64(who.latest())
	if ratio < 1 || !t.isNewSample(i) {
		who.lag = takesEffect
	}
	shared := who.over(at.Add(-r.Window), at)
	if latest == 0 || shared == 0 || (shared < latest && ratio < 1) {
		return current
	}
	return current * shared / latest
}

// offeredByPods goes by the pods that were ready in all of their samples' windows.
func (t *turn) offeredByPods(metric int, m *Metric, r *Reading, p *Proposal) (load float64, at time.Time, window time.Duration) {
	var usage, requests float64
	shared := mean{who: t.sharersNow()}
	if !t.isNewSample(metric) {
		shared.who.lag = takesEffect // nothing else will correct it
	}
	pods := 0
	for i := range t.seen.Pods {
		pod, sample := &t.seen.Pods[i], &r.Pods[i]
		if !pod.serves() || !sample.Known || t.tooOld(m, sample.Time) ||
			sample.Time.Before(pod.ReadySince.Add(sample.Window)) || t.isPartial(sample) {
			continue
		}
		pods++
		usage += float64(sample.Value)
		shared.add(float64(sample.Value), sample.Time, sample.Window)
		if m.TargetType == Utilization {
			requests += float64(r.Requests[i])
		}
		at, window = earlier(at, sample.Time), max(window, sample.Window)
	}
	ratio := p.Ratio
	switch {
	case pods == 0 && (ratio < 1 || !t.isNewSample(metric)):
		return ratio * t.sharedNow(int32(max(1, p.Ready)), t.timeOf(metric, p.Time), longestWindowOf(r)), p.Time, 0
	case pods == 0:
		return ratio * float64(max(1, p.Ready)), p.Time, 0
	case m.TargetType == Utilization && requests > 0:
		ratio = 100 * usage / requests / float64(m.Target)
	case m.TargetType != Utilization:
		ratio = usage / float64(pods) / float64(m.Target)
	}
	if load = ratio * shared.value(); load == 0 {
		// No value is above 0, or no pod was ready then.
		load = ratio * float64(pods)
	}
	return load, at, window
}

func longestWindowOf(r *Reading) (longest time.Duration) {
	for i := range r.Pods {
		longest = max(longest, r.Pods[i].Window)
	}
	return longest
}
