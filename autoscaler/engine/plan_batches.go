package engine

import (
	"time"

	"flyball.dev/flyball/autoscaler/batch"
)

// planBatches makes the plan of each active batch. ready is the number of ready pods.
func (e *evaluation) planBatches(ready int32) {
	if len(e.spec.Batches) == 0 {
		e.state.Batches = e.state.Batches[:0]
		return
	}
	e.dropBatches()
	for i := range e.spec.Batches {
		identity := e.spec.BatchIdentity(i)
		past := e.state.batch(identity)
		o, active := e.occurrenceOf(i, past)
		if !active {
			continue
		}
		if past == nil {
			e.state.Batches = append(e.state.Batches, BatchState{Window: identity})
			past = &e.state.Batches[len(e.state.Batches)-1]
		}
		o.Current, o.Ready, o.StartUp = e.d.Current, ready, e.state.StartUp.within(o.Deadline.Sub(o.Start))
		o.Min, o.Max = e.d.Min, e.d.Max
		e.setWork(i, &o)
		plan := BatchPlan{Batch: i, BusyProblem: e.setBusy(i, past.IdleSince(), &o)}
		plan.Plan, past.State = batch.Replan(&e.spec.Batches[i].Plan, past.State, &o, e.now)
		e.holdPartialBatch(&plan)
		e.d.Batches = append(e.d.Batches, plan)
	}
}

// dropBatches drops the states of batches that the spec no longer has.
func (e *evaluation) dropBatches() {
	kept := e.state.Batches[:0]
	for _, past := range e.state.Batches {
		for i := range e.spec.Batches {
			if e.spec.BatchIdentity(i) == past.Window {
				kept = append(kept, past)
				break
			}
		}
	}
	e.state.Batches = kept
}

// occurrenceOf returns start and deadline of the occurrence whose work batch i has to do; active is false where it has none.
func (e *evaluation) occurrenceOf(i int, past *BatchState) (o batch.Observation, active bool) {
	b := &e.spec.Batches[i]
	if occurrence, open := e.spec.Windows[b.Window].Open(e.now); open {
		deadline := occurrence.End
		if b.FinishAfter > 0 {
			deadline = earlier(deadline, occurrence.Start.Add(b.FinishAfter))
		}
		return batch.Observation{Start: occurrence.Start, Deadline: deadline}, true
	}
	if past != nil && past.Unfinished() {
		return batch.Observation{Start: past.Start, Deadline: past.Deadline}, true
	}
	return batch.Observation{}, false
}

// setWork sets backlog, arrivals and throughput from the readings of batch i.
func (e *evaluation) setWork(i int, o *batch.Observation) {
	b := &e.spec.Batches[i]
	if i >= len(e.observation.Batches) {
		o.Problem = "the backlog was not read"
		return
	}
	r := &e.observation.Batches[i]
	if o.Problem = e.valueProblem(&b.Backlog, &r.Backlog); o.Problem == "" {
		o.Backlog, o.At = float64(r.Backlog.Value)/1000, r.Backlog.Time.Truncate(time.Millisecond) // as the state stores it
		if o.At.IsZero() {
			o.At = e.now // the source gives no time
		}
	}
	if b.Arrivals.Exists() && e.valueProblem(&b.Arrivals, &r.Arrivals) == "" {
		o.Arrivals, o.HasArrivals = float64(r.Arrivals.Value)/1000, true
	}
	if b.Throughput.Exists() && e.valueProblem(&b.Throughput, &r.Throughput) == "" {
		o.Throughput, o.HasThroughput = float64(r.Throughput.Value)/1000, true
		if b.Throughput.TargetType == AverageValue {
			// The value is the throughput of all pods that were ready when it was measured.
			o.Throughput /= e.sharedNow(o.Ready, e.sampledAt(&r.Throughput), r.Throughput.Window)
			o.HasThroughput, o.Shared = o.Ready > 0, true
		}
	}
}

// valueProblem returns why a metric of a batch is unknown; empty where it is known.
func (e *evaluation) valueProblem(m *Metric, r *Reading) string {
	switch {
	case e.observation.PodsProblem != "":
		return e.observation.PodsProblem
	case r.Problem != "":
		return r.Problem
	case e.tooOld(m, r.Time):
		return e.tooOldProblem(m, r.Time)
	case r.Value < 0:
		return "the value is negative"
	case e.partialReason(r) != "":
		return "partial: " + r.Partial
	default:
		return ""
	}
}
