package engine

import "fmt"

// proposeByPods is for a metric that each pod has its own sample of.
func (t *turn) proposeByPods(m *Metric, r *Reading) Proposal {
	if problem := t.podsProblem(m, r); problem != "" {
		return t.unknown(m, r, problem)
	}
	sum := t.take(m, r)
	p := Proposal{
		Via: r.Via, Time: sum.oldest,
		Ready: sum.ready, Unready: sum.unready, Missing: sum.missing, Ignored: sum.ignored,
	}
	switch {
	case sum.ready == 0:
		p.Problem = fmt.Sprintf("none of %d pods has a sample to go by: %d not ready, %d without a sample, %d ending",
			len(t.seen.Pods), sum.unready, sum.missing, sum.ignored)
	case m.TargetType == Utilization && sum.readyRequests == 0:
		p.Problem = fmt.Sprintf("the pods request no %s, and utilisation is a share of what they request", m.Name)
	}
	if p.Problem != "" {
		p.Code = failureReason(m.Type)
		return p
	}
	p.Known = true
	p.Average = sum.usage / int64(sum.ready)
	p.Current, p.Ratio = m.compare(sum.usage, sum.readyRequests, sum.ready)
	t.settle(m, &sum, &p)
	return p
}

// podsProblem says what is wrong with the reading as a whole.
func (t *turn) podsProblem(m *Metric, r *Reading) string {
	pods := len(t.seen.Pods)
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

// settle turns the ratio into replicas. While pods are missing or starting up, they are put in where they speak against
// the change, and the change must survive that.
func (t *turn) settle(m *Metric, sum *tally, p *Proposal) {
	ratio, pods := p.Ratio, sum.ready
	idle := sum.unready > 0 && ratio > 1
	if !idle && sum.missing == 0 {
		t.replicasByRatio(ratio, pods, p)
		return
	}
	usage, requests := sum.usage, sum.readyRequests
	if ratio != 1 {
		pods, requests = pods+sum.missing, add(requests, sum.missingRequests)
	}
	if ratio < 1 {
		usage = add(usage, sum.missingAtLeast)
	}
	if idle {
		pods, requests = pods+sum.unready, add(requests, sum.unreadyRequests)
	}
	_, careful := m.compare(usage, requests, pods)
	if (ratio < 1 && careful > 1) || (ratio > 1 && careful < 1) {
		p.Replicas, p.Kept = t.d.Current, KeptUncertain
		return
	}
	t.replicasByRatio(careful, pods, p)
	if (careful < 1 && p.Replicas > t.d.Current) || (careful > 1 && p.Replicas < t.d.Current) {
		p.Replicas, p.Kept = t.d.Current, KeptUncertain
	}
}

func (t *turn) replicasByRatio(ratio float64, pods int, p *Proposal) {
	if t.spec.within(ratio) {
		p.Replicas, p.Kept = t.d.Current, KeptWithinTolerance
		return
	}
	p.Replicas = replicasFor(ratio * float64(pods))
}

// compare gives the current value in the terms of the target, and its ratio to the target. Both divisions truncate, as
// upstream's do.
func (m *Metric) compare(usage, requests int64, pods int) (current int64, ratio float64) {
	if m.TargetType == Utilization {
		current = scale(usage, 100, requests)
		current = max(minPercent, min(maxPercent, current))
	} else {
		current = usage / int64(pods)
	}
	return current, float64(current) / float64(m.Target)
}
