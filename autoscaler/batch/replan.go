package batch

import "time"

const (
	// longest is the ratio of the longest item to the mean, where the spec has no LongestItem.
	longest = 5
	// largestTail bounds that item, as a share of the whole time.
	largestTail = 0.25
)

// Replan returns the plan for an observation at now, and the next state.
func Replan(spec *Spec, state State, seen *Observation, now time.Time) (Plan, State) {
	p := planner{spec: spec, seen: *seen, now: now, state: state}
	p.begin()
	p.learn()
	p.assess()
	p.settle()
	return p.plan, p.state
}

// planner has the inputs and partial results of one Replan.
type planner struct {
	spec  *Spec
	seen  Observation
	now   time.Time
	state State
	plan  Plan
	work  work
}

// begin drops the plan of another occurrence, but keeps its throughput.
func (p *planner) begin() {
	if !p.state.Start.Equal(p.seen.Start) {
		p.state = State{Start: p.seen.Start, Rate: p.state.Rate.carry(p.spec.Rate)}
	}
	p.state.Deadline = p.seen.Deadline
	p.plan = Plan{
		Start: p.seen.Start, Deadline: p.seen.Deadline, Problem: p.seen.Problem, StartUp: p.seen.StartUp, Busy: p.seen.Busy,
	}
}

// assess computes the remaining work.
func (p *planner) assess() {
	s, plan := &p.state, &p.plan
	plan.Throughput = p.throughput()
	if p.spec.Source == Learned {
		plan.Throughput, plan.Error = s.Rate.estimate(p.spec.Rate)
	}
	plan.Arrivals = s.Arrivals
	plan.Backlog = s.Backlog
	if p.seen.Problem != "" && !s.At.IsZero() {
		// An estimate from the last known backlog.
		gone := p.now.Sub(s.At).Seconds()
		plan.Backlog = max(0, s.Backlog-(plan.Throughput*float64(p.seen.Ready)-s.Arrivals)*gone)
	}
	plan.Tail = p.spec.LongestItem
	if plan.Tail == 0 && plan.Throughput > 0 {
		most := largestTail * p.seen.Deadline.Sub(p.seen.Start).Seconds()
		plan.Tail = inSeconds(min(longest*p.spec.itemSize()/plan.Throughput, most))
	}
	p.work = work{
		backlog: plan.Backlog, arrivals: s.Arrivals, rate: plan.Throughput, ready: p.seen.Ready, startUp: p.seen.StartUp,
		item: p.atMost(least, moments), size: p.spec.itemSize(),
	}
	if plan.Throughput > 0 {
		p.work.item = max(p.work.item, inSeconds(p.work.size/plan.Throughput))
	}
	p.work.ahead = max(p.work.item, p.seen.Deadline.Sub(p.now))
	plan.Items = p.items()
}

// settle computes the plan.
func (p *planner) settle() {
	p.noteDrained()
	p.judge()
	dark := p.plan.Throughput <= 0 || p.state.At.IsZero()
	switch {
	case dark && (p.plan.Phase != Drained || p.state.Arrivals > 0):
		p.wait()
	default:
		p.choose()
		p.spare()
		p.foresee()
	}
}

// spare keeps busy replicas, which leave when they have finished.
func (p *planner) spare() {
	stay := p.within(min(p.seen.Busy, p.seen.Current))
	if p.plan.HeldBusy = stay > p.plan.Replicas; p.plan.HeldBusy {
		p.plan.Replicas = stay
	}
}

// known reports whether the backlog is known.
func (p *planner) known() bool { return p.seen.Problem == "" }

func (p *planner) noteDrained() {
	s := &p.state
	switch {
	case !p.known():
	case p.plan.Backlog > 0:
		s.DrainedSince = time.Time{}
	case s.DrainedSince.IsZero():
		s.DrainedSince = s.At
	}
}

// wait keeps the current replicas while the backlog or the throughput is unknown. With an unknown throughput, one replica works, so
// that it can be measured.
func (p *planner) wait() {
	p.plan.Held = true
	keep := max(p.seen.Current, p.state.Planned)
	if p.known() {
		p.plan.Problem = "no throughput of a replica has been measured"
		keep = max(p.seen.Current, min(max(p.state.Planned, 1), p.plan.Items))
	}
	p.plan.Replicas = p.within(keep)
}

// judge sets the phase. An unknown backlog is no missed deadline.
func (p *planner) judge() {
	s, plan := &p.state, &p.plan
	over := !p.now.Before(p.seen.Deadline)
	if over && p.known() && plan.Backlog > 0 && !s.Missed {
		s.Missed, s.Left = true, plan.Backlog
	}
	p.judgeRisk()
	plan.Missed, plan.Left = s.Missed, s.Left
	switch {
	case !s.DrainedSince.IsZero():
		plan.Phase = Drained
	case over && s.Missed:
		plan.Phase = Late
	case over || s.AtRisk:
		plan.Phase = AtRisk
	default:
		plan.Phase = OnTime
	}
}

// judgeRisk sets AtRisk if Max replicas would be late, and clears it with a distance of 2% of the whole time.
func (p *planner) judgeRisk() {
	s := &p.state
	if s.At.IsZero() || p.plan.Throughput <= 0 {
		return
	}
	hopeful := p.work
	if p.spec.Source == Learned {
		hopeful.rate *= 1 + s.Rate.doubt() // an estimate alone does not set AtRisk
	}
	most, ends := hopeful.takes(p.seen.Max)
	late := p.now.Add(most).Sub(p.seen.Deadline)
	switch {
	case p.known() && p.seen.Ready < s.Planned && s.At.Before(s.Steady) && !s.AtRisk:
		// The sample is older than the last change of the replicas: replicas without work have left since.
	case !ends || late > 0:
		s.AtRisk = true
	case late < -p.seen.Deadline.Sub(p.seen.Start)/50:
		s.AtRisk = false
	}
}

// foresee sets the expected finish.
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
