package policy

import (
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/batch"
	"flyball.dev/flyball/autoscaler/engine"
)

// defaultMargin is the share by which the plan of a batch overestimates the work.
const defaultMargin = 0.2

// batches compiles the batches of one autoscaler.
type batches struct {
	// maxAge is the age above which samples of types without a maxAge are stale.
	maxAge time.Duration
	// target is the kind of the target.
	target schema.GroupKind
}

var (
	job         = schema.GroupKind{Group: "batch", Kind: "Job"}
	statefulSet = schema.GroupKind{Group: "apps", Kind: "StatefulSet"}
)

func kindOf(ref *v1alpha1.CrossVersionObjectReference) schema.GroupKind {
	return schema.FromAPIVersionAndKind(ref.APIVersion, ref.Kind).GroupKind()
}

// compile compiles the batch of a validated window whose queries are compiled.
func (c *batches) compile(from *v1alpha1.Batch, window int, queries *queries) engine.Batch {
	b := engine.Batch{Window: window, Backlog: compileMetric(&from.Backlog, c.maxAge, queries)}
	if from.Arrivals != nil {
		b.Arrivals = compileMetric(from.Arrivals, c.maxAge, queries)
	}
	if from.Busy != nil && c.target != job { // the parallelism of a Job decreases as pods finish
		b.Busy, b.ByOrdinal = identified(engine.Pods, &from.Busy.Metric), c.target == statefulSet
		b.Busy.MaxAge = c.maxAge
	}
	// Validate has checked the deadline, so that it cannot fail.
	b.FinishAfter, _ = from.FinishAfter()
	b.Plan.Margin = defaultMargin
	percent(&b.Plan.Margin, from.MarginPercent)
	b.Plan.LongestItem = duration(from.LongestItem, 0)
	b.Plan.Stays = c.target == job
	if size := from.ItemSize; size != nil {
		b.Plan.ItemSize, b.Plan.Divisible = size.AsApproximateFloat64(), size.IsZero()
	}
	switch t := &from.ThroughputPerReplica; {
	case t.Quantity != nil:
		b.Plan.Source, b.Plan.Rate = batch.Stated, t.Quantity.AsApproximateFloat64()
	case t.Metric != nil:
		b.Plan.Source, b.Throughput = batch.Measured, compileMetric(t.Metric, c.maxAge, queries)
	default:
		b.Plan.Source, b.Plan.Rate = batch.Learned, t.Learned.Initial.AsApproximateFloat64()
	}
	return b
}

// addBatches compiles the batches of the windows in the spec.
func (p *Policy) addBatches(windows []v1alpha1.InlineWindow, queries *queries) {
	for i := range windows {
		if from := windows[i].Batch; from != nil {
			p.Spec.Batches = append(p.Spec.Batches, p.batches.compile(from, i, queries))
		}
	}
}
