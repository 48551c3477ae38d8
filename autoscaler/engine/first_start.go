package engine

import "time"

// firstStartHold is the time after the first pod became ready in which a target that left zero does not scale in.
const firstStartHold = time.Minute

// holdFirstStart returns replicas, or the current count where the pods that the autoscaler requested at zero have not served yet: a
// scale-in would delete them while they load, and the next activation would start again. It waits until the first pod has been ready
// for firstStartHold. Of pods that cannot run it expects nothing, and of others no longer than the longest start. A batch without
// metrics scales in once its work is done, which its pods have then served.
func (e *evaluation) holdFirstStart(replicas int32) int32 {
	s, c := &e.state, &e.d.Pods
	switch {
	case s.Activated.IsZero() || e.observation.PodsProblem != "":
		return replicas
	case e.d.Current == 0 || e.now.Sub(s.Activated) >= longestStart || e.servedFor(firstStartHold):
		s.Activated = time.Time{}
		return replicas
	case c.Blocked > 0 && c.Serving+c.Starting+c.Late == 0, replicas >= e.d.Current, len(e.spec.Metrics) == 0, !e.spec.corrects(FirstStart):
		return replicas
	}
	e.step(Step{Kind: StepFirstStart, From: replicas, To: e.d.Current, Index: -1, Code: ReasonFirstStart})
	return e.d.Current
}

// servedFor reports whether a pod has been ready for a time since the target left zero.
func (e *evaluation) servedFor(least time.Duration) bool {
	if e.now.Sub(e.state.Activated) < least {
		return false
	}
	for i := range e.observation.Pods {
		if pod := &e.observation.Pods[i]; pod.isReady() && e.now.Sub(pod.ReadySince) >= least {
			return true
		}
	}
	return false
}
