package batch

import "time"

const (
	// enough is the part of the margin that a plan may have used up before it is made anew.
	enough = 0.75
	// slack is by how much fewer replicas must do before some are taken away. They must for a part of the whole time.
	slack     = 0.25
	holds     = 40
	leastHold = 2 * time.Minute
	mostHold  = 10 * time.Minute
	// quiet is for how long nothing must be left.
	quiet = time.Minute
	// moments are how many of the times that are called a moment here there are at least in the whole time, and spells how
	// many of the shortest holds: where the whole time is minutes, they are seconds.
	moments = 60
	spells  = 20
	// memories are how many of the times that arrivals are remembered for there are at least.
	memories = 15
)

// choose keeps the plan that there is, or makes it anew. A plan aims at an instant before the deadline, and is kept for as
// long as what is left of the margin is enough; then it is made anew for the time that is left.
func (p *planner) choose() {
	s, plan := &p.state, &p.plan
	within := p.seen.Deadline.Sub(p.now) - plan.Tail
	careful := p.careful(within)
	// Whole milliseconds, as all instants that are remembered.
	aim := p.now.Add(inSeconds(within.Seconds() / (1 + p.spec.Margin)).Truncate(time.Millisecond))
	if s.Aim.Sub(p.now) < p.work.item { // what is still left then has come since
		s.Aim = aim
	}
	need := func(within time.Duration, margin float64) int32 { return min(careful.need(within, margin), plan.Items) }
	anew := need(within, p.spec.Margin)
	must := need(within, p.spec.Margin*(1-enough))
	plan.Needed = max(must, need(s.Aim.Sub(p.now), 0))
	if plan.Phase == AtRisk || plan.Phase == Late {
		anew = max(anew, need(0, p.spec.Margin)) // as fast as it goes
		must, plan.Needed = anew, anew
	}
	if s.Planned == 0 {
		s.Planned = min(p.seen.Current, p.seen.Max) // a new plan starts from what it finds
	}
	s.Planned = min(s.Planned, max(plan.Items, p.seen.Current))
	if p.within(must) > s.Planned || s.Planned == 0 {
		s.Planned, s.Aim, s.FewerSince = max(s.Planned, anew), aim, time.Time{}
		plan.Needed = anew
	} else {
		p.release()
	}
	s.Planned = min(s.Planned, p.seen.Max) // what the bounds have cut is not wished for once they give room
	offered := p.offered()
	plan.Held, plan.Fewer = offered != plan.Needed, plan.Fewer && offered > plan.Needed
	plan.Replicas = p.within(offered)
	if !p.known() {
		plan.Replicas = p.within(max(plan.Replicas, p.seen.Current))
	}
}

// offered is how much of the plan is asked for: with a Job no more than one replica for each item. Its pods leave only as they
// finish, so that the ones that work are not at stake; the last one waits until nothing has been left for a while. Replicas of
// another target that are there already are kept for the hold, because it is unknown which of them work: an idle one costs less
// than an item that is done twice.
func (p *planner) offered() int32 {
	if p.known() && p.spec.Stays {
		return min(p.state.Planned, max(1, p.plan.Items))
	}
	return p.state.Planned
}

// careful is the work with the throughput less its error. Where replicas stay, it leaves out what may turn out not to be there:
// one that is asked for later costs no more than one that is asked for now, and one too many idles until nothing more comes.
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
	if twice.need(within, p.spec.Margin) <= p.seen.Max { // or there is no catching up if it goes on to come
		w.ahead = w.startUp + w.item
	}
	return w
}

// patient says that it is worth the time to wait for what is not known yet. What is stated is never known better; and where it
// is not measured what comes, it makes replicas look slow, the fewer of them the slower.
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

// release takes replicas away that have not been needed for long enough.
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

// drained reports whether nothing has been left for long enough, by the times of the samples: a source that serves one sample
// of 0 for a minute has not shown a quiet minute.
func (p *planner) drained() bool {
	since, latest := p.state.DrainedSince, p.state.At
	if p.known() && p.seen.At.After(latest) {
		latest = p.seen.At // learn has not stored it yet
	}
	return !since.IsZero() && latest.Sub(since) >= p.atMost(quiet, moments)
}

// hold is for how long fewer replicas must do: some of what is planned for, and not so short that chance decides.
func (p *planner) hold() time.Duration {
	return max(p.atMost(leastHold, spells), p.atMost(mostHold, holds))
}

// atMost is a time, or the part of the whole time that it must not be longer than.
func (p *planner) atMost(usual, parts time.Duration) time.Duration {
	return min(usual, p.seen.Deadline.Sub(p.seen.Start)/parts)
}
