package engine

import (
	"time"

	"flyball.dev/flyball/autoscaler/batch"
)

// Batch is work of a window that has a deadline.
type Batch struct {
	// Window is the index of its window in the spec.
	Window int
	// FinishAfter is the deadline as a time since the start of the window, at most its end; 0 for the end of the window.
	FinishAfter time.Duration
	// Plan holds the rules of the plan.
	Plan batch.Spec
	// Backlog is the work that is left, in units. Arrivals is the new work in units a second. Throughput is the work of one
	// replica in units a second, or, with the target type AverageValue, of all replicas together. Arrivals and Throughput are
	// the zero Metric where the batch does not measure them. The targets of the three have no effect.
	Backlog, Arrivals, Throughput Metric
	// Busy is the number of items that each pod works on, 0 for an idle pod; the zero Metric where the batch does not measure
	// it. Its target has no effect.
	Busy Metric
	// ByOrdinal reports that the target removes the pods with the highest ordinals first, as a StatefulSet does. Other targets
	// remove pods by their [Decision.Costs].
	ByOrdinal bool
}

// BatchReading holds the readings of a batch. A metric that the batch does not measure has the zero Reading. A metric that could
// not be read needs a Problem, because the zero Reading of a backlog is a backlog of 0.
type BatchReading struct{ Backlog, Arrivals, Throughput, Busy Reading }

// BatchState is the state of a batch between syncs.
type BatchState struct {
	// Window is the hash of the window's name, because the index of a window can change.
	Window uint64
	batch.State
}

// BatchPlan is the plan of an active batch.
type BatchPlan struct {
	// Batch is its index in the spec.
	Batch int
	batch.Plan
	// Partial is why the plan does not lower the current count: arrivals or throughput are partial. Empty otherwise.
	Partial string
	// Unheld is the count of the plan before that; 0 where Partial is empty.
	Unheld int32
	// BusyProblem is why the busy pods are unknown; empty where they are known or not measured.
	BusyProblem string
}

// Exists reports whether m is a metric, not the zero Metric.
func (m *Metric) Exists() bool { return m.Type != 0 }

// BatchActive reports whether batch i has a plan at now, so that its metrics must be read: its window is open, or closed before
// the work was done.
func (s *Spec) BatchActive(i int, state *State, now time.Time) bool {
	b := &s.Batches[i]
	if _, open := s.Windows[b.Window].Open(now); open {
		return true
	}
	past := state.batch(s.BatchIdentity(i))
	return past != nil && past.Unfinished()
}

// BatchIdentity returns a hash of the name of batch i's window, which is the same in every process and for every order of batches.
func (s *Spec) BatchIdentity(i int) uint64 {
	return uint64(fnv(fnvOffset).text(s.Windows[s.Batches[i].Window].Name))
}

// Batch returns the state of batch i of a spec; nil where it has none.
func (s *State) Batch(spec *Spec, i int) *BatchState { return s.batch(spec.BatchIdentity(i)) }

func (s *State) batch(identity uint64) *BatchState {
	for i := range s.Batches {
		if s.Batches[i].Window == identity {
			return &s.Batches[i]
		}
	}
	return nil
}

// raiseToBatches appends the steps of the batches, and returns the highest of replicas and their plans.
func (e *evaluation) raiseToBatches(replicas int32) int32 {
	for i := range e.d.Batches {
		p := &e.d.Batches[i]
		e.step(Step{Kind: StepBatch, From: e.d.Current, To: p.Replicas, Index: p.Batch, Code: batchCodes[p.Phase], Detail: p.Problem})
		if p.Replicas > replicas || (e.d.HighestMetric < 0 && e.d.HighestBatch < 0) {
			replicas, e.d.HighestMetric, e.d.HighestBatch = p.Replicas, -1, i
		}
	}
	return replicas
}

// batchFloor returns the highest plan of the batches, below which damping does not go.
func (e *evaluation) batchFloor() int32 {
	floor := int32(0)
	for i := range e.d.Batches {
		floor = max(floor, e.d.Batches[i].Replicas)
	}
	return floor
}

// batchActive returns the condition ScalingActive for a decision by a batch: False where its backlog is unknown, which holds.
func (e *evaluation) batchActive(p *BatchPlan) Verdict {
	if p.Problem == "" {
		return Verdict{Status: True, Reason: ReasonBatchPlanned}
	}
	return Verdict{Status: False, Reason: failureReason(e.spec.Batches[p.Batch].Backlog.Type), Message: p.Problem}
}

var batchCodes = [...]string{
	batch.OnTime: ReasonOnTime, batch.Drained: ReasonDrained, batch.AtRisk: ReasonDeadlineAtRisk, batch.Late: ReasonDeadlineMissed,
}

// evaluateDeadlines sets the condition DeadlineAtRisk to the phase of the batch with the highest risk. A missed deadline stays
// until the next occurrence starts.
func (e *evaluation) evaluateDeadlines() {
	if len(e.spec.Batches) == 0 {
		return
	}
	worst := Verdict{Status: False, Reason: ReasonNoWork}
	rank := 0
	for i := range e.d.Batches {
		p := &e.d.Batches[i]
		if int(p.Phase) > rank {
			rank = int(p.Phase)
			worst = Verdict{Status: False, Reason: batchCodes[p.Phase]}
		}
	}
	if rank >= int(batch.AtRisk) {
		worst.Status = True
	}
	for i := range e.state.Batches {
		if e.state.Batches[i].Missed {
			worst = Verdict{Status: True, Reason: ReasonDeadlineMissed}
		}
	}
	e.d.DeadlineAtRisk = worst
}
