package bundle

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"flyball.dev/flyball/autoscaler/batch"
	"flyball.dev/flyball/autoscaler/engine"
)

func (r *reader) batches(from []batchMemory, spec *engine.Spec, at *field.Path) []engine.BatchState {
	var batches []engine.BatchState
	for i := range from {
		b, at := &from[i], at.Index(i)
		of := slices.IndexFunc(spec.Batches, func(of engine.Batch) bool { return spec.Windows[of.Window].Name == b.Window })
		if of < 0 {
			r.fault(field.Invalid(at.Child("window"), b.Window, "is no window of the spec that has a batch"))
			continue
		}
		batches = append(batches, engine.BatchState{Window: spec.BatchIdentity(of), State: batch.State{
			Start: r.instant(b.Start, at.Child("start")), Deadline: r.instant(b.Deadline, at.Child("deadline")),
			Backlog: r.float(b.Backlog, at.Child("backlog")), At: r.time(b.BacklogTime, at.Child("backlogTime")),
			Arrivals: r.float(b.Arrivals, at.Child("arrivals")), Watched: r.time(b.ArrivalsTime, at.Child("arrivalsTime")),
			Ready: r.count(b.Ready, at.Child("ready")), Steady: r.time(b.ReadySince, at.Child("readySince")),
			Planned: r.count(b.Planned, at.Child("planned")), Aim: r.time(b.Aim, at.Child("aim")), Fewer: r.count(b.Fewer, at.Child("fewer")),
			FewerSince:   r.time(b.FewerSince, at.Child("fewerSince")),
			DrainedSince: r.time(b.DrainedSince, at.Child("drainedSince")),
			AtRisk:       b.AtRisk, Missed: b.Missed, Left: r.float(b.Left, at.Child("left")),
			Rate: r.rate(b.Throughput, at.Child("throughput")),
		}})
	}
	return batches
}

func (r *reader) rate(from *batchRate, at *field.Path) batch.Rate {
	if from == nil {
		return batch.Rate{}
	}
	rate := batch.Rate{
		Guess: r.float(from.Guess, at.Child("guess")), Faith: r.float(from.Faith, at.Child("faith")),
		Work: r.float(from.Work, at.Child("work")), Seconds: r.float(from.Seconds, at.Child("seconds")),
		Squares: r.float(from.Squares, at.Child("squares")), Blocks: r.float(from.Blocks, at.Child("blocks")),
		BlockWork: r.signed(from.BlockWork, at.Child("blockWork")), BlockSeconds: r.float(from.BlockSeconds, at.Child("blockSeconds")),
		Most: r.count(from.Most, at.Child("most")),
	}
	r.duration(&rate.Block, from.Block, at.Child("block"))
	return rate
}

func (r *reader) startUp(from *startUp, at *field.Path) engine.StartUp {
	if from == nil {
		return engine.StartUp{}
	}
	return engine.StartUp{
		Seconds: r.float(from.Seconds, at.Child("seconds")), Pods: r.count(from.Pods, at.Child("pods")), Until: r.time(from.Until, at.Child("until")),
	}
}

// batchReadings may be left out where no batch is worked for: none is looked at then.
func (r *reader) batchReadings(from []batchReading, spec *engine.Spec, pods []engine.Pod, at *field.Path) []engine.BatchReading {
	if len(from) == 0 {
		return nil
	}
	if len(from) != len(spec.Batches) {
		r.fault(field.Invalid(at, len(from), fmt.Sprintf("must be one for each batch of the windows, in the same order: %d", len(spec.Batches))))
		return nil
	}
	readings := make([]engine.BatchReading, len(from))
	for i := range from {
		b, at := &spec.Batches[i], at.Index(i)
		readings[i] = engine.BatchReading{
			Backlog:    r.optional(from[i].Backlog, &b.Backlog, nil, at.Child("backlog")),
			Arrivals:   r.optional(from[i].Arrivals, &b.Arrivals, nil, at.Child("arrivals")),
			Throughput: r.optional(from[i].Throughput, &b.Throughput, nil, at.Child("throughput")),
			Busy:       r.optional(from[i].Busy, &b.Busy, pods, at.Child("busy")),
		}
	}
	return readings
}

// optional reads the reading of a metric that the batch may not have.
func (r *reader) optional(from *reading, m *engine.Metric, pods []engine.Pod, at *field.Path) engine.Reading {
	switch {
	case from == nil && !m.Exists():
		return engine.Reading{}
	case from == nil:
		r.fault(field.Required(at, "write the reading, or a problem that says why there is none: unknown is not zero"))
		return engine.Reading{}
	case !m.Exists():
		r.fault(field.Forbidden(at, "the batch has no such metric"))
		return engine.Reading{}
	default:
		return r.reading(from, m, pods, at)
	}
}

// float is a number that is not negative; 0 where none is written.
func (r *reader) float(s scalar, at *field.Path) float64 {
	x := r.signed(s, at)
	if x < 0 {
		r.fault(field.Invalid(at, string(s), "must not be negative"))
	}
	return x
}

func (r *reader) signed(s scalar, at *field.Path) float64 {
	if s == "" {
		return 0
	}
	x, err := strconv.ParseFloat(string(s), 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		r.check(s, errors.New("is not a finite number"), at)
		return 0
	}
	return x
}
