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

// noteReady counts the ready pods, and what they took to be so, for damping.
func (t *turn) noteReady() {
	if t.spec.Damping == nil {
		return
	}
	ready := t.measureStart()
	if t.seen.PodsProblem == "" && len(t.seen.Pods) > 0 {
		t.state.Damping.NoteReady(ready, t.now)
	}
}

// damp takes the metrics' wish for what the load takes, with care. What is no load stays as it is: a fallback, a batch, and
// the way out of zero and to it.
func (t *turn) damp(wish int32) int32 {
	spec := t.spec.Damping
	if spec == nil || t.d.Current == 0 || wish == 0 || t.d.BatchWinner >= 0 {
		return wish
	}
	seen := damping.Seen{
		Load: -1, Current: t.d.Current, Start: t.state.StartUp.Time(),
		Tolerance: t.spec.Up.Tolerance, Stabilisation: plainStabilisation,
	}
	for i := range t.d.Proposals {
		p := &t.d.Proposals[i]
		if p.FellBack {
			return wish
		}
		if p.Known {
			load, behind := t.offered(i)
			if m := &t.spec.Metrics[i]; load > seen.Load {
				seen.Fullest = 0
				if m.TargetType == Utilization {
					seen.Fullest = 100 / float64(m.Target)
				}
			}
			seen.Load, seen.Behind = max(seen.Load, load), max(seen.Behind, behind)
		}
	}
	// Whole milliseconds, as all that is remembered.
	seen.Start, seen.Behind = seen.Start.Truncate(time.Millisecond), seen.Behind.Truncate(time.Millisecond)
	if math.IsNaN(seen.Load) || seen.Load < 0 || seen.Load > math.MaxInt32 {
		return wish
	}
	t.d.Damping, t.state.Damping = damping.Next(spec, t.state.Damping, &seen, t.now)
	t.d.Damped = true
	to := t.d.Damping.Replicas
	if to < t.d.Current && t.someUnknown() {
		to = t.d.Current // an unknown metric never scales in
	}
	to = max(to, t.batchFloor())
	t.step(Step{Kind: StepDamping, From: wish, To: to, Index: -1})
	return to
}

// plainStabilisation is that of the HPA that cost is held against.
const plainStabilisation = 5 * time.Minute

func (t *turn) someUnknown() bool {
	for i := range t.d.Proposals {
		if !t.d.Proposals[i].Known {
			return true
		}
	}
	return false
}

// offered is the load that metric i sees, in replicas at their target, and how long ago its middle was.
func (t *turn) offered(i int) (load float64, behind time.Duration) {
	m, r, p := &t.spec.Metrics[i], &t.seen.Readings[i], &t.d.Proposals[i]
	window, at := r.Window, p.Time
	switch m.Type {
	case Resource, ContainerResource, Pods:
		load, at, window = t.offeredByPods(m, r, p)
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
		load = damping.Eased(load, t.d.Current, behind+t.state.StartUp.Time(), t.now.Sub(t.state.Damping.At))
	}
	return load, behind
}

// offeredByPods goes by the pods that were ready in all of their samples' windows.
func (t *turn) offeredByPods(m *Metric, r *Reading, p *Proposal) (load float64, at time.Time, window time.Duration) {
	var usage, requests float64
	pods := 0
	for i := range t.seen.Pods {
		pod, sample := &t.seen.Pods[i], &r.Pods[i]
		if pod.Deleting || pod.Phase != Running || pod.Readiness != Ready || !sample.Known || t.tooOld(m, sample.Time) ||
			sample.Time.Before(pod.ReadySince.Add(sample.Window)) {
			continue
		}
		pods++
		usage += float64(sample.Value)
		if m.TargetType == Utilization {
			requests += float64(r.Requests[i])
		}
		at, window = earlier(at, sample.Time), max(window, sample.Window)
	}
	ratio := p.Ratio
	switch {
	case pods == 0:
		return ratio * float64(max(1, p.Ready)), p.Time, 0
	case m.TargetType == Utilization && requests > 0:
		ratio = 100 * usage / requests / float64(m.Target)
	case m.TargetType != Utilization:
		ratio = usage / float64(pods) / float64(m.Target)
	}
	return t.state.Damping.Offered(ratio, at.Add(-window), at), at, window
}
