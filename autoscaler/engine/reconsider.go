package engine

import "time"

// Evaluated is a decision with the parts of its input by which [Reconsider] judges newer readings. The zero Evaluated is empty.
type Evaluated struct {
	spec        *Spec
	observation Observation
	// state has only the fields that proposals read. It shares no memory with the autoscaler's state.
	state State
	// min to desired are those of the decision. desired is the current count where the decision is not carried out.
	min, max, current, desired int32
	// proposals and batches belong to the decision.
	proposals []Proposal
	batches   []BatchPlan
	// recommendation of the decision; the current count where it had none.
	recommendation int32
	// open reports that the decision was made by proposals, which a newer reading can change. failed reports that it had none
	// with a value.
	open, failed bool
}

// Record stores a decision. state is the one after it; carriedOut is false where the decision is not written, as in mode Shadow.
// The observation and the slices of the decision must not change later.
func (v *Evaluated) Record(spec *Spec, state *State, o *Observation, d *Decision, carriedOut bool) {
	v.spec, v.observation = spec, *o
	v.state.Ready = append(v.state.Ready[:0], state.Ready...)
	v.state.Ups = append(v.state.Ups[:0], state.Ups...)
	v.state.Downs = append(v.state.Downs[:0], state.Downs...)
	v.state.Samples = append(v.state.Samples[:0], state.Samples...)
	v.state.ScaledToZero, v.state.StartUp = state.ScaledToZero, state.StartUp
	lost := d.SetAside()
	v.min, v.max, v.current, v.desired = d.Min, d.Max, d.Current-lost, d.Desired-lost
	if !carriedOut {
		v.desired = v.current
	}
	v.proposals, v.batches = d.Proposals, d.Batches
	v.recommendation = d.recommended(v.current)
	v.open, v.failed = len(d.Proposals) > 0, d.Failed
}

// Readings returns the readings of the decision. Callers must not change them.
func (v *Evaluated) Readings() []Reading { return v.observation.Readings }

// recommended returns the highest proposal of a decision; the current count without one.
func (d *Decision) recommended(current int32) int32 {
	switch {
	case d.HighestMetric >= 0:
		return max(0, d.Proposals[d.HighestMetric].Replicas)
	case d.HighestBatch >= 0:
		return d.Batches[d.HighestBatch].Replicas
	default:
		return current
	}
}

// Reconsider computes recommendations by newer readings. It reuses its memory; the zero Reconsider is ready for use.
type Reconsider struct {
	e           evaluation
	observation Observation
	d           Decision
}

// Recommend returns the recommendation that a decision on the recorded observation with these readings would have at now, before
// damping, stabilization, rate policies and bounds. found is false where it would have none. Batches keep their plans, and metrics
// without a value their fallbacks.
func (r *Reconsider) Recommend(v *Evaluated, readings []Reading, now time.Time) (replicas int32, found bool) {
	r.observation = v.observation
	r.observation.Readings = readings
	r.d = Decision{
		Time: now, Current: v.current, Desired: v.current, Min: v.min, Max: v.max, HighestMetric: -1, HighestBatch: -1,
		Steps: r.d.Steps[:0], Proposals: r.d.Proposals[:0], Batches: v.batches,
	}
	r.e = evaluation{spec: v.spec, observation: &r.observation, state: v.state, d: &r.d}
	r.e.setNow(now)
	for i := range v.spec.Metrics {
		p := r.e.propose(i)
		if !p.Known && v.proposals[i].IsFallback {
			p.IsFallback, p.Replicas = true, v.proposals[i].Replicas
		}
		r.d.Proposals = append(r.d.Proposals, p)
	}
	r.e.deactivate()
	return r.e.highest()
}

// Concerned reports whether the newer readings call for a decision before the period ends: their recommendation is above or below
// the replicas, and that of the last decision was not, or the last decision had none. A recommendation that the last decision had limited waits, because time ends
// a limit and a sample does not. So do two more:
//
//   - a scale-in that stabilization or damping holds for longer than the period anyway
//   - a second scale-up without a behavior, which upstream limits per sync
func (r *Reconsider) Concerned(v *Evaluated, readings []Reading, period time.Duration, now time.Time) bool {
	if !v.open {
		return false
	}
	recommendation, found := r.Recommend(v, readings, now)
	if !found {
		return false
	}
	if v.failed {
		return true
	}
	last, next := v.bounded(v.recommendation), v.bounded(recommendation)
	switch {
	case next > v.desired:
		return last <= v.desired && (v.spec.HasBehavior || v.desired <= v.current)
	case next < v.desired:
		return last >= v.desired && v.spec.Damping == nil && v.spec.Down.Stabilization < period
	default:
		return false
	}
}

// bounded returns replicas within the bounds of the decision.
func (v *Evaluated) bounded(replicas int32) int32 { return max(v.min, min(v.max, replicas)) }
