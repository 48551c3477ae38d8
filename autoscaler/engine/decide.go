package engine

import (
	"slices"
	"time"
)

// Decide gives the decision for what was seen at now, and what to remember of it. It takes state over, as append does
// its slice: use the State that it returns. It never panics on what it sees: a metric that cannot be understood is
// unknown, and unknown never scales in.
//
// Nothing here assumes that the decision is carried out; [RecordScale] is told when it was.
func Decide(spec *Spec, state State, seen *Observation, now time.Time) (Decision, State) {
	var d Decision
	state = DecideInto(&d, spec, state, seen, now)
	return d, state
}

// DecideInto is [Decide] for those who decide often: it reuses the memory of an earlier decision. Nothing of what d held
// is kept.
func DecideInto(d *Decision, spec *Spec, state State, seen *Observation, now time.Time) State {
	e := evaluation{spec: spec, observation: seen, now: now, state: state, d: d}
	e.begin()
	switch current := e.d.Current; {
	case current == 0 && !e.mayLeaveZero():
		e.disable()
	case current == 0:
		e.followMetrics()
	case current > e.d.Max:
		e.cut(e.d.Current, e.d.Max, e.d.MaxWindow, ReasonTooManyReplicas)
	case current < e.d.Min:
		e.cut(e.d.Current, e.d.Min, e.d.MinWindow, ReasonTooFewReplicas)
	default:
		e.followMetrics()
	}
	e.foreseeApplied()
	return e.state
}

// turn is one decision in the making: what went in, and what came out so far.
type evaluation struct {
	spec        *Spec
	observation *Observation
	now         time.Time
	state       State
	d           *Decision
}

func (e *evaluation) begin() {
	current := e.observation.SpecReplicas
	*e.d = Decision{
		Time: e.now, Current: current, Desired: current, HighestMetric: -1, HighestBatch: -1,
		AbleToScale: Verdict{Status: True, Reason: ReasonSucceededGetScale},
		Steps:       e.d.Steps[:0], Proposals: e.d.Proposals[:0], OpenWindows: e.d.OpenWindows[:0],
		Batches: e.d.Batches[:0], Costs: e.d.Costs[:0], Stale: e.d.Stale[:0],
	}
	e.d.Steps = slices.Grow(e.d.Steps, len(e.spec.Metrics)+len(e.spec.Batches)+6)
	e.step(Step{Kind: StepCurrent, From: current, To: current, Index: -1})
	e.setBounds()
	e.noteReady()
	e.planBatches()
	e.judgeDeadlines()
	if e.spec.Damping != nil {
		e.measureStart()
	}
	if len(e.state.Recommendations) == 0 && len(e.spec.Metrics) > 0 {
		// A new autoscaler starts from what it finds, so that it does not scale in before it has watched for a whole
		// stabilisation window. A batch does so by itself.
		e.state.Recommendations = append(e.state.Recommendations, Recommendation{Replicas: current, Time: e.now})
	}
}

// step records what made or changed the number.
func (e *evaluation) step(s Step) {
	e.d.Steps = append(e.d.Steps, s)
}

// followMetrics takes the metrics' wish through stabilisation and rate policies to the desired count.
func (e *evaluation) followMetrics() {
	wish, found := e.highestProposal()
	switch {
	case found:
		e.d.Desired = e.normalise(e.damp(max(0, wish)))
	case e.d.Current == 0 && e.d.Min > 0 && e.spec.corrects(LeaveZeroByBound):
		// There are no pods to measure at zero, so waiting for a metric could last for ever. The bound needs none.
	default:
		e.d.Failed = true
		e.step(Step{Kind: StepHold, From: e.d.Current, To: e.d.Current, Index: -1, Code: e.d.ScalingActive.Reason})
		return
	}
	if e.d.Current == 0 && e.d.Desired < e.d.Min {
		e.cut(e.d.Desired, e.d.Min, e.d.MinWindow, ReasonTooFewReplicas)
	}
}

func (e *evaluation) normalise(wish int32) int32 {
	if e.spec.HasBehavior {
		return e.limitByPolicies(e.stabilizeBoth(wish))
	}
	return e.limitByDoubling(e.stabilizeDown(wish))
}

// cut corrects the number to a bound, past all damping.
func (e *evaluation) cut(from, to int32, window int, code string) {
	e.step(e.bound(from, to, window, code))
	e.d.Desired = to
}

// bound is the step to a bound. window is the one that the bound comes from, or -1 for the spec's own.
func (e *evaluation) bound(from, to int32, window int, code string) Step {
	kind := StepBounds
	if window >= 0 {
		kind = StepWindow
	}
	return Step{Kind: kind, From: from, To: to, Index: window, Code: code}
}
