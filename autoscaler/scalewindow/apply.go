package scalewindow

import (
	"context"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/scalewindow/override"
)

// attempts bounds the immediate retries of an object that changes between read and write.
const attempts = 5

// lastRecord is the record that was decided last for an object. A client that replaces objects instead of editing them removes
// the record; lastRecord distinguishes such an edit from a new object.
type lastRecord struct {
	uid    types.UID
	record *override.Record
}

// sync sets the fields of an object to the values of the windows, and queues it for the time at which these change.
func (r *overrider) sync(ctx context.Context, id key) {
	k, err := r.kindOf(id.groupKind)
	if err == nil && k.overrides == override.Count {
		err = r.watchScalers(ctx)
	}
	var next time.Time
	if err == nil {
		next, err = r.applyWithRetry(ctx, k, id)
	}
	switch {
	case ctx.Err() != nil:
	case err == nil:
		r.queue.Forget(id)
		if !next.IsZero() {
			r.queue.AddAfter(id, next.Sub(r.deps.Now()))
		}
	case apierrors.IsNotFound(err):
		r.queue.Forget(id)
		r.deleteOutcome(id)
	default:
		changed := !apierrors.IsConflict(err) && r.setOutcome(id, r.windowsFor(id, r.labelsOf(id)), reasonOf(err), err.Error()+advice(err, k))
		if changed {
			klog.FromContext(ctx).Error(err, "Failed to apply ScaleWindows to an object; will retry", "kind", id.groupKind, "object", klog.KRef(id.namespace, id.name))
		}
		r.queue.AddRateLimited(id)
	}
}

// applyWithRetry reads an object and writes it until it has the values of the windows. It starts again when another client
// changes the object in between.
func (r *overrider) applyWithRetry(ctx context.Context, k kind, id key) (next time.Time, err error) {
	for range attempts {
		var o *object
		if o, err = r.read(ctx, k, id); err == nil {
			next, err = r.apply(ctx, k, id, o)
		}
		if !apierrors.IsConflict(err) {
			return next, err
		}
	}
	return next, err
}

// apply writes an object that was just read until it has the values of the windows.
func (r *overrider) apply(ctx context.Context, k kind, id key, o *object) (time.Time, error) {
	windows := r.windowsFor(id, o.GetLabels())
	if scaler := r.scalerOf(k, id); scaler != "" {
		return time.Time{}, r.release(ctx, k, id, o, windows, scaler)
	}
	var changes []override.Change
	for first := o; ; {
		d, w, needed := r.decide(k, id, o, windows)
		if o == first {
			changes = d.Changes
		}
		if !needed {
			r.setLastRecord(id, o.GetUID(), d.Record)
			r.recordChanges(id, first, changes)
			r.setDecisionOutcome(id, windows, &d)
			return d.Next, nil
		}
		written, err := r.write(ctx, k, id, o, w)
		if err != nil {
			return time.Time{}, err
		}
		o = written
	}
}

// decide returns the decision for an object as it was read, and the next write; needed is false if none is left.
func (r *overrider) decide(k kind, id key, o *object, windows []window) (d override.Decision, w override.Write, needed bool) {
	record := o.record
	removed := record == nil
	if removed {
		record = r.lastRecordOf(id, o.GetUID())
	}
	d = override.Decide(k.overrides, o.values, record, overrideWindows(windows), r.deps.Now())
	w, needed = d.Write(o.values, o.record, k.atomic)
	if removed && record != nil && w.Values == nil && len(d.Record.EditedFields()) == len(o.values) {
		// The client that removed the record has also replaced the values, and would do so again. No value is left to restore.
		return d, w, false
	}
	return d, w, needed
}

func (r *overrider) lastRecordOf(id key, uid types.UID) *override.Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last := r.lastRecords[id]; last.uid == uid {
		return last.record
	}
	return nil
}

func (r *overrider) setLastRecord(id key, uid types.UID, record *override.Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if record == nil {
		delete(r.lastRecords, id)
		return
	}
	r.lastRecords[id] = lastRecord{uid, record}
}

// release removes the record of an object that an autoscaler scales: its replicas are the autoscaler's to set, so that the
// original values no longer apply.
func (r *overrider) release(ctx context.Context, k kind, id key, o *object, windows []window, scaler string) error {
	r.setLastRecord(id, o.GetUID(), nil)
	if o.record != nil {
		if _, err := r.write(ctx, k, id, o, override.Write{Records: true}); err != nil {
			return err
		}
	}
	if len(windows) == 0 {
		r.deleteOutcome(id)
		return nil
	}
	r.setOutcome(id, windows, v1alpha1.ReasonConflictingController,
		fmt.Sprintf("%s scales it: use the %s as the target of the window", scaler, strings.Split(scaler, "/")[0]))
	return nil
}
