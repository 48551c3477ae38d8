package engine

import (
	"time"

	"flyball.dev/flyball/autoscaler/batch"
)

// Batch is the work of a window that must be done by a deadline.
type Batch struct {
	// Window is its window's index in the spec.
	Window int
	// FinishAfter is the deadline as a time since the window's start; 0 for the window's end, which it is never beyond.
	FinishAfter time.Duration
	// Plan has the rules.
	Plan batch.Spec
	// Backlog counts what is left. Arrivals is what comes in a second, and Throughput what a replica works off in one, or, by
	// the target type AverageValue, what all do together; either is the zero Metric where there is none. Their targets are
	// not looked at.
	Backlog, Arrivals, Throughput Metric
	// Busy is what each pod works on, 0 for nothing; the zero Metric where nobody tells. Its target is not looked at.
	Busy Metric
	// ByOrdinal says that the target takes away the pods with the highest ordinals first, as a StatefulSet does. Others are taken
	// to go by their [Decision.Costs].
	ByOrdinal bool
}

// BatchReading is what was read for a batch. A metric that the batch does not have has the zero Reading; what was not read
// must say so in its Problem, because a zero Reading is a backlog of zero.
type BatchReading struct{ Backlog, Arrivals, Throughput, Busy Reading }

// BatchMemory is what is remembered of a batch.
type BatchState struct {
	// Window is the hash of the window's name: its place in the spec may change.
	Window uint64
	batch.State
}

// BatchPlan is the plan of a batch whose window is open, or whose deadline was missed and is worked for still.
type BatchPlan struct {
	// Batch is its index in the spec.
	Batch int
	batch.Plan
	// Partial says in a sentence why fewer replicas are not taken: arrivals or throughput are partial. Empty otherwise.
	Partial string
	// BusyProblem says why it is unknown which pods work; empty where it is known, or nobody asks.
	BusyProblem string
}

// Exists says whether it is a metric at all.
func (m *Metric) Exists() bool { return m.Type != 0 }

// Working says whether batch i is planned for at now, so that its metrics must be read: its window is open, or has closed
// with something left.
func (s *Spec) BatchActive(i int, state *State, now time.Time) bool {
	b := &s.Batches[i]
	if _, open := s.Windows[b.Window].Open(now); open {
		return true
	}
	memory := state.batch(s.BatchIdentity(i))
	return memory != nil && memory.Unfinished()
}

// BatchIdentity tells batch i from others by its window, whatever their order. It is the same in every process.
func (s *Spec) BatchIdentity(i int) uint64 {
	return uint64(fnv(fnvOffset).text(s.Windows[s.Batches[i].Window].Name))
}

// Batch is what is remembered of batch i of a spec; nil where nothing is.
func (s *State) Batch(spec *Spec, i int) *BatchState { return s.batch(spec.BatchIdentity(i)) }

func (s *State) batch(identity uint64) *BatchState {
	for i := range s.Batches {
		if s.Batches[i].Window == identity {
			return &s.Batches[i]
		}
	}
	return nil
}

// planBatches makes the plan of each batch that is worked for.
func (e *evaluation) planBatches() {
	if len(e.spec.Batches) == 0 {
		e.state.Batches = e.state.Batches[:0]
		return
	}
	e.dropBatches()
	ready := e.measureStart()
	for i := range e.spec.Batches {
		identity := e.spec.BatchIdentity(i)
		memory := e.state.batch(identity)
		seen, working := e.occurrenceOf(i, memory)
		if !working {
			continue
		}
		if memory == nil {
			e.state.Batches = append(e.state.Batches, BatchState{Window: identity})
			memory = &e.state.Batches[len(e.state.Batches)-1]
		}
		seen.Current, seen.Ready, seen.StartUp = e.d.Current, ready, e.state.StartUp.within(seen.Deadline.Sub(seen.Start))
		seen.Min, seen.Max = e.d.Min, e.d.Max
		e.readWork(i, &seen)
		busyProblem := e.readBusyPods(i, memory.IdleSince(), &seen)
		plan, next := batch.Replan(&e.spec.Batches[i].Plan, memory.State, &seen, e.now)
		memory.State = next
		made := BatchPlan{Batch: i, Plan: plan, BusyProblem: busyProblem}
		e.holdPartialBatch(&made)
		e.d.Batches = append(e.d.Batches, made)
	}
}

// raiseToBatches raises the wish to the largest that a batch has.
func (e *evaluation) raiseToBatches(wish int32) int32 {
	for i := range e.d.Batches {
		p := &e.d.Batches[i]
		e.step(Step{Kind: StepBatch, From: e.d.Current, To: p.Replicas, Index: p.Batch, Code: batchCodes[p.Phase], Detail: p.Problem})
		if p.Replicas > wish || (e.d.HighestMetric < 0 && e.d.HighestBatch < 0) {
			wish, e.d.HighestMetric, e.d.HighestBatch = p.Replicas, -1, i
		}
	}
	return wish
}

// batchFloor is what batches need, which damping must not undercut.
func (e *evaluation) batchFloor() int32 {
	floor := int32(0)
	for i := range e.d.Batches {
		floor = max(floor, e.d.Batches[i].Replicas)
	}
	return floor
}

// batchActive is the verdict where a batch is followed. One whose backlog is unknown keeps what there is.
func (e *evaluation) batchActive(p *BatchPlan) Verdict {
	if p.Problem == "" {
		return Verdict{Status: True, Reason: ReasonBatchPlanned}
	}
	return Verdict{Status: False, Reason: failureReason(e.spec.Batches[p.Batch].Backlog.Type), Message: p.Problem}
}

var batchCodes = [...]string{
	batch.OnTime: ReasonOnTime, batch.Drained: ReasonDrained, batch.AtRisk: ReasonDeadlineAtRisk, batch.Late: ReasonDeadlineMissed,
}

// evaluateDeadlines gives the verdict of the batch that stands worst. A miss is told until the work begins again.
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

// dropBatches drops what is remembered of batches that the spec no longer has.
func (e *evaluation) dropBatches() {
	kept := e.state.Batches[:0]
	for _, memory := range e.state.Batches {
		for i := range e.spec.Batches {
			if e.spec.BatchIdentity(i) == memory.Window {
				kept = append(kept, memory)
				break
			}
		}
	}
	e.state.Batches = kept
}

// occurrenceOf gives start and deadline of the occurrence that is worked for, if there is one.
func (e *evaluation) occurrenceOf(i int, memory *BatchState) (batch.Observation, bool) {
	b := &e.spec.Batches[i]
	if o, open := e.spec.Windows[b.Window].Open(e.now); open {
		deadline := o.End
		if b.FinishAfter > 0 {
			deadline = earlier(deadline, o.Start.Add(b.FinishAfter))
		}
		return batch.Observation{Start: o.Start, Deadline: deadline}, true
	}
	if memory != nil && memory.Unfinished() {
		return batch.Observation{Start: memory.Start, Deadline: memory.Deadline}, true
	}
	return batch.Observation{}, false
}

// look puts in what was read.
func (e *evaluation) readWork(i int, seen *batch.Observation) {
	b := &e.spec.Batches[i]
	if i >= len(e.observation.Batches) {
		seen.Problem = "the backlog was not read"
		return
	}
	r := &e.observation.Batches[i]
	if seen.Problem = e.wholeProblem(&b.Backlog, &r.Backlog); seen.Problem == "" {
		seen.Backlog, seen.At = float64(r.Backlog.Value)/1000, r.Backlog.Time.Truncate(time.Millisecond) // so it is remembered
		if seen.At.IsZero() {
			seen.At = e.now // the source does not tell
		}
	}
	if b.Arrivals.Exists() && e.wholeProblem(&b.Arrivals, &r.Arrivals) == "" {
		seen.Arrivals, seen.HasArrivals = float64(r.Arrivals.Value)/1000, true
	}
	if b.Throughput.Exists() && e.wholeProblem(&b.Throughput, &r.Throughput) == "" {
		seen.Throughput, seen.HasThroughput = float64(r.Throughput.Value)/1000, true
		if b.Throughput.TargetType == AverageValue {
			// It is what the pods did together that were ready when it was measured.
			seen.Throughput /= e.sharedNow(seen.Ready, e.sampledAt(&r.Throughput), r.Throughput.Window)
			seen.HasThroughput, seen.Shared = seen.Ready > 0, true
		}
	}
}

// wholeProblem says why a metric that is one value is unknown; empty where it is known.
func (e *evaluation) wholeProblem(m *Metric, r *Reading) string {
	switch {
	case e.observation.PodsProblem != "":
		return e.observation.PodsProblem
	case r.Problem != "":
		return r.Problem
	case e.tooOld(m, r.Time):
		return "the newest sample is " + e.now.Sub(r.Time).String() + " old, and maxAge is " + m.MaxAge.String()
	case r.Value < 0:
		return "the value is negative"
	case e.partialReason(r) != "":
		return "partial: " + r.Partial
	default:
		return ""
	}
}
