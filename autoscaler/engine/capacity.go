package engine

import "time"

const (
	// probeInterval is the time in which the probe grows by one pod while pods are blocked.
	probeInterval = 5 * time.Minute
	// probeShare bounds the probe to this fraction of the replicas that run or start.
	probeShare = 10
)

// Shortage is the part of the replicas that the target cannot have.
type Shortage struct {
	// Running are the replicas that run or start. Blocked are those that cannot: their pods are blocked, or cannot be created. 0
	// where the target has what it needs.
	Running, Blocked int32
	// Probe is the number of replicas beyond Running that may be requested.
	Probe int32
	// Limit is the highest count that a scale-out goes to; 0 where Blocked is 0.
	Limit int32
}

// assessCapacity sets the shortage of the decision and the condition CapacityLimited. They do not depend on the load. Where the
// pods are unknown, both stay as they are.
func (e *evaluation) assessCapacity() {
	o, d := e.observation, e.d
	if o.PodsProblem != "" || d.Current > 0 && len(o.Pods) == 0 && o.Refused == "" {
		return
	}
	running, blocked := d.Pods.shortage(o)
	blocked = min(blocked, d.Current-running)
	if blocked <= 0 {
		e.state.BlockedSince, e.state.QuotaProbe = time.Time{}, 0
		d.CapacityLimited = Verdict{Status: False, Reason: ReasonCapacityAvailable}
		return
	}
	if e.state.BlockedSince.IsZero() || e.state.BlockedSince.After(e.now) {
		e.state.BlockedSince = e.now
	}
	d.Shortage = Shortage{Running: running, Blocked: blocked, Probe: e.probe(running)}
	d.Shortage.Limit = max(d.Current, e.numbers().narrow(int64(running)+int64(d.Shortage.Probe)), e.quotaProbe())
	reason, message := e.refusal()
	d.CapacityLimited = Verdict{Status: True, Reason: reason, Message: message}
	if e.bringNodes() && blocked < e.spec.MaxPendingPods {
		d.CapacityLimited = Verdict{Status: False, Reason: ReasonWaitingForNodes, Message: message}
	}
}

// shortage returns the replicas that run or start, and those that cannot. Pods that the controller has not created yet start,
// unless something refuses them, or they wait for another pod.
func (c *PodCounts) shortage(o *Observation) (running, blocked int32) {
	running, blocked = c.Serving+c.Outside+c.Starting+c.Late, c.Blocked-c.Superseded
	if o.Ordered {
		running, blocked = running-c.Late, blocked+c.Late+c.Lost
	}
	if o.Refused != "" || o.Ordered && blocked > 0 {
		return running, blocked + c.Uncreated
	}
	return running + c.Uncreated, blocked
}

// probe returns the number of replicas beyond those that run or start. It is maxPendingPods, if the spec has it, while a
// scheduler is all that blocks pods.
func (e *evaluation) probe(running int32) int32 {
	if e.bringNodes() {
		return e.spec.MaxPendingPods
	}
	grown := min(int64(e.now.Sub(e.state.BlockedSince)/probeInterval), int64(running))
	return min(1+int32(grown), max(1, running/probeShare))
}

// quotaProbe returns one replica more than the current ones, once each time that the quota which refuses pods has room again; 0
// while it has none. The message of the refusal stays as long as any pod is refused, so another quota may refuse the rest.
func (e *evaluation) quotaProbe() int32 {
	switch {
	case e.observation.Refused == "" || !e.observation.QuotaHasRoom:
		e.state.QuotaProbe = 0
	case e.state.QuotaProbe == 0:
		e.state.QuotaProbe = e.numbers().narrow(int64(e.d.Current) + 1)
	}
	return min(e.state.QuotaProbe, e.numbers().narrow(int64(e.d.Current)+1))
}

// bringNodes reports whether the spec expects nodes for pending pods, and a scheduler is all that blocks pods.
func (e *evaluation) bringNodes() bool {
	return e.spec.MaxPendingPods > 0 && e.d.Pods.Obstacle == Unschedulable && e.observation.Refused == "" && !e.observation.Ordered
}

// refusal returns the reason of CapacityLimited, and the words of who refuses.
func (e *evaluation) refusal() (reason, message string) {
	o, c := e.observation, &e.d.Pods
	switch {
	case o.Refused != "" && c.Uncreated >= c.Blocked-c.Superseded:
		return ReasonFailedCreate, o.Refused
	case c.Blocked > c.Superseded:
		return obstacleReasons[c.Obstacle], o.BlockedBy
	default:
		return ReasonPodNotReady, ""
	}
}

var obstacleReasons = [...]string{
	Unschedulable: ReasonUnschedulable, VolumeUnbound: ReasonVolumeUnbound, ImageUnavailable: ReasonImageUnavailable,
	ContainerError: ReasonContainerError, CrashLoop: ReasonCrashLoop,
}

// limitToCapacity returns replicas, or while pods are blocked at most what runs or starts and a probe. It never lowers the current
// count, and a fallback still requests its replicas: it is a count that a user set, as the bounds are.
func (e *evaluation) limitToCapacity(replicas int32) int32 {
	d := e.d
	if d.Shortage.Blocked == 0 || replicas <= d.Shortage.Limit || !e.spec.corrects(BlockedPods) {
		return replicas
	}
	limit := d.Shortage.Limit
	if fallback, found := e.fallbackFloor(); found {
		limit = max(limit, min(replicas, fallback))
	}
	if limit < replicas {
		e.step(Step{Kind: StepCapacity, From: replicas, To: limit, Index: -1, Code: d.CapacityLimited.Reason, Detail: d.CapacityLimited.Message, Limit: d.Shortage.Limit})
	}
	return limit
}
