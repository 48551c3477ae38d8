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

// attempts at an object that changes while it is looked at, before it is left for a moment.
const attempts = 5

// memo is the record that was last decided about an object. Whoever replaces objects instead of editing them takes the record
// away; the memo tells such an edit from an object that is new.
type memo struct {
	uid    types.UID
	record *override.Record
}

// look brings an object to what the windows say now, and comes back when they say something else.
func (f *Overrider) look(ctx context.Context, at key) {
	k, err := f.kindOf(at.is)
	if err == nil && k.overrides == override.Count {
		err = f.watchScalers(ctx)
	}
	var next time.Time
	if err == nil {
		next, err = f.settle(ctx, k, at)
	}
	switch {
	case ctx.Err() != nil:
	case err == nil:
		f.queue.Forget(at)
		if !next.IsZero() {
			f.queue.AddAfter(at, next.Sub(f.deps.Now()))
		}
	case apierrors.IsNotFound(err):
		f.queue.Forget(at)
		f.forget(at)
	default:
		news := !apierrors.IsConflict(err) && f.note(at, f.holding(at, f.labelsOf(at)), reasonOf(err), err.Error()+advice(err, k))
		if news {
			klog.FromContext(ctx).Error(err, "What windows say was not written; trying again", "kind", at.is, "object", klog.KRef(at.namespace, at.name))
		}
		f.queue.AddRateLimited(at)
	}
}

// settle reads an object and writes until nothing is left to write. Whenever somebody else was quicker, it begins anew.
func (f *Overrider) settle(ctx context.Context, k kind, at key) (next time.Time, err error) {
	for range attempts {
		var o *object
		if o, err = f.read(ctx, k, at); err == nil {
			next, err = f.bring(ctx, k, at, o)
		}
		if !apierrors.IsConflict(err) {
			return next, err
		}
	}
	return next, err
}

// bring brings an object that was just read to what the windows say.
func (f *Overrider) bring(ctx context.Context, k kind, at key, o *object) (time.Time, error) {
	windows := f.holding(at, o.GetLabels())
	if scaler := f.scalerOf(k, at); scaler != "" {
		return time.Time{}, f.leave(ctx, k, at, o, windows, scaler)
	}
	var changes []override.Change
	for first := o; ; {
		d, w, needed := f.decide(k, at, o, windows)
		if o == first {
			changes = d.Changes
		}
		if !needed {
			f.remember(at, o.GetUID(), d.Record)
			f.tell(at, first, changes)
			f.noteDecision(at, windows, &d)
			return d.Next, nil
		}
		written, err := f.write(ctx, k, at, o, w)
		if err != nil {
			return time.Time{}, err
		}
		o = written
	}
}

// decide gives the decision about an object as it was read, and the next write.
func (f *Overrider) decide(k kind, at key, o *object, windows []window) (override.Decision, override.Write, bool) {
	record := o.record
	lost := record == nil
	if lost {
		record = f.remembered(at, o.GetUID())
	}
	d := override.Decide(k.overrides, o.has, record, overrideWindows(windows), f.deps.Now())
	w, needed := d.Write(o.has, o.record, k.atOnce)
	if lost && record != nil && w.Values == nil && len(d.Record.EditedFields()) == len(o.has) {
		// Whoever took the record away took the values too, and would do it again. There is nothing to give back.
		return d, w, false
	}
	return d, w, needed
}

func (f *Overrider) remembered(at key, uid types.UID) *override.Record {
	f.mu.Lock()
	defer f.mu.Unlock()
	if m := f.memos[at]; m.uid == uid {
		return m.record
	}
	return nil
}

func (f *Overrider) remember(at key, uid types.UID, record *override.Record) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if record == nil {
		delete(f.memos, at)
		return
	}
	f.memos[at] = memo{uid, record}
}

// leave leaves an object to an autoscaler that scales it. A record from before it came says nothing any more: the count
// is the autoscaler's.
func (f *Overrider) leave(ctx context.Context, k kind, at key, o *object, windows []window, scaler string) error {
	f.remember(at, o.GetUID(), nil)
	if o.record != nil {
		if _, err := f.write(ctx, k, at, o, override.Write{Records: true}); err != nil {
			return err
		}
	}
	if len(windows) == 0 {
		f.forget(at)
		return nil
	}
	f.note(at, windows, v1alpha1.ReasonConflictingController,
		fmt.Sprintf("%s scales it, and would undo what the window does: write the %s as the target", scaler, strings.Split(scaler, "/")[0]))
	return nil
}
