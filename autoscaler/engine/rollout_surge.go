package engine

import "time"

// toleratesLoad reports whether a load, in replicas at their target, is within the tolerance of the current count where another
// number of pods shares it. The ratio of a value to its target then differs from 1 by the pods that a rollout adds or removes:
// 40 replicas at 97 % of their target are 80 pods at 48.5 %, which would make 39 replicas.
func (e *evaluation) toleratesLoad(load float64, pods int) bool {
	return e.spec.corrects(RolloutSurge) && e.d.Current > 0 && pods != int(e.d.Current) &&
		e.spec.withinTolerance(load/float64(e.d.Current))
}

// holdAfterSurge keeps the current count where a value would scale in that was measured over a time in which the target had more
// ready pods than replicas. The pods that have left since had a part of the load, and another one than the pods that stay: in a
// blue-green rollout all of it. The value does not have that part, and the others show it as their own only after a whole window.
func (e *evaluation) holdAfterSurge(p *Proposal, sampled time.Time, window time.Duration) {
	if !p.Known || p.Replicas >= e.d.Current || !e.spec.corrects(RolloutSurge) || sampled.IsZero() {
		return
	}
	if e.surgeLeftSince(sampled.Add(-window)) {
		p.Replicas, p.Hold = e.d.Current, HoldAfterSurge
		p.Adjusted, p.AdjustedPods, p.Product, p.Shared, p.SharedRatio = 0, 0, 0, 0, 0
	}
}

// surgeLeftSince reports whether ready pods left after an instant, and had been more than the replicas before that.
func (e *evaluation) surgeLeftSince(instant time.Time) bool {
	history := e.state.Ready
	for i := len(history) - 1; i > 0 && history[i].Time.After(instant); i-- {
		if history[i].Ready < history[i-1].Ready && !e.state.Surged.Before(history[i-1].Time) {
			return true
		}
	}
	return false
}
