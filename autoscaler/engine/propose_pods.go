package engine

import "fmt"

// proposeByPods is for a metric that each pod has its own sample of.
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
		p.Problem = fmt.Sprintf("none of %d pods has a sample to go by: %d not ready, %d without a sample, %d ending",
			len(e.observation.Pods), totals.unready, totals.missing, totals.ignored)
	case m.TargetType == Utilization && totals.readyRequests == 0:
		p.Problem = fmt.Sprintf("the pods request no %s, and utilisation is a share of what they request", m.Name)
	}
	if p.Problem != "" {
		p.Code = failureReason(m.Type)
		return p
	}
	p.Known, p.PartialPods, p.Partial = true, totals.gapped, totals.partialReason()
	p.Average = totals.usage / int64(max(1, totals.ready+totals.stray))
	p.Current, p.Ratio = e.compare(m, load{totals.usage, totals.readyRequests, totals.ready + totals.stray})
	e.replicasOfPods(m, &totals, &p)
	e.correctOlderSamples(m, r, i, &totals, &p)
	return p
}

// podsProblem says what is wrong with the reading as a whole.
func (e *evaluation) podsProblem(m *Metric, r *Reading) string {
	pods := len(e.observation.Pods)
	switch {
	case pods == 0:
		return "no pod matches the target's selector"
	case len(r.Pods) != pods:
		return fmt.Sprintf("there are %d pods, but samples for %d", pods, len(r.Pods))
	case m.TargetType != Utilization:
		return ""
	case r.RequestsProblem != "":
		return r.RequestsProblem
	case len(r.Requests) != pods:
		return fmt.Sprintf("there are %d pods, but requests of %d", pods, len(r.Requests))
	default:
		return ""
	}
}

// load is what pods use, in thousandths, what they request, and how many they are.
type load struct {
	usage, requests int64
	pods            int
}

// settle turns the ratio into replicas. While pods are missing or starting up, they are put in where they speak against
// the change, and the change must survive that.
func (e *evaluation) replicasOfPods(m *Metric, totals *podTotals, p *Proposal) {
	idle := totals.unready > 0 && p.Ratio > 1
	busy := totals.unready > 0 && p.Ratio < 1 && e.inRolloutSurge(totals)
	partial := totals.incomplete+totals.newlyReady > 0 && p.Ratio < 1
	if !idle && !busy && !partial && totals.missing == 0 {
		e.replicasByRatio(p, totals.ready)
		return
	}
	all := e.withUncertain(totals, p.Ratio, idle, busy)
	if m.TargetType == Utilization && all.requests == 0 {
		*p = Proposal{Problem: "the sum of what the pods request wraps around to 0", Code: failureReason(m.Type), Via: p.Via}
		return
	}
	_, adjusted := e.compare(m, all)
	if all != (load{totals.usage, totals.readyRequests, totals.ready + totals.stray}) {
		p.Adjusted, p.AdjustedPods = adjusted, all.pods
	}
	switch {
	case (p.Ratio < 1 && adjusted > 1) || (p.Ratio > 1 && adjusted < 1):
		p.Replicas, p.Hold = e.d.Current, HoldUncertain
	case e.spec.withinTolerance(adjusted):
		p.Replicas, p.Hold = e.d.Current, HoldWithinTolerance
	default:
		p.Replicas = e.numbers().roundUp(adjusted * float64(all.pods))
		if e.opposes(adjusted, p.Replicas) {
			p.Replicas, p.Hold = e.d.Current, HoldUncertain
		}
	}
}

// putIn adds the pods in doubt to those that are counted. idle: the unready ones are taken to do nothing, which damps a
// way up; busy: to be at their target, which damps a way down.
func (e *evaluation) withUncertain(totals *podTotals, ratio float64, idle, busy bool) load {
	n := e.numbers()
	all := load{totals.usage, totals.readyRequests, totals.ready + totals.stray}
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

// inRolloutSurge says whether there are more pods than were asked for, as while a rollout replaces them. Those that start have
// then taken load off the others that is still there.
func (e *evaluation) inRolloutSurge(totals *podTotals) bool {
	return e.spec.corrects(RolloutSurge) && totals.ready+totals.unready+totals.missing > int(e.d.Current)
}

// against says whether so many replicas would go against the ratio.
func (e *evaluation) opposes(ratio float64, replicas int32) bool {
	return (ratio < 1 && replicas > e.d.Current) || (ratio > 1 && replicas < e.d.Current)
}

// replicasByRatio multiplies the ready pods.
func (e *evaluation) replicasByRatio(p *Proposal, ready int) {
	if e.spec.withinTolerance(p.Ratio) {
		p.Replicas, p.Hold = e.d.Current, HoldWithinTolerance
		return
	}
	p.Replicas = e.numbers().roundUp(p.Ratio * float64(ready))
	if e.opposes(p.Ratio, p.Replicas) && e.spec.corrects(SameDirection) {
		p.Product, p.Replicas, p.Hold = p.Replicas, e.d.Current, HoldDirection
	}
}

// compare gives the current value in the terms of the target, and its ratio to the target. Both divisions truncate, as
// upstream's do.
func (e *evaluation) compare(m *Metric, l load) (current int64, ratio float64) {
	if m.TargetType == Utilization {
		current = e.numbers().percent(l.usage, l.requests)
	} else {
		current = l.usage / int64(l.pods)
	}
	return current, float64(current) / float64(m.Target)
}
