package controller

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/scalewindow"
	"flyball.dev/flyball/autoscaler/shadow"
	"flyball.dev/flyball/autoscaler/source"
	"flyball.dev/flyball/autoscaler/target"
)

// object is the loop's data about one autoscaler: its policy, its state, and the observation and decision of the last tick.
type object struct {
	key        cache.ObjectName
	uid        types.UID
	hash       uint64 // of the uid
	generation int64
	// autoscaler belongs to the informer and must not be changed.
	autoscaler *v1alpha1.HorizontalAutoscaler

	// compiled is the newest compiled spec.
	compiled *spec
	// own is the policy of the spec alone; policy also has the windows of ScaleWindows.
	own, policy *policy.Policy
	// windows are the ScaleWindows that apply to the autoscaler, from snapshot.
	windows  []*policy.ScaleWindow
	snapshot *scalewindow.Snapshot
	// invalid is why the spec has no policy, and rejected that, or the quotas of the namespace that it exceeds; the autoscaler does
	// not scale then.
	invalid, rejected error

	state engine.State
	// status is the last one that was handed over to be written, at statusTime, and must not be changed. At valuesTime one was
	// for its values alone.
	status                 *v1alpha1.HorizontalAutoscalerStatus
	statusTime, valuesTime time.Time
	// facts are those of the last tick, by the policy factsOf, and factsMemory is memory for the next ones.
	facts, factsMemory []byte
	factsOf            *policy.Policy
	// batches are those of the last tick. A new slice is made for each tick.
	batches []v1alpha1.BatchStatus
	// announcedOpen are the windows with an event for their opening and none for their closing.
	announcedOpen []string
	// previousDecision is the time of an earlier process's last decision; the zero time if it is unknown, or once this process
	// has decided.
	previousDecision time.Time

	// target is the key of the scaled object in the index of autoscalers by their targets.
	target string
	// conflict is the kind and name of another autoscaler with the same target, which this one does not scale then.
	conflict string
	// expected are the replicas without another writer, and other is one that changed them within writerMemory.
	expected expectedReplicas
	other    *otherWriter
	// selector of the pods at the last tick, set only if pods are not found by their owners.
	selector labels.Selector

	// changes has the next change of each window.
	changes changes
	// nextEdge is the next opening or closing of a window; the zero time for never, and once that edge is processed.
	nextEdge time.Time

	// writing is true while a write to the target is under way. The loop does not change the object then.
	writing bool
	// processing is true while the key of the object is taken from the queue. again makes it due at once after its tick.
	processing, again bool
	// revision counts the starts and ends of ticks.
	revision int

	// comparison is that of an autoscaler in mode Shadow, of the generation compared; nil in other modes.
	comparison *shadow.Comparison
	compared   int64

	// lastDecision is the one before decision. captured has decision, under the lock of [lastDecisions].
	lastDecision engine.Decision
	captured     *lastDecision

	// The following fields are of one tick. Without outcome.decided, decision is an older one without a next edge.
	scale target.Scale
	// requests are those of the metrics, by index.
	requests    []source.Request
	observation engine.Observation
	decision    engine.Decision
	outcome     outcome
}

// outcome is the result of a tick for an autoscaler.
type outcome struct {
	// decided is true if the tick has a decision.
	decided bool
	// settled is true if the object needed no metric and was applied before the rest of the batch.
	settled bool
	// writes is true if size is to be written to the target. rescaled is true if it was; writeErr is why it was not. size differs from
	// the decision if running work prevents it.
	writes   bool
	rescaled bool
	size     int32
	writeErr error
}

// compose merges the windows of the spec and of ScaleWindows if either has changed.
func (o *object) compose(recompiled bool) {
	if o.own == nil {
		o.policy, o.windows = nil, nil
		return
	}
	windows := o.snapshot.For(o.key.Name, o.autoscaler.Labels)
	if !recompiled && o.policy != nil && slices.Equal(windows, o.windows) {
		return
	}
	o.windows, o.policy = windows, o.own.With(windows)
}

// acts reports whether the autoscaler is evaluated.
func (o *object) acts() bool { return o.rejected == nil && !o.paused() && o.conflict == "" }

func (o *object) paused() bool { return o.autoscaler.Spec.Mode == v1alpha1.ModePaused }

func (o *object) shadow() bool { return o.autoscaler.Spec.Mode == v1alpha1.ModeShadow }

func (o *object) ref() target.Ref {
	ref := o.autoscaler.Spec.ScaleTargetRef
	return target.Ref{Namespace: o.key.Namespace, APIVersion: ref.APIVersion, Kind: ref.Kind, Name: ref.Name}
}
