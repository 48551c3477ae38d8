package policy

import (
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/batch"
	"flyball.dev/flyball/autoscaler/engine"
)

// defaultMargin is by how much the work of a batch is taken to be more than it is.
const defaultMargin = 0.2

// batches compiles those of one autoscaler.
type batches struct {
	// maxAge is how old samples of a type may be that has no maxAge of its own.
	maxAge time.Duration
	// target is the kind that is scaled.
	target schema.GroupKind
}

var (
	job         = schema.GroupKind{Group: "batch", Kind: "Job"}
	statefulSet = schema.GroupKind{Group: "apps", Kind: "StatefulSet"}
)

func kindOf(ref *v1alpha1.CrossVersionObjectReference) schema.GroupKind {
	return schema.FromAPIVersionAndKind(ref.APIVersion, ref.Kind).GroupKind()
}

// compile takes the batch of a window that has been validated, and whose queries are compiled.
func (c *batches) compile(from *v1alpha1.Batch, window int, queries *queries) engine.Batch {
	b := engine.Batch{Window: window, Backlog: compileMetric(&from.Backlog, c.maxAge, queries)}
	if from.Arrivals != nil {
		b.Arrivals = compileMetric(from.Arrivals, c.maxAge, queries)
	}
	if from.Busy != nil && c.target != job { // a Job comes down as its pods finish, whatever they say
		b.Busy, b.ByOrdinal = identified(engine.Pods, &from.Busy.Metric), c.target == statefulSet
		b.Busy.MaxAge = c.maxAge
	}
	// Validate has seen them, so that they cannot fail.
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

// addBatches compiles those of an autoscaler's own windows.
func (p *Policy) addBatches(windows []v1alpha1.InlineWindow, queries *queries) {
	for i := range windows {
		if from := windows[i].Batch; from != nil {
			p.Spec.Batches = append(p.Spec.Batches, p.batches.compile(from, i, queries))
		}
	}
}
