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
	// drained is for how long nothing must be left.
	drained = time.Minute
	// unsteady is the part of the ready replicas by which they can change and nothing is learned from it.
	unsteady = 10
	// longest is how many times the mean the longest item takes, where nobody tells.
	longest = 5
	// largestTail is the part of the whole time that the longest item can take.
	largestTail = 0.25
)

// Replan gives the plan for what was seen at now, and what to remember of it.
func Replan(spec *Spec, state State, seen *Seen, now time.Time) (Plan, State) {
	p := planner{spec: spec, seen: seen, now: now, state: state}
	p.begin()
	p.learn()
	p.assess()
	p.settle()
	return p.plan, p.state
}

// planner is one plan in the making.
type planner struct {
	spec  *Spec
	seen  *Seen
	now   time.Time
	state State
	plan  Plan
	work  work
}

// begin forgets the plan of another occurrence, but not what was learned in it.
func (p *planner) begin() {
	if !p.state.Start.Equal(p.seen.Start) {
		p.state = State{Start: p.seen.Start, Rate: p.state.Rate.carry(p.spec.Rate)}
	}
	p.state.Deadline = p.seen.Deadline
	p.plan = Plan{
		Start: p.seen.Start, Deadline: p.seen.Deadline, Problem: p.seen.Problem, StartUp: p.seen.StartUp,
	}
}

// learn takes from what is left, and how that has changed, how fast it goes.
func (p *planner) learn() {
	s, seen := &p.state, p.seen
	if seen.HasArrivals {
		p.smooth(seen.Arrivals)
	} else if p.spec.Source == Learned {
		s.Arrivals = 0
	}
	if p.spec.Source == Measured && seen.HasThroughput && seen.Throughput > 0 {
		s.Rate.Guess = seen.Throughput
	}
	if more := seen.Ready - s.Ready; s.Steady.IsZero() || unsteady*max(more, -more) > s.Ready {
		s.Ready, s.Steady = seen.Ready, p.now
	}
	if seen.Problem != "" {
		s.Rate.drop()
		return
	}
	span := seen.At.Sub(s.At)
	known, steady := !s.At.IsZero(), !s.At.Before(s.Steady)
	before := s.Backlog
	if known && span <= 0 {
		return // the sample is the one that is known already
	}
	s.Backlog, s.At = max(0, seen.Backlog), seen.At
	if !known {
		return
	}
	// Where less is left than there are replicas, some of them do nothing.
	if seen.Ready <= 0 || s.Backlog < float64(seen.Ready) {
		s.Rate.drop()
		return
	}
	if steady { // the samples are older than what is known of the replicas
		p.count(before-s.Backlog, span)
	}
}

// count has the backlog shrunk by so much in a time in which all replicas had work.
func (p *planner) count(shrunk float64, span time.Duration) {
	s, seen := &p.state, p.seen
	switch {
	case p.spec.Source == Learned:
		came := s.Arrivals
		if seen.HasArrivals {
			came = max(0, seen.Arrivals)
		}
		s.Rate.add(shrunk+came*span.Seconds(), seen.Ready, span, p.spec.Rate, seen.Deadline.Sub(seen.Start))
	case !seen.HasArrivals:
		// What replicas do is known, so the rest is what came.
		came := p.throughput()*float64(seen.Ready) - shrunk/span.Seconds()
		s.Arrivals = max(0, s.Arrivals+(came-s.Arrivals)*min(1, span.Seconds()/memory.Seconds()))
	}
}

// smooth takes the rate of arrivals into the mean: a burst says little about hours to come.
func (p *planner) smooth(arrivals float64) {
	s := &p.state
	span := p.now.Sub(s.Watched)
	share := 1.0
	if !s.Watched.IsZero() {
		share = min(1, span.Seconds()/memory.Seconds())
	}
	s.Arrivals = max(0, s.Arrivals+(arrivals-s.Arrivals)*share)
	s.Watched = p.now
}

// throughput of a replica, of which it is known what it is.
func (p *planner) throughput() float64 {
	if p.spec.Source == Measured && p.state.Rate.Guess > 0 {
		return p.state.Rate.Guess
	}
	return p.spec.Rate
}

// assess puts together what there is to do.
func (p *planner) assess() {
	s, plan := &p.state, &p.plan
	plan.Throughput = p.throughput()
	if p.spec.Source == Learned {
		plan.Throughput, plan.Error = s.Rate.estimate(p.spec.Rate)
	}
	plan.Arrivals = s.Arrivals
	plan.Backlog = s.Backlog
	if p.seen.Problem != "" && !s.At.IsZero() {
		// Nobody knows; this is the best guess.
		gone := p.now.Sub(s.At).Seconds()
		plan.Backlog = max(0, s.Backlog-(plan.Throughput*float64(p.seen.Ready)-s.Arrivals)*gone)
	}
	plan.Tail = p.spec.LongestItem
	if plan.Tail == 0 && plan.Throughput > 0 {
		plan.Tail = inSeconds(longest / plan.Throughput)
	}
	most := time.Duration(largestTail * float64(p.seen.Deadline.Sub(p.seen.Start)))
	plan.Tail = max(0, min(plan.Tail, most))
	p.work = work{
		backlog: plan.Backlog, arrivals: s.Arrivals, rate: plan.Throughput, ready: p.seen.Ready, startUp: p.seen.StartUp,
		item: least,
	}
	if plan.Throughput > 0 {
		p.work.item = max(least, inSeconds(1/plan.Throughput))
	}
}

// settle makes the plan.
func (p *planner) settle() {
	s, plan := &p.state, &p.plan
	switch {
	case plan.Throughput <= 0 || s.At.IsZero():
		p.wait()
		return
	case plan.Backlog > 0:
		s.DrainedSince = time.Time{}
	case p.seen.Problem == "" && s.DrainedSince.IsZero():
		s.DrainedSince = p.now
	}
	p.judge()
	p.choose()
	p.foresee()
}

// wait is for when nothing can be planned with.
func (p *planner) wait() {
	p.plan.Phase = OnTime
	if !p.now.Before(p.seen.Deadline) {
		p.plan.Phase = Late
	}
	if p.plan.Problem == "" {
		p.plan.Problem = "the throughput of a replica is unknown"
	}
	p.plan.Kept = true
	p.plan.Replicas = p.within(max(p.seen.Current, p.state.Planned))
}

// judge says how the work stands.
func (p *planner) judge() {
	s, plan := &p.state, &p.plan
	if !p.now.Before(p.seen.Deadline) && !s.Missed && plan.Backlog > 0 {
		s.Missed, s.Left = true, plan.Backlog
	}
	hopeful := p.work
	if p.spec.Source == Learned {
		hopeful.rate *= 1 + s.Rate.doubt() // a guess is no reason for an alarm
	}
	most, ends := hopeful.takes(p.seen.Max)
	finish := p.now.Add(most)
	switch {
	case plan.Backlog <= 0:
		s.AtRisk = false
	case !ends || finish.After(p.seen.Deadline):
		s.AtRisk = true
	case finish.Before(p.seen.Deadline.Add(-p.seen.Deadline.Sub(p.seen.Start) / 50)):
		s.AtRisk = false
	}
	plan.Missed, plan.Left = s.Missed, s.Left
	switch {
	case plan.Backlog <= 0:
		plan.Phase = Drained
	case !p.now.Before(p.seen.Deadline):
		plan.Phase = Late
	case s.AtRisk:
		plan.Phase = AtRisk
	default:
		plan.Phase = OnTime
	}
}

// choose keeps the plan that there is, or makes it anew.
func (p *planner) choose() {
	s, plan := &p.state, &p.plan
	careful := p.work
	careful.rate = max(plan.Throughput-plan.Error, plan.Throughput/2)
	within := p.seen.Deadline.Sub(p.now) - plan.Tail
	if plan.Phase == AtRisk || plan.Phase == Late {
		within = 0 // as fast as it goes
	}
	plan.Needed = careful.need(within, p.spec.Margin)
	must := careful.need(within, p.spec.Margin*(1-enough))
	planned := s.Planned
	if p.within(must) > planned || s.Planned == 0 {
		s.Planned = max(planned, plan.Needed)
		s.FewerSince = time.Time{}
	} else {
		p.release()
	}
	s.Planned = min(s.Planned, p.seen.Max) // what the bounds have cut is not wished for once they give room
	plan.Kept = s.Planned != plan.Needed
	plan.Replicas = p.within(s.Planned)
	if p.seen.Problem != "" {
		plan.Replicas = p.within(max(plan.Replicas, p.seen.Current))
	}
}

// release takes replicas away that have not been needed for long enough.
func (p *planner) release() {
	s, plan := &p.state, &p.plan
	if p.seen.Problem != "" {
		s.FewerSince = time.Time{}
		return
	}
	if plan.Phase == Drained && plan.Needed < s.Planned && p.now.Sub(s.DrainedSince) >= drained {
		s.Planned, s.FewerSince = plan.Needed, time.Time{}
		return
	}
	if float64(plan.Needed)*(1+slack) > float64(s.Planned) || plan.Needed >= s.Planned {
		s.FewerSince, s.Fewer = time.Time{}, 0
		return
	}
	if s.FewerSince.IsZero() {
		s.FewerSince, s.Fewer = p.now, 0
	}
	s.Fewer = max(s.Fewer, plan.Needed)
	plan.Fewer = true
	if p.now.Sub(s.FewerSince) >= p.hold() {
		s.Planned, s.FewerSince, plan.Fewer = s.Fewer, time.Time{}, false
	}
}

// hold is for how long fewer replicas must do: some of what is planned for, and not so short that chance decides.
func (p *planner) hold() time.Duration {
	return max(leastHold, min(mostHold, p.seen.Deadline.Sub(p.seen.Start)/holds))
}

// foresee says when it will be done.
func (p *planner) foresee() {
	plan := &p.plan
	if plan.Phase == Drained {
		plan.Finish = p.state.DrainedSince
		return
	}
	if takes, ends := p.work.takes(plan.Replicas); ends {
		plan.Finish = p.now.Add(takes)
	}
}

func (p *planner) within(replicas int32) int32 { return max(p.seen.Min, min(p.seen.Max, replicas)) }
