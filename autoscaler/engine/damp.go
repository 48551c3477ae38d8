package engine

import (
	"math"
	"time"

	"flyball.dev/flyball/autoscaler/damping"
)

// hpaStabilization is the stabilization window of the plain HPA whose cost the cost bound compares with.
const hpaStabilization = 5 * time.Minute

// CapHeadroom keeps each damped utilization target below the utilization at which pods cannot show an overload.
func (s *Spec) CapHeadroom() {
	for i := range s.Metrics {
		if m := &s.Metrics[i]; s.Damping != nil && m.TargetType == Utilization {
			s.Damping.CapHeadroom(float64(m.Target))
		}
	}
}

// damp returns the count that damping recommends for the load of the metrics, or a floor where one is higher.
//
// Whenever a metric has a load, 0 included, or a fallback, the hold applies: a damped spec has no other stabilization of
// scale-down. damp returns the recommendation unchanged at zero replicas, and where no metric has a load or a fallback, so that
// only a batch decides.
func (e *evaluation) damp(recommendation int32) int32 {
	spec := e.spec.Damping
	if spec == nil || e.d.Current == 0 || e.skipsDamping(recommendation) {
		return recommendation
	}
	fallback, fellBack := e.fallbackFloor()
	batch := e.batchFloor()
	o := damping.Observation{
		Load: -1, Current: e.d.Current, StartupTime: e.startupTime(),
		Tolerance: e.spec.Up.Tolerance, Stabilization: hpaStabilization,
		Fallback: fallback, LowerBound: max(e.d.Min, batch), UpperBound: e.d.Max, Idle: recommendation <= 0 && e.d.Min == 0,
	}
	older := e.setLoad(&o)
	if o.PerPod && o.MaxRatio > 1 {
		o.Proposed, o.EvenStarts = e.unawaited(), e.state.StartUp.isEven()
	}
	switch {
	case o.Load >= 0:
		e.recommendDamped(&o)
	case fellBack:
		e.d.Damping, e.state.Damping = damping.RecommendFallback(spec, e.state.Damping, &o, e.now)
	default:
		return recommendation
	}
	e.d.Damped = true
	step := Step{Kind: StepDamping, From: recommendation, To: e.d.Damping.Replicas, Index: -1, Limit: e.d.Damping.Replicas}
	for _, floor := range [...]struct {
		replicas int32
		code     string
	}{
		{e.unknownFloor(), ReasonMetricUnknown},
		{e.partialFloor(), ReasonMetricPartial},
		{e.olderFloor(older), ReasonNoNewSample},
		{batch, ReasonBatchPlanned},
		{o.Fallback, ReasonFallback},
	} {
		if floor.replicas > step.To {
			step.To, step.Code = floor.replicas, floor.code
		}
	}
	e.step(step)
	return step.To
}

// recommendDamped passes the load to damping. Of a partial load that requires more replicas than the current count, it stores the
// requirement only, which the hold keeps: the load is at least that high, but the filters must not include it.
func (e *evaluation) recommendDamped(o *damping.Observation) {
	if !e.hasPartial() {
		e.d.Damping, e.state.Damping = damping.Recommend(e.spec.Damping, e.state.Damping, o, e.now)
		return
	}
	var next damping.State
	e.d.Damping, next = damping.Recommend(e.spec.Damping, e.state.Damping.Clone(), o, e.now)
	e.state.Damping.Requirements = next.Requirements
}

// setLoad sets the highest load of the metrics; the load stays negative where no metric has one. A negative or an inactive value
// is a load of 0, and a load is at most the highest replica count. older is the highest load without a newer sample since the
// last decision.
func (e *evaluation) setLoad(o *damping.Observation) (older float64) {
	for i := range e.d.Proposals {
		if !e.d.Proposals[i].Known {
			continue
		}
		load := e.loadOf(i)
		if math.IsNaN(load.replicas) {
			continue
		}
		if load.replicas = max(0, min(math.MaxInt32, load.replicas)); e.d.Proposals[i].Hold == HoldInactive {
			load.replicas = 0 // a load below the activation value would keep one replica forever
		}
		if !e.isNewSample(i) {
			older = max(older, load.replicas)
		}
		if m := &e.spec.Metrics[i]; load.replicas > o.Load {
			o.MaxRatio, o.Full, o.PerPod, o.Window = 0, load.full, m.byPod(), load.window.Truncate(time.Millisecond)
			o.FullUse = e.d.Proposals[i].FullUse || e.d.Proposals[i].AwaitedLimit > 0
			o.Measured = load.measured
			if m.TargetType == Utilization {
				o.MaxRatio = 100 / float64(m.Target)
			}
		}
		o.Load, o.LoadAge = max(o.Load, load.replicas), max(o.LoadAge, load.age)
	}
	// The state is stored in milliseconds.
	o.StartupTime, o.LoadAge = o.StartupTime.Truncate(time.Millisecond), o.LoadAge.Truncate(time.Millisecond)
	return older
}

// unawaited returns the highest proposal of the metrics, as if it did not wait for pods on their way.
func (e *evaluation) unawaited() (replicas int32) {
	for i := range e.d.Proposals {
		if p := &e.d.Proposals[i]; p.Known && p.Hold != HoldInactive {
			replicas = max(replicas, p.Replicas, p.Unawaited)
		}
	}
	return replicas
}

// olderFloor returns the replicas that the last measured load requires, at most the current count. A forecast gets less reliable
// the longer no newer sample arrives, so it must not recommend less.
func (e *evaluation) olderFloor(load float64) int32 {
	if !e.spec.corrects(OlderSamples) {
		return 0
	}
	return min(e.d.Current, e.spec.Damping.Replicas(load))
}

// fallbackFloor returns the highest fallback in force.
func (e *evaluation) fallbackFloor() (floor int32, found bool) {
	for i := range e.d.Proposals {
		if p := &e.d.Proposals[i]; p.IsFallback {
			floor, found = max(floor, p.Replicas), true
		}
	}
	return floor, found
}

// unknownFloor returns the current count where a metric is unknown and has no fallback yet: such a metric never scales in.
func (e *evaluation) unknownFloor() int32 {
	for i := range e.d.Proposals {
		if p := &e.d.Proposals[i]; !p.Known && !p.IsFallback {
			return e.d.Current
		}
	}
	return 0
}

// partialFloor returns the current count where a value is partial. Damping requires less than the proposal by its headroom, and
// the load can be higher than the partial value.
func (e *evaluation) partialFloor() int32 {
	if e.hasPartial() {
		return e.d.Current
	}
	return 0
}

// startupTime returns the measured start-up time, or the age of the oldest pod that starts now where that is longer: a target without
// a measured start does not count on pods that take minutes.
func (e *evaluation) startupTime() time.Duration {
	longest := e.state.StartUp.Time()
	for i := range e.observation.Pods {
		pod := &e.observation.Pods[i]
		if pod.Deleting || pod.isLost() || pod.serves() || pod.Phase != Running && pod.Phase != Pending || pod.Obstacle != NoObstacle || pod.Started.IsZero() {
			continue
		}
		if age := e.now.Sub(pod.Started); age <= longestStart {
			longest = max(longest, age)
		}
	}
	return longest
}
