package engine

import "fmt"

// proposeByPods is for a metric that each pod has its own sample of.
func (e *evaluation) proposeByPods(i int, m *Metric, r *Reading) Proposal {
	if problem := e.podsProblem(m, r); problem != "" {
		return e.unknown(m, r, problem)
	}
	sum := e.totalPods(m, r)
	p := Proposal{
		Via: r.Via, Time: sum.oldest,
		Ready: sum.ready, Unready: sum.unready, Missing: sum.missing, Ignored: sum.ignored,
	}
	switch {
	case sum.ready+sum.stray == 0:
		p.Problem = fmt.Sprintf("none of %d pods has a sample to go by: %d not ready, %d without a sample, %d ending",
			len(e.observation.Pods), sum.unready, sum.missing, sum.ignored)
	case m.TargetType == Utilization && sum.readyRequests == 0:
		p.Problem = fmt.Sprintf("the pods request no %s, and utilisation is a share of what they request", m.Name)
	}
	if p.Problem != "" {
		p.Code = failureReason(m.Type)
		return p
	}
	p.Known, p.PartialPods, p.Partial = true, sum.gapped, sum.partialReason()
	p.Average = sum.usage / int64(max(1, sum.ready+sum.stray))
	p.Current, p.Ratio = e.compare(m, load{sum.usage, sum.readyRequests, sum.ready + sum.stray})
	e.replicasOfPods(m, &sum, &p)
	e.olderSamples(m, r, i, &sum, &p)
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
func (e *evaluation) replicasOfPods(m *Metric, sum *podTotals, p *Proposal) {
	idle := sum.unready > 0 && p.Ratio > 1
	busy := sum.unready > 0 && p.Ratio < 1 && e.surging(sum)
	partial := sum.partial+sum.young > 0 && p.Ratio < 1
	if !idle && !busy && !partial && sum.missing == 0 {
		e.replicasByRatio(p, sum.ready)
		return
	}
	all := e.withDoubtful(sum, p.Ratio, idle, busy)
	if m.TargetType == Utilization && all.requests == 0 {
		*p = Proposal{Problem: "the sum of what the pods request wraps around to 0", Code: failureReason(m.Type), Via: p.Via}
		return
	}
	_, careful := e.compare(m, all)
	if all != (load{sum.usage, sum.readyRequests, sum.ready + sum.stray}) {
		p.Adjusted, p.AdjustedPods = careful, all.pods
	}
	switch {
	case (p.Ratio < 1 && careful > 1) || (p.Ratio > 1 && careful < 1):
		p.Replicas, p.Hold = e.d.Current, HoldUncertain
	case e.spec.within(careful):
		p.Replicas, p.Hold = e.d.Current, HoldWithinTolerance
	default:
		p.Replicas = e.numbers().roundUp(careful * float64(all.pods))
		if e.against(careful, p.Replicas) {
			p.Replicas, p.Hold = e.d.Current, HoldUncertain
		}
	}
}

// putIn adds the pods in doubt to those that are counted. idle: the unready ones are taken to do nothing, which damps a
// way up; busy: to be at their target, which damps a way down.
func (e *evaluation) withDoubtful(sum *podTotals, ratio float64, idle, busy bool) load {
	n := e.numbers()
	all := load{sum.usage, sum.readyRequests, sum.ready + sum.stray}
	if ratio != 1 {
		all.pods, all.requests = all.pods+sum.missing, n.add(all.requests, sum.missingRequests)
	}
	if ratio < 1 {
		all.usage = n.add(n.add(all.usage, sum.missingAtLeast), sum.partialLack)
	}
	if idle || busy {
		all.pods, all.requests = all.pods+sum.unready, n.add(all.requests, sum.unreadyRequests)
	}
	switch {
	case busy:
		all.usage = n.add(all.usage, sum.unreadyAtLeast)
	case ratio < 1:
		all.pods, all.requests = all.pods+sum.young, n.add(all.requests, sum.youngRequests)
		all.usage = n.add(all.usage, sum.youngAtLeast)
	}
	return all
}

// surging says whether there are more pods than were asked for, as while a rollout replaces them. Those that start have
// then taken load off the others that is still there.
func (e *evaluation) surging(sum *podTotals) bool {
	return e.spec.corrects(RolloutSurge) && sum.ready+sum.unready+sum.missing > int(e.d.Current)
}

// against says whether so many replicas would go against the ratio.
func (e *evaluation) against(ratio float64, replicas int32) bool {
	return (ratio < 1 && replicas > e.d.Current) || (ratio > 1 && replicas < e.d.Current)
}

// replicasByRatio multiplies the ready pods.
func (e *evaluation) replicasByRatio(p *Proposal, ready int) {
	if e.spec.within(p.Ratio) {
		p.Replicas, p.Hold = e.d.Current, HoldWithinTolerance
		return
	}
	p.Replicas = e.numbers().roundUp(p.Ratio * float64(ready))
	if e.against(p.Ratio, p.Replicas) && e.spec.corrects(SameDirection) {
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
