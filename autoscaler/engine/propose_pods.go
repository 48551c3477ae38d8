package engine

import "fmt"

// proposeByPods returns the proposal of a metric of which each pod has a sample.
func (e *evaluation) proposeByPods(i int, m *Metric, r *Reading) Proposal {
	if problem := e.podsProblem(m, r); problem != "" {
		return e.unknown(m, r, problem)
	}
	totals := e.totalPods(m, r)
	p := Proposal{
		Via: r.Via, Time: totals.oldest,
		Ready: totals.ready, Unready: totals.unready, Missing: totals.missing, Ignored: totals.ignored,
	}
	switch {
	case totals.ready+totals.stray == 0:
		p.Problem = fmt.Sprintf("no usable samples from %d pods: %d not ready, %d missing, %d terminating",
			len(e.observation.Pods), totals.unready, totals.missing, totals.ignored)
	case m.TargetType == Utilization && totals.readyRequests == 0:
		p.Problem = fmt.Sprintf("the pods have no %s request, which a Utilization target requires", m.Name)
	}
	if p.Problem != "" {
		p.Code = failureReason(m.Type)
		return p
	}
	p.Known, p.PartialPods, p.Partial = true, totals.gapped, totals.partialReason()
	p.Average = totals.usage / int64(max(1, totals.ready+totals.stray))
	p.Current, p.Ratio = e.compare(m, totals.load())
	e.setReplicas(m, &totals, &p)
	e.correctOlderSamples(m, r, i, &totals, &p)
	e.holdAfterSurge(&p, e.timeOf(i, totals.oldest), totals.window)
	e.awaitPods(i, m, &p)
	return p
}

// podsProblem returns why the reading cannot be used at all; empty where it can.
func (e *evaluation) podsProblem(m *Metric, r *Reading) string {
	pods := len(e.observation.Pods)
	switch {
	case pods == 0:
		return "no pod matches the target's selector"
	case len(r.Pods) != pods:
		return fmt.Sprintf("the reading has %d samples for %d pods", len(r.Pods), pods)
	case m.TargetType != Utilization:
		return ""
	case r.RequestsProblem != "":
		return r.RequestsProblem
	case len(r.Requests) != pods:
		return fmt.Sprintf("the reading has %d requests for %d pods", len(r.Requests), pods)
	default:
		return ""
	}
}

// load is the usage and the requests of pods, in thousandths, and their number.
type load struct {
	usage, requests int64
	pods            int
}

// load returns the load of the counted and stray pods.
func (totals *podTotals) load() load {
	return load{totals.usage, totals.readyRequests, totals.ready + totals.stray}
}

// setReplicas sets the replicas of a proposal from its ratio. While pods are missing or starting, the ratio is adjusted by the
// load that is assumed of them, against the direction of the change, and the change must hold with it.
func (e *evaluation) setReplicas(m *Metric, totals *podTotals, p *Proposal) {
	idle := totals.unready > 0 && p.Ratio > 1
	busy := totals.unready > 0 && p.Ratio < 1 && (totals.outside > 0 || e.inRolloutSurge(totals))
	incomplete := totals.incomplete+totals.newlyReady > 0 && p.Ratio < 1
	if !idle && !busy && !incomplete && totals.missing == 0 {
		e.multiplyPods(p, totals.ready)
		return
	}
	all := e.withUncertain(totals, p.Ratio, idle, busy)
	if m.TargetType == Utilization && all.requests == 0 {
		*p = Proposal{Problem: "the sum of the requests of the pods overflows to 0", Code: failureReason(m.Type), Via: p.Via}
		return
	}
	_, adjusted := e.compare(m, all)
	if all != totals.load() {
		p.Adjusted, p.AdjustedPods = adjusted, all.pods
	}
	switch {
	case (p.Ratio < 1 && adjusted > 1) || (p.Ratio > 1 && adjusted < 1):
		p.Replicas, p.Hold = e.d.Current, HoldUncertain
	case e.spec.withinTolerance(adjusted) || e.toleratesLoad(adjusted*float64(all.pods), all.pods):
		p.Replicas, p.Hold = e.d.Current, HoldWithinTolerance
	default:
		p.Replicas = e.numbers().roundUp(adjusted * float64(all.pods))
		if e.opposes(adjusted, p.Replicas) {
			p.Replicas, p.Hold = e.d.Current, HoldUncertain
		}
	}
}

// withUncertain returns the load of the counted pods and of those without a usable sample. idle assumes no usage of the unready
// pods, which reduces a scale-up; busy assumes that they are at their target, which reduces a scale-down.
func (e *evaluation) withUncertain(totals *podTotals, ratio float64, idle, busy bool) load {
	n := e.numbers()
	all := totals.load()
	if ratio != 1 {
		all.pods, all.requests = all.pods+totals.missing, n.add(all.requests, totals.missingRequests)
	}
	if ratio < 1 {
		all.usage = n.add(n.add(all.usage, totals.missingUsage), totals.incompleteUsage)
	}
	if idle || busy {
		all.pods, all.requests = all.pods+totals.unready, n.add(all.requests, totals.unreadyRequests)
	}
	switch {
	case busy:
		all.usage = n.add(all.usage, totals.unreadyUsage)
	case ratio < 1:
		all.pods, all.requests = all.pods+totals.newlyReady, n.add(all.requests, totals.newlyReadyRequests)
		all.usage = n.add(all.usage, totals.newlyReadyUsage)
	}
	return all
}

// inRolloutSurge reports whether the target has more pods than replicas, as during a rollout. The starting pods have then taken
// over load from other pods, and that load remains.
func (e *evaluation) inRolloutSurge(totals *podTotals) bool {
	return e.spec.corrects(RolloutSurge) && totals.ready+totals.unready+totals.missing > int(e.d.Current)
}

// opposes reports whether the replicas change the current count against the direction of the ratio.
func (e *evaluation) opposes(ratio float64, replicas int32) bool {
	return (ratio < 1 && replicas > e.d.Current) || (ratio > 1 && replicas < e.d.Current)
}

// multiplyPods sets the replicas to the product of the ratio and the ready pods.
func (e *evaluation) multiplyPods(p *Proposal, ready int) {
	if e.spec.withinTolerance(p.Ratio) || e.toleratesLoad(p.Ratio*float64(ready), ready) {
		p.Replicas, p.Hold = e.d.Current, HoldWithinTolerance
		return
	}
	p.Replicas = e.numbers().roundUp(p.Ratio * float64(ready))
	e.holdDirection(p)
}

// holdDirection keeps the current count where the product opposes the ratio.
func (e *evaluation) holdDirection(p *Proposal) {
	if e.opposes(p.Ratio, p.Replicas) && e.spec.corrects(SameDirection) {
		p.Product, p.Replicas, p.Hold = p.Replicas, e.d.Current, HoldDirection
	}
}

// compare returns the current value in the unit of the target, and its ratio to the target. Both divisions truncate, as
// upstream's do.
func (e *evaluation) compare(m *Metric, l load) (current int64, ratio float64) {
	if m.TargetType == Utilization {
		current = e.numbers().percent(l.usage, l.requests)
	} else {
		current = l.usage / int64(l.pods)
	}
	return current, float64(current) / float64(m.Target)
}
