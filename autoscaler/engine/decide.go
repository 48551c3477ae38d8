package engine

import (
	"slices"
	"time"

	"flyball.dev/flyball/autoscaler/schedule"
)

// Decide returns the decision on an observation at now, and the state for the next one. It takes over the state, as append
// takes over its slice: use the State that it returns. It never panics on an observation: a metric that it cannot evaluate is
// unknown, and an unknown metric never scales in.
//
// Decide does not assume that the decision is carried out; [RecordScale] records that it was.
func Decide(spec *Spec, state State, observation *Observation, now time.Time) (Decision, State) {
	var d Decision
	state = DecideInto(&d, spec, state, observation, now)
	return d, state
}

// DecideInto is [Decide] without allocations: it overwrites d and reuses its slices.
func DecideInto(d *Decision, spec *Spec, state State, observation *Observation, now time.Time) State {
	e := evaluation{spec: spec, observation: observation, state: state, d: d}
	e.setNow(now)
	e.begin()
	e.decide()
	e.prepareRecord()
	return e.state
}

// evaluation is one run of the rules: its input, and the decision and the state that they have made so far.
type evaluation struct {
	spec        *Spec
	observation *Observation
	now         time.Time
	// initialized is CPUInitializationPeriod before now.
	initialized time.Time
	state       State
	d           *Decision
	// lost is the number of pods of lost nodes by which the current count and the bounds are reduced, and bounds are those in force.
	lost   int32
	bounds schedule.Bounds
}

// setNow sets the time of the evaluation, and what rules compute from it for each pod.
func (e *evaluation) setNow(now time.Time) {
	e.now, e.initialized = now, now.Add(-e.spec.CPUInitializationPeriod)
}

// decide is the rule chain. Each rule returns a replica count. A rule that changes the count appends a [Step] with its reason.
//
// The chain is upstream's. A count outside the bounds, and a target that a user scaled to zero, skip it. With a behavior,
// stabilization acts in both directions, and the rate limit is that of the policies; without one, only scale-down is
// stabilized, and the rate limit is twice the count, or four. Windows and the spec's bounds are one rule, because
// [schedule.Merge] reduces them to one lower and one upper bound before the chain runs.
func (e *evaluation) decide() {
	switch d := e.d; {
	case d.Current == 0 && !e.mayLeaveZero():
		e.disable()
		return
	case d.Current > d.Max || 0 < d.Current && d.Current < d.Min:
		e.correctToBounds()
		return
	}
	e.setLostAside()                 // pods of lost nodes, in lost_pods.go
	replicas, found := e.recommend() // the highest proposal, in highest.go, of propose.go and batch.go
	if !found {
		e.replaceLost(e.d.Current)
		e.decideWithoutProposal() // hold, or leave zero for the lower bound
		return
	}
	replicas = e.damp(replicas)              // damping, in damp.go
	replicas = e.stabilize(replicas)         // stabilization windows, in stabilize.go
	replicas = e.holdFirstStart(replicas)    // pods requested at zero, in first_start.go
	replicas = e.holdWhileDraining(replicas) // endpoints of the Service, in endpoints.go
	replicas = e.limitRate(replicas)         // rate policies, in rate_policy.go
	replicas = e.replaceLost(replicas)
	replicas = e.limitToCapacity(replicas)  // blocked pods, in capacity.go
	e.d.Desired = e.limitToBounds(replicas) // windows and bounds, in bounds.go
}

// begin resets the decision and evaluates the rules that the chain depends on: bounds, the history of ready pods, and batches.
func (e *evaluation) begin() {
	current := e.observation.SpecReplicas
	*e.d = Decision{
		Time: e.now, Current: current, Desired: current, HighestMetric: -1, HighestBatch: -1,
		AbleToScale: Verdict{Status: True, Reason: ReasonSucceededGetScale},
		Steps:       e.d.Steps[:0], Proposals: e.d.Proposals[:0], OpenWindows: e.d.OpenWindows[:0],
		Batches: e.d.Batches[:0], Costs: e.d.Costs[:0], Stale: e.d.Stale[:0],
	}
	e.d.Steps = slices.Grow(e.d.Steps, len(e.spec.Metrics)+len(e.spec.Batches)+8)
	e.step(Step{Kind: StepCurrent, From: current, To: current, Index: -1})
	e.setBounds()
	e.recordReady()
	ready := e.measureStart()
	e.countPods()
	e.assessCapacity()
	e.planBatches(ready)
	e.evaluateDeadlines()
	if len(e.state.Recommendations) == 0 && len(e.spec.Metrics) > 0 {
		// The current count is the first recommendation of a new autoscaler, so that it does not scale in before a whole
		// stabilization window has passed. A batch scales in without it.
		e.state.Recommendations = append(e.state.Recommendations, Recommendation{Replicas: current, Time: e.now})
	}
}

// step appends a step to the decision.
func (e *evaluation) step(s Step) {
	e.d.Steps = append(e.d.Steps, s)
}

// limited appends the step of a limit, sets the condition ScalingLimited to its reason unless an earlier limit has, and returns
// the count of the step.
func (e *evaluation) limited(s Step) int32 {
	if e.d.ScalingLimited.Status != True {
		e.d.ScalingLimited = Verdict{Status: True, Reason: s.Code}
	}
	e.step(s)
	return s.To
}
