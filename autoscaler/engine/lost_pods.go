package engine

import (
	"time"

	"flyball.dev/flyball/autoscaler/schedule"
)

// A pod of a lost node runs no longer, or out of reach, and its controller does not replace it before it is evicted, by default five
// minutes later. Until then it is a replica of spec.replicas that does not serve. So the rules decide on the replicas without lost
// pods, and the lost ones are added again: the result is the number of pods that serve, and one for each lost pod.

// lossGrace is the longest time for which a lost node has usually been lost when it is found: the grace period of the node lifecycle
// controller, and its next check.
const lossGrace = time.Minute

// setLostAside reduces the current count and the bounds by the lost pods. Where no pod serves, it does nothing: then the control plane
// may have lost all nodes, whose pods serve all the same. Nor does it where the controller creates no pod while another one is not ready:
// replacements would come, with their volumes, when the node is back.
func (e *evaluation) setLostAside() {
	lost := e.d.Pods.Lost
	if lost == 0 || e.observation.Ordered || e.d.Pods.Serving == 0 || lost >= e.d.Current || !e.spec.corrects(LostPods) {
		return
	}
	e.lost, e.bounds = lost, schedule.Bounds{Min: e.d.Min, Max: e.d.Max}
	e.step(Step{Kind: StepLost, From: e.d.Current, To: e.d.Current - lost, Index: -1})
	e.d.Current, e.d.Min, e.d.Max = e.d.Current-lost, max(0, e.d.Min-lost), e.d.Max-lost
}

// SetAside returns the number of pods of lost nodes by which the rules reduced the current count.
func (d *Decision) SetAside() int32 {
	for i := range d.Steps {
		if s := &d.Steps[i]; s.Kind == StepLost {
			return s.From - s.To
		}
	}
	return 0
}

// limitRaise returns a count that stabilization raised replicas to. Above the current count without lost pods, it is at most the highest
// recommendation from outside of the grace periods before pods were found lost: within them the others had the load of the lost pods,
// and the count that it was multiplied by had the lost pods, too.
func (e *evaluation) limitRaise(replicas, raised int32) int32 {
	if e.lost == 0 || raised <= max(replicas, e.d.Current) {
		return raised
	}
	limit := max(replicas, e.d.Current)
	for _, r := range e.state.Recommendations {
		if !e.inLossGrace(r.Time) {
			limit = max(limit, r.Replicas)
		}
	}
	return min(raised, limit)
}

// inLossGrace reports whether an instant is in the grace period before a pod was found lost.
func (e *evaluation) inLossGrace(instant time.Time) bool {
	for i := range e.observation.Pods {
		if pod := &e.observation.Pods[i]; pod.isLost() && instant.Before(pod.ReadySince) && !instant.Before(pod.ReadySince.Add(-lossGrace)) {
			return true
		}
	}
	return false
}

// replaceLost adds the lost pods to the current count, the bounds and replicas.
func (e *evaluation) replaceLost(replicas int32) int32 {
	if e.lost == 0 {
		return replicas
	}
	e.d.Current, e.d.Min, e.d.Max = e.d.Current+e.lost, e.bounds.Min, e.bounds.Max
	to := e.numbers().narrow(int64(replicas) + int64(e.lost))
	e.step(Step{Kind: StepLost, From: replicas, To: to, Index: -1})
	return to
}

// withoutLost returns the number of pods that shared a load since an instant, at most the lowest recorded one where a node was found lost
// since: it was lost before that, up to the grace period of the node lifecycle controller.
func (e *evaluation) withoutLost(shared float64, instant time.Time) float64 {
	if !e.lostSince(instant) || !e.spec.corrects(LostPods) {
		return shared
	}
	for _, count := range e.state.Ready {
		if !count.Time.Before(instant) {
			shared = min(shared, float64(count.Ready))
		}
	}
	return shared
}

// lostSince reports whether the node of a pod was found lost after an instant.
func (e *evaluation) lostSince(instant time.Time) bool {
	for i := range e.observation.Pods {
		if pod := &e.observation.Pods[i]; pod.isLost() && !pod.ReadySince.Before(instant) {
			return true
		}
	}
	return false
}
