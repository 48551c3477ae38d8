package engine

import (
	"math"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
)

// LeaveRoom keeps every damped target of utilisation below what pods need to show an overload.
func (s *Spec) CapHeadroom() {
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
func (e *evaluation) damp(wish int32) int32 {
	spec := e.spec.Damping
	if spec == nil || e.d.Current == 0 || e.skipsDamping(wish) {
		return wish
	}
	fallback, fellBack := e.fallbackFloor()
	batch := e.batchFloor()
	seen := damping.Observation{
		Load: -1, Current: e.d.Current, StartupTime: e.state.StartUp.Time(),
		Tolerance: e.spec.Up.Tolerance, Stabilization: hpaStabilization,
		Fallback: fallback, LowerBound: max(e.d.Min, batch), Idle: wish <= 0 && e.d.Min == 0,
	}
	older := e.setLoads(&seen)
	switch {
	case seen.Load >= 0:
		e.recommendDamped(&seen)
	case fellBack:
		e.d.Damping, e.state.Damping = damping.RecommendFallback(spec, e.state.Damping, &seen, e.now)
	default:
		return wish
	}
	e.d.Damped = true
	step := Step{Kind: StepDamping, From: wish, To: e.d.Damping.Replicas, Index: -1, Limit: e.d.Damping.Replicas}
	for _, floor := range [...]struct {
		replicas int32
		code     string
	}{
		{e.unknownFloor(), ReasonMetricUnknown},
		{e.partialFloor(), ReasonMetricPartial},
		{e.olderFloor(older), ReasonNoNewSample},
		{batch, ReasonBatchPlanned},
		{seen.Fallback, ReasonFallback},
	} {
		if floor.replicas > step.To {
			step.To, step.Code = floor.replicas, floor.code
		}
	}
	e.step(step)
	return step.To
}

// setLoads sets the greatest load of the metrics; it stays negative where no metric has one. A negative or an
// inactive value is a load of 0, and a load beyond the greatest replica count is that count. Older is the greatest load of
// which no newer sample has come since the last decision.
func (e *evaluation) setLoads(seen *damping.Observation) (older float64) {
	for i := range e.d.Proposals {
		if !e.d.Proposals[i].Known {
			continue
		}
		load, behind := e.loadOf(i)
		if math.IsNaN(load) {
			continue
		}
		if load = max(0, min(math.MaxInt32, load)); e.d.Proposals[i].Hold == HoldInactive {
			load = 0 // a trickle would keep one replica for ever
		}
		if !e.isNewSample(i) {
			older = max(older, load)
		}
		if m := &e.spec.Metrics[i]; load > seen.Load {
			seen.MaxRatio = 0
			if m.TargetType == Utilization {
				seen.MaxRatio = 100 / float64(m.Target)
			}
		}
		seen.Load, seen.LoadAge = max(seen.Load, load), max(seen.LoadAge, behind)
	}
	// Whole milliseconds, as all that is remembered.
	seen.StartupTime, seen.LoadAge = seen.StartupTime.Truncate(time.Millisecond), seen.LoadAge.Truncate(time.Millisecond)
	return older
}

// olderFloor is what the last load that was measured needs, as far as there are replicas for it. A forecast says less the longer
// no newer sample comes, so it does not undercut that.
func (e *evaluation) olderFloor(load float64) int32 {
	if !e.spec.corrects(OlderSamples) {
		return 0
	}
	return min(e.d.Current, e.spec.Damping.Replicas(load))
}

// fallbackFloor is the greatest fallback in force; 0 where there is none.
func (e *evaluation) fallbackFloor() (floor int32, found bool) {
	for i := range e.d.Proposals {
		if p := &e.d.Proposals[i]; p.IsFallback {
			floor, found = max(floor, p.Replicas), true
		}
	}
	return floor, found
}

// unknownFloor is the current count where a metric is unknown and has no fallback yet: such a metric never scales in.
func (e *evaluation) unknownFloor() int32 {
	for i := range e.d.Proposals {
		if p := &e.d.Proposals[i]; !p.Known && !p.IsFallback {
			return e.d.Current
		}
	}
	return 0
}

// plainStabilisation is that of the HPA that cost is held against.
const hpaStabilization = 5 * time.Minute

// loadOf is the load that metric i sees, in replicas at their target, and how long ago its middle was.
func (e *evaluation) loadOf(i int) (load float64, behind time.Duration) {
	m, r, p := &e.spec.Metrics[i], &e.observation.Readings[i], &e.d.Proposals[i]
	window, at := r.Window, p.Time
	switch m.Type {
	case Resource, ContainerResource, Pods:
		load, at, window = e.loadOfPods(i, m, r, p)
	default:
		load = float64(r.Value) / float64(m.Target)
		if m.TargetType != AverageValue {
			load = p.Ratio
		}
	}
	if at.IsZero() {
		at = e.now
	}
	behind = e.now.Sub(at) + window/2
	if m.TargetType == Value {
		load = damping.GainLimitedLoad(load, e.measuredReplicas(i, p.Ratio), max(0, behind+e.state.StartUp.Time()), e.now.Sub(e.state.Damping.Time))
	}
	return load, behind
}

// measuredReplicas is the replicas that the ratio of a Value target was measured at: the current ones, unless pods have gone or come
// since, so that one sample does not move the load twice.
func (e *evaluation) measuredReplicas(i int, ratio float64) float64 {
	current := float64(e.d.Current)
	if !e.spec.corrects(OlderSamples) {
		return current
	}
	r, sharing := &e.observation.Readings[i], e.sharingNow()
	at, latest := e.timeOf(i, r.Time), float64(sharing.latest())
	if ratio < 1 || !e.isNewSample(i) {
		sharing.lag = removalLag
	}
	shared := sharing.meanOver(at.Add(-r.Window), at)
	if latest == 0 || shared == 0 || (shared < latest && ratio < 1) {
		return current
	}
	return current * shared / latest
}

// loadOfPods goes by the pods that were ready in all of their samples' windows.
func (e *evaluation) loadOfPods(metric int, m *Metric, r *Reading, p *Proposal) (load float64, at time.Time, window time.Duration) {
	var usage, requests float64
	shared := sharingMean{sharing: e.sharingNow()}
	if !e.isNewSample(metric) {
		shared.sharing.lag = removalLag // nothing else will correct it
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
		at, window = earlier(at, sample.Time), max(window, sample.Window)
	}
	ratio := p.Ratio
	switch {
	case pods == 0 && (ratio < 1 || !e.isNewSample(metric)):
		return ratio * e.sharedNow(int32(max(1, p.Ready)), e.timeOf(metric, p.Time), longestWindowOf(r)), p.Time, 0
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
