package batch

import "time"

const (
	// enough is the share of the margin that a plan may use up before the planner replaces it.
	enough = 0.75
	// slack is the share by which fewer replicas must suffice before a scale-in, during a part of the whole time.
	slack     = 0.25
	holds     = 40
	leastHold = 2 * time.Minute
	mostHold  = 10 * time.Minute
	// quiet is the time for which the backlog must be empty.
	quiet = time.Minute
	// moments is the least number of quiet times, and spells of the shortest holds, in the whole time. If the whole time is minutes,
	// these times are seconds.
	moments = 60
	spells  = 20
	// memories is the least number of averaging times of arrivals in the whole time.
	memories = 15
)

// choose keeps the plan or replaces it. A plan aims at an instant before the deadline, and holds while enough of the margin is left.
// The next plan is for the time that is left then.
func (p *planner) choose() {
	s, plan := &p.state, &p.plan
	within := p.seen.Deadline.Sub(p.now) - plan.Tail
	careful := p.careful(within)
	// Whole milliseconds, as all instants of a State.
	aim := p.now.Add(inSeconds(within.Seconds() / (1 + p.spec.Margin)).Truncate(time.Millisecond))
	if s.Aim.Sub(p.now) < p.work.item { // the remaining work has arrived since
		s.Aim = aim
	}
	need := func(within time.Duration, margin float64) int32 { return min(careful.need(within, margin), plan.Items) }
	anew := need(within, p.spec.Margin)
	must := need(within, p.spec.Margin*(1-enough))
	plan.Needed = max(must, need(s.Aim.Sub(p.now), 0))
	if plan.Phase == AtRisk || plan.Phase == Late {
		anew = max(anew, need(0, p.spec.Margin)) // at the full rate
		must, plan.Needed = anew, anew
	}
	if s.Planned == 0 {
		s.Planned = min(p.seen.Current, p.seen.Max) // a new plan starts from the current replicas
	}
	s.Planned = min(s.Planned, max(plan.Items, p.seen.Current))
	if p.within(must) > s.Planned || s.Planned == 0 {
		s.Planned, s.Aim, s.FewerSince = max(s.Planned, anew), aim, time.Time{}
		plan.Needed = anew
	} else {
		p.release()
	}
	s.Planned = min(s.Planned, p.seen.Max) // a higher maximum does not restore replicas that the former one cut
	offered := p.offered()
	plan.Held, plan.Fewer = offered != plan.Needed, plan.Fewer && offered > plan.Needed
	plan.Replicas = p.within(offered)
	if !p.known() {
		plan.Replicas = p.within(max(plan.Replicas, p.seen.Current))
	}
}

// offered returns the planned replicas, for a Job at most one per item. A Job's pods leave only as they finish, so no busy pod is
// deleted; the last one waits until the backlog has been empty for a while. Current replicas of other targets stay for the hold,
// because it is unknown which are busy, and an idle replica costs less than an item that is done twice.
func (p *planner) offered() int32 {
	if p.known() && p.spec.Stays {
		return min(p.state.Planned, max(1, p.plan.Items))
	}
	return p.state.Planned
}

// careful returns the work with the throughput less its error. Where replicas stay, it omits uncertain work: a later replica costs
// no more than one now, and a surplus replica idles until the end.
func (p *planner) careful(within time.Duration) work {
	w, plan := p.work, &p.plan
	w.rate = max(plan.Throughput-plan.Error, plan.Throughput/2)
	if !p.patient() {
		return w
	}
	doubt := p.state.Rate.doubt()
	w.rate = (1-doubt)*w.rate + doubt*2*plan.Throughput
	twice := w
	twice.arrivals *= 2
	if twice.need(within, p.spec.Margin) <= p.seen.Max { // else the work cannot finish in time if arrivals continue
		w.ahead = w.startUp + w.item
	}
	return w
}

// patient reports whether the planner waits for better figures. A stated throughput never improves. Unmeasured arrivals make
// replicas look slow, the more so the fewer they are.
func (p *planner) patient() bool {
	switch {
	case !p.spec.Stays || p.spec.Margin == 0:
		return false
	case p.spec.Source == Learned:
		return p.seen.HasArrivals
	default:
		return p.spec.Source == Measured
	}
}

// release scales in when fewer replicas have sufficed for the hold.
func (p *planner) release() {
	s, plan := &p.state, &p.plan
	if !p.known() {
		s.FewerSince = time.Time{}
		return
	}
	if plan.Phase == Drained && plan.Needed < s.Planned && p.drained() {
		s.Planned, s.FewerSince = plan.Needed, time.Time{}
		return
	}
	near := float64(plan.Needed)*(1+slack) > float64(s.Planned) && s.Planned <= plan.Items
	if near || plan.Needed >= s.Planned {
		s.FewerSince, s.Fewer = time.Time{}, 0
		return
	}
	if s.FewerSince.IsZero() {
		s.FewerSince, s.Fewer = s.At, 0
	}
	s.Fewer = max(s.Fewer, plan.Needed)
	plan.Fewer = true
	if s.At.Sub(s.FewerSince) >= p.hold() {
		s.Planned, s.FewerSince, plan.Fewer = s.Fewer, time.Time{}, false
	}
}

// drained reports whether the backlog has been empty for the quiet time, by the times of samples: one sample of 0 that is served
// for a minute shows no quiet minute.
func (p *planner) drained() bool {
	since, latest := p.state.DrainedSince, p.state.At
	if p.known() && p.seen.At.After(latest) {
		latest = p.seen.At // learn has not stored it yet
	}
	return !since.IsZero() && latest.Sub(since) >= p.atMost(quiet, moments)
}

// hold returns the time for which fewer replicas must suffice: a part of the whole time, within limits.
func (p *planner) hold() time.Duration {
	return max(p.atMost(leastHold, spells), p.atMost(mostHold, holds))
}

// atMost returns usual, or the given part of the whole time if that is shorter.
func (p *planner) atMost(usual, parts time.Duration) time.Duration {
	return min(usual, p.seen.Deadline.Sub(p.seen.Start)/parts)
}
