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

func (r *reader) batches(from []batchMemory, spec *engine.Spec, path *field.Path) []engine.BatchState {
	var batches []engine.BatchState
	for i := range from {
		b, path := &from[i], path.Index(i)
		of := slices.IndexFunc(spec.Batches, func(of engine.Batch) bool { return spec.Windows[of.Window].Name == b.Window })
		if of < 0 {
			r.fault(field.Invalid(path.Child("window"), b.Window, "is no window of the spec that has a batch"))
			continue
		}
		batches = append(batches, engine.BatchState{Window: spec.BatchIdentity(of), State: batch.State{
			Start: r.instant(b.Start, path.Child("start")), Deadline: r.instant(b.Deadline, path.Child("deadline")),
			Backlog: r.float(b.Backlog, path.Child("backlog")), At: r.time(b.BacklogTime, path.Child("backlogTime")),
			Arrivals: r.float(b.Arrivals, path.Child("arrivals")), Watched: r.time(b.ArrivalsTime, path.Child("arrivalsTime")),
			Ready: r.count(b.Ready, path.Child("ready")), Steady: r.time(b.ReadySince, path.Child("readySince")),
			Planned: r.count(b.Planned, path.Child("planned")), Aim: r.time(b.Aim, path.Child("aim")), Fewer: r.count(b.Fewer, path.Child("fewer")),
			FewerSince:   r.time(b.FewerSince, path.Child("fewerSince")),
			DrainedSince: r.time(b.DrainedSince, path.Child("drainedSince")),
			AtRisk:       b.AtRisk, Missed: b.Missed, Left: r.float(b.Left, path.Child("left")),
			Rate: r.rate(b.Throughput, path.Child("throughput")),
		}})
	}
	return batches
}

func (r *reader) rate(from *batchRate, path *field.Path) batch.Rate {
	if from == nil {
		return batch.Rate{}
	}
	rate := batch.Rate{
		Guess: r.float(from.Guess, path.Child("guess")), Faith: r.float(from.Faith, path.Child("faith")),
		Work: r.float(from.Work, path.Child("work")), Seconds: r.float(from.Seconds, path.Child("seconds")),
		Squares: r.float(from.Squares, path.Child("squares")), Blocks: r.float(from.Blocks, path.Child("blocks")),
		BlockWork: r.signed(from.BlockWork, path.Child("blockWork")), BlockSeconds: r.float(from.BlockSeconds, path.Child("blockSeconds")),
		Most: r.count(from.Most, path.Child("most")),
	}
	r.duration(&rate.Block, from.Block, path.Child("block"))
	return rate
}

func (r *reader) startUp(from *startUp, path *field.Path) engine.StartUp {
	if from == nil {
		return engine.StartUp{}
	}
	return engine.StartUp{
		Seconds: r.float(from.Seconds, path.Child("seconds")), Pods: r.count(from.Pods, path.Child("pods")),
		Spread: r.float(from.Spread, path.Child("spread")), Until: r.time(from.Until, path.Child("until")),
	}
}

// batchReadings may be left out where no batch is worked for: none is looked at then.
func (r *reader) batchReadings(from []batchReading, spec *engine.Spec, pods []engine.Pod, path *field.Path) []engine.BatchReading {
	if len(from) == 0 {
		return nil
	}
	if len(from) != len(spec.Batches) {
		r.fault(field.Invalid(path, len(from), fmt.Sprintf("must be one for each batch of the windows, in the same order: %d", len(spec.Batches))))
		return nil
	}
	readings := make([]engine.BatchReading, len(from))
	for i := range from {
		b, path := &spec.Batches[i], path.Index(i)
		readings[i] = engine.BatchReading{
			Backlog:    r.optional(from[i].Backlog, &b.Backlog, nil, path.Child("backlog")),
			Arrivals:   r.optional(from[i].Arrivals, &b.Arrivals, nil, path.Child("arrivals")),
			Throughput: r.optional(from[i].Throughput, &b.Throughput, nil, path.Child("throughput")),
			Busy:       r.optional(from[i].Busy, &b.Busy, pods, path.Child("busy")),
		}
	}
	return readings
}

// optional reads the reading of a metric that the batch may not have.
func (r *reader) optional(from *reading, m *engine.Metric, pods []engine.Pod, path *field.Path) engine.Reading {
	switch {
	case from == nil && !m.Exists():
		return engine.Reading{}
	case from == nil:
		r.fault(field.Required(path, "write the reading, or a problem that states why it is unknown: unknown is not zero"))
		return engine.Reading{}
	case !m.Exists():
		r.fault(field.Forbidden(path, "the batch has no such metric"))
		return engine.Reading{}
	default:
		return r.reading(from, m, pods, path)
	}
}

// float is a number that is not negative; 0 where none is written.
func (r *reader) float(s scalar, path *field.Path) float64 {
	x := r.signed(s, path)
	if x < 0 {
		r.fault(field.Invalid(path, string(s), "must not be negative"))
	}
	return x
}

func (r *reader) signed(s scalar, path *field.Path) float64 {
	if s == "" {
		return 0
	}
	x, err := strconv.ParseFloat(string(s), 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		r.check(s, errors.New("is not a finite number"), path)
		return 0
	}
	return x
}
