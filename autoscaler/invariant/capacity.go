package invariant

import (
	"fmt"

	"flyball.dev/flyball/autoscaler/engine"
)

// checkCapacity: the limit of blocked pods never lowers the current count, and while pods are blocked a scale-out ends at the
// replicas that run or start and the probe, one above the current ones once a quota has room again, or at a count that a user set: a
// fallback or the minimum. A proposal that waits for pods
// on their way is not below the current count.
func checkCapacity(_ *Checker, d *decision) error {
	for i := range d.Steps {
		if s := &d.Steps[i]; s.Kind == engine.StepCapacity && (s.To < d.Current || s.To > s.From) {
			return fmt.Errorf("capacity: the limit goes from %d to %d", s.From, s.To)
		}
	}
	for i := range d.Proposals {
		if p := &d.Proposals[i]; p.Hold == engine.HoldAwaitedPods && (p.Replicas < d.Current-d.SetAside() || p.Ratio < 1 || d.spec.Without&engine.AwaitedPods != 0) {
			return fmt.Errorf("capacity: metric %d waits for pods at %d of %d replicas, ratio %g", i, p.Replicas, d.Current, p.Ratio)
		}
	}
	running, blocked := running(d)
	if blocked <= 0 || d.seen.PodsProblem != "" || d.spec.Without&engine.BlockedPods != 0 || d.Current == 0 {
		return nil
	}
	allowed := max(d.Current, running+max(1, running/10, d.spec.MaxPendingPods), d.Min)
	if d.seen.QuotaHasRoom {
		allowed = max(allowed, d.Current+1)
	}
	for i := range d.Proposals {
		if p := &d.Proposals[i]; p.IsFallback {
			allowed = max(allowed, p.Replicas)
		}
	}
	if d.Desired > allowed {
		return fmt.Errorf("capacity: %d run or start, %d are blocked; at most %d are allowed", running, blocked, allowed)
	}
	if v := &d.CapacityLimited; v.Status != engine.True && v.Reason != engine.ReasonWaitingForNodes {
		return fmt.Errorf("capacity: %d are blocked, and CapacityLimited is %+v", blocked, *v)
	}
	return nil
}

// running returns the replicas that run or start, and those that are missing because something keeps their pods from running. Targets
// that create their pods in order are not in the random worlds.
func running(d *decision) (running, blocked int32) {
	pods := int32(0)
	for i := range d.seen.Pods {
		p := &d.seen.Pods[i]
		if p.Deleting || p.Phase == engine.Failed || p.Phase == engine.Succeeded {
			continue
		}
		pods++
		switch ready := p.Phase == engine.Running && p.Readiness == engine.Ready; {
		case p.Lost && !ready && p.Phase == engine.Running:
		case ready || p.Obstacle == engine.NoObstacle:
			running++
		case !p.Superseded:
			blocked++
		}
	}
	missing := max(0, d.Current-pods)
	switch {
	case d.seen.Refused != "":
		blocked += missing
	case pods > 0:
		running += missing
	}
	return running, min(blocked, d.Current-running)
}
