package controller

import (
	"context"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/target"
)

const (
	// writerMemory is the time after the last change by another writer for which the condition Conflicting stays True. Controllers that
	// apply manifests do so more often: by default Argo CD each 3 minutes, and Flux each 10.
	writerMemory = 15 * time.Minute
	// conflictingChanges is the number of changes within writerMemory from which on they are a conflict. One may be that of a user who
	// scales by hand.
	conflictingChanges = 2
	// writerTimeout bounds the request for the name of another writer, because the write to the target waits for it.
	writerTimeout = 2 * time.Second
)

// expectedReplicas are the replicas that the target has at the next decision, unless another writer changes them.
type expectedReplicas struct {
	known bool // false before the first decision, and after one that does not write
	uid   types.UID
	// seen were there at the last decision, or were written then. tried were sent in a write without a result.
	seen, tried int32
}

// otherWriter is another writer of the replicas of the target.
type otherWriter struct {
	name     string // of its field manager; empty while it is not known
	from, to int32  // of its last change
	changes  int
	last     time.Time
	// unread is true until the name for the last change is read.
	unread bool
	// restored is the message of an earlier process.
	restored string
}

// conflicts reports whether the writer repeatedly changes the replicas.
func (w *otherWriter) conflicts() bool { return w != nil && w.changes >= conflictingChanges }

// findOtherWriter compares the observed replicas with those of the last decision. From 0 or to 0, users disable the autoscaler and
// enable it.
func (c *Controller) findOtherWriter(o *object, now time.Time) {
	before, replicas := o.expected, o.observation.SpecReplicas
	o.expected = expectedReplicas{known: !o.shadow(), uid: o.scale.UID(), seen: replicas, tried: replicas}
	if o.other != nil && (o.shadow() || now.Sub(o.other.last) >= writerMemory) {
		o.other = nil
	}
	expected := replicas == before.seen || replicas == before.tried || replicas == 0 || before.seen == 0
	if expected || !before.known || !o.expected.known || before.uid != o.expected.uid {
		return
	}
	if o.other == nil {
		o.other = &otherWriter{}
	}
	o.other.from, o.other.to, o.other.last, o.other.unread, o.other.restored = before.tried, replicas, now, true, ""
	o.other.changes++
	c.deps.Telemetry.otherWriter()
}

// asksWriter reports whether the name of another writer is to be read. It is read before the next write, which takes the ownership
// of the field.
func (o *object) asksWriter() bool { return o.other.conflicts() && o.other.unread }

// readWriter reads the name of another writer, beside the loop.
func (c *Controller) readWriter(ctx context.Context, o *object) string {
	ctx, cancel := context.WithTimeout(ctx, writerTimeout)
	defer cancel()
	name, err := c.deps.Scales.Writer(ctx, o.ref())
	if err != nil {
		return "" // it has no name then
	}
	return name
}

// restoreOtherWriter returns the writer that an earlier process reported; nil without one.
func restoreOtherWriter(status *v1alpha1.HorizontalAutoscalerStatus, now time.Time) *otherWriter {
	condition := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionConflicting)
	if condition == nil || condition.Status != metav1.ConditionTrue || condition.Reason != v1alpha1.ReasonOtherWriter {
		return nil
	}
	return &otherWriter{changes: conflictingChanges, last: now, restored: condition.Message}
}

// reportConflicting reports another autoscaler or writer of the target. An autoscaler has the condition after the first one.
func (o *object) reportConflicting(status *v1alpha1.HorizontalAutoscalerStatus, now time.Time) {
	condition := metav1.Condition{Type: v1alpha1.ConditionConflicting, Status: metav1.ConditionTrue}
	switch {
	case o.rejected == nil && !o.paused() && o.conflict != "":
		condition.Reason, condition.Message = v1alpha1.ReasonConflictingController, o.conflictMessage()
	case o.acts() && o.other.conflicts():
		condition.Reason, condition.Message = v1alpha1.ReasonOtherWriter, o.otherWriterMessage()
	case meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionConflicting) == nil:
		return
	default:
		condition.Status, condition.Reason = metav1.ConditionFalse, v1alpha1.ReasonNoConflict
		condition.Message = "no other autoscaler or writer changes the replicas of " + o.ref().String()
	}
	o.condition(status, now, condition)
}

// unknownWriter is how a message begins where the name of the other writer could not be read. It is read again at its next change.
const unknownWriter = "another writer, whose field manager is unknown,"

func (o *object) otherWriterMessage() string {
	w := o.other
	if w.restored != "" {
		return w.restored
	}
	writer := fmt.Sprintf("field manager %q", w.name)
	switch w.name {
	case "":
		writer = unknownWriter
	case target.FieldManager:
		writer = fmt.Sprintf("another process with the field manager %q", w.name)
	}
	return fmt.Sprintf("%s changes the replicas of %s, which this autoscaler scales: last from %d to %d; keep replicas out of what it applies, or set spec.mode to Shadow",
		writer, o.ref(), w.from, w.to)
}

func (o *object) conflictMessage() string {
	found := o.ref().String() + " is also the target of " + o.conflict
	if strings.HasPrefix(o.conflict, hpaKind) {
		return found + ": this HorizontalAutoscaler does not scale it; delete the HorizontalPodAutoscaler, or set spec.mode to Shadow"
	}
	return found + ": neither scales it; delete one of them or set its spec.mode to Shadow"
}
