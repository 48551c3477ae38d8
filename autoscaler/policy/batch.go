package policy

import (
	"time"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/batch"
	"flyball.dev/flyball/autoscaler/engine"
)

// defaultMargin is by how much the work of a batch is taken to be more than it is.
const defaultMargin = 0.2

// compileBatch takes the batch of a window that has been validated. Samples of a type that has no maxAge may be as old as
// maxAge says.
func compileBatch(from *v1alpha1.Batch, window int, maxAge time.Duration) engine.Batch {
	b := engine.Batch{Window: window, Backlog: compileMetric(&from.Backlog, maxAge)}
	if from.Arrivals != nil {
		b.Arrivals = compileMetric(from.Arrivals, maxAge)
	}
	// Validate has seen them, so that they cannot fail.
	b.FinishAfter, _ = from.FinishAfter()
	b.Plan.Margin, _ = from.MarginShare(defaultMargin)
	b.Plan.LongestItem = duration(from.LongestItem, 0)
	switch t := &from.ThroughputPerReplica; {
	case t.Quantity != nil:
		b.Plan.Source, b.Plan.Rate = batch.Stated, t.Quantity.AsApproximateFloat64()
	case t.Metric != nil:
		b.Plan.Source, b.Throughput = batch.Measured, compileMetric(t.Metric, maxAge)
	default:
		b.Plan.Source, b.Plan.Rate = batch.Learned, t.Learned.Initial.AsApproximateFloat64()
	}
	return b
}

// addBatches compiles those of an autoscaler's own windows.
func (p *Policy) addBatches(windows []v1alpha1.InlineWindow) {
	for i := range windows {
		if from := windows[i].Batch; from != nil {
			p.Spec.Batches = append(p.Spec.Batches, compileBatch(from, i, p.maxAge))
		}
	}
}
