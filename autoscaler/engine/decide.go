package engine

import (
	"slices"
	"time"
)

// Decide gives the decision for what was seen at now, and what to remember of it. It takes state over, as append does
// its slice: use the State that it returns. It never panics on what it sees: a metric that cannot be understood is
// unknown, and unknown never scales in.
//
// Nothing here assumes that the decision is carried out; [Applied] is told when it was.
func Decide(spec *Spec, state State, seen *Observation, now time.Time) (Decision, State) {
	var d Decision
	state = DecideInto(&d, spec, state, seen, now)
	return d, state
}

// DecideInto is [Decide] for those who decide often: it reuses the memory of an earlier decision. Nothing of what d held
// is kept.
func DecideInto(d *Decision, spec *Spec, state State, seen *Observation, now time.Time) State {
	t := turn{spec: spec, seen: seen, now: now, state: state, d: d}
	t.begin()
	switch current := t.d.Current; {
	case current == 0 && !t.mayLeaveZero():
		t.disable()
	case current == 0:
		t.followMetrics()
	case current > t.d.Max:
		t.cut(t.d.Current, t.d.Max, t.d.MaxWindow, ReasonTooManyReplicas)
	case current < t.d.Min:
		t.cut(t.d.Current, t.d.Min, t.d.MinWindow, ReasonTooFewReplicas)
	default:
		t.followMetrics()
	}
	t.foreseeApplied()
	return t.state
}

// turn is one decision in the making: what went in, and what came out so far.
type turn struct {
	spec  *Spec
	seen  *Observation
	now   time.Time
	state State
	d     *Decision
}

func (t *turn) begin() {
	current := t.seen.SpecReplicas
	*t.d = Decision{
		Time: t.now, Current: current, Desired: current, Winner: -1, BatchWinner: -1,
		AbleToScale: Verdict{Status: True, Reason: ReasonSucceededGetScale},
		Steps:       t.d.Steps[:0], Proposals: t.d.Proposals[:0], OpenWindows: t.d.OpenWindows[:0],
		Batches: t.d.Batches[:0], Costs: t.d.Costs[:0], Stale: t.d.Stale[:0],
	}
	t.d.Steps = slices.Grow(t.d.Steps, len(t.spec.Metrics)+len(t.spec.Batches)+6)
	t.step(Step{Kind: StepCurrent, From: current, To: current, Index: -1})
	t.setBounds()
	t.noteReady()
	t.planBatches()
	t.judgeDeadlines()
	if t.spec.Damping != nil {
		t.measureStart()
	}
	if len(t.state.Recommendations) == 0 && len(t.spec.Metrics) > 0 {
		// A new autoscaler starts from what it finds, so that it does not scale in before it has watched for a whole
		// stabilisation window. A batch does so by itself.
		t.state.Recommendations = append(t.state.Recommendations, Recommendation{Replicas: current, At: t.now})
	}
}

// step records what made or changed the number.
func (t *turn) step(s Step) {
	t.d.Steps = append(t.d.Steps, s)
}

// followMetrics takes the metrics' wish through stabilisation and rate policies to the desired count.
func (t *turn) followMetrics() {
	wish, found := t.merge()
	switch {
	case found:
		t.d.Desired = t.normalise(t.damp(max(0, wish)))
	case t.d.Current == 0 && t.d.Min > 0 && t.spec.corrects(LeaveZeroByBound):
		// There are no pods to measure at zero, so waiting for a metric could last for ever. The bound needs none.
	default:
		t.d.Failed = true
		t.step(Step{Kind: StepHold, From: t.d.Current, To: t.d.Current, Index: -1, Code: t.d.ScalingActive.Reason})
		return
	}
	if t.d.Current == 0 && t.d.Desired < t.d.Min {
		t.cut(t.d.Desired, t.d.Min, t.d.MinWindow, ReasonTooFewReplicas)
	}
}

func (t *turn) normalise(wish int32) int32 {
	if t.spec.HasBehavior {
		return t.limitByPolicies(t.stabiliseBoth(wish))
	}
	return t.limitByDoubling(t.stabiliseDown(wish))
}

// cut corrects the number to a bound, past all damping.
func (t *turn) cut(from, to int32, window int, code string) {
	t.step(t.bound(from, to, window, code))
	t.d.Desired = to
}

// bound is the step to a bound. window is the one that the bound comes from, or -1 for the spec's own.
func (t *turn) bound(from, to int32, window int, code string) Step {
	kind := StepBounds
	if window >= 0 {
		kind = StepWindow
	}
	return Step{Kind: kind, From: from, To: to, Index: window, Code: code}
}
