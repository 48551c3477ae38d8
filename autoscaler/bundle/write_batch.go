package bundle

import (
	"strconv"

	"flyball.dev/flyball/autoscaler/batch"
	"flyball.dev/flyball/autoscaler/engine"
)

// writeFloat writes a number whose every digit can be read back; 0 is left out.
func writeFloat(x float64) scalar {
	if x == 0 {
		return ""
	}
	return scalar(strconv.FormatFloat(x, 'g', -1, 64))
}

func writeBatches(from *engine.State, spec *engine.Spec) []batchMemory {
	var batches []batchMemory
	for i := range spec.Batches {
		b := from.Batch(spec, i)
		if b == nil {
			continue
		}
		batches = append(batches, batchMemory{
			Window: spec.Windows[spec.Batches[i].Window].Name,
			Start:  writeTime(b.Start), Deadline: writeTime(b.Deadline),
			Backlog: writeFloat(b.Backlog), BacklogTime: writeTime(b.At), Arrivals: writeFloat(b.Arrivals),
			ArrivalsTime: writeTime(b.Watched), Ready: b.Ready, ReadySince: writeTime(b.Steady),
			Planned: b.Planned, Aim: writeTime(b.Aim), Fewer: b.Fewer, FewerSince: writeTime(b.FewerSince), DrainedSince: writeTime(b.DrainedSince),
			AtRisk: b.AtRisk, Missed: b.Missed, Left: writeFloat(b.Left), Throughput: writeRate(&b.Rate),
		})
	}
	return batches
}

func writeRate(from *batch.Rate) *batchRate {
	if *from == (batch.Rate{}) {
		return nil
	}
	return &batchRate{
		Guess: writeFloat(from.Guess), Faith: writeFloat(from.Faith),
		Work: writeFloat(from.Work), Seconds: writeFloat(from.Seconds), Squares: writeFloat(from.Squares), Blocks: writeFloat(from.Blocks),
		BlockWork: writeFloat(from.BlockWork), BlockSeconds: writeFloat(from.BlockSeconds), Block: writeDuration(from.Block),
		Most: from.Most,
	}
}

func writeStartUp(from *engine.StartUp) *startUp {
	if *from == (engine.StartUp{}) {
		return nil
	}
	return &startUp{Seconds: writeFloat(from.Seconds), Pods: from.Pods, Spread: writeFloat(from.Spread), Until: writeTime(from.Until)}
}

// writeBatchReadings writes those of batches that are worked for; none where no batch is.
func writeBatchReadings(from *engine.Observation, spec *engine.Spec) []batchReading {
	var readings []batchReading
	for i := range min(len(from.Batches), len(spec.Batches)) {
		b, r := &spec.Batches[i], &from.Batches[i]
		readings = append(readings, batchReading{
			Backlog:    writeAny(&r.Backlog, &b.Backlog, nil),
			Arrivals:   writeAny(&r.Arrivals, &b.Arrivals, nil),
			Throughput: writeAny(&r.Throughput, &b.Throughput, nil),
			Busy:       writeAny(&r.Busy, &b.Busy, from.Pods),
		})
	}
	return readings
}

// writeAny writes the reading of a metric that the batch may not have.
func writeAny(from *engine.Reading, m *engine.Metric, pods []engine.Pod) *reading {
	if !m.Exists() {
		return nil
	}
	r := writeReading(from, m, pods)
	return &r
}
