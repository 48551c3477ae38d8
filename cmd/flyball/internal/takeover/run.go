package takeover

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// API reads and writes the objects of one namespace. A write that names a resourceVersion or UID fails if the object has changed.
type API interface {
	Autoscaler(ctx context.Context, name string) (*v1alpha1.HorizontalAutoscaler, error)
	// Scalers lists the HPAs and ScaledObjects.
	Scalers(ctx context.Context) ([]unstructured.Unstructured, error)
	PatchAutoscaler(ctx context.Context, name string, patch []byte) error
	PatchScaler(ctx context.Context, object *unstructured.Unstructured, patch []byte) error
	CreateScaler(ctx context.Context, object *unstructured.Unstructured) error
	DeleteScaler(ctx context.Context, object *unstructured.Unstructured) error
}

// run carries out steps one by one. After each it observes the cluster again and plans again, so that a run continues where an earlier
// one was interrupted, or another one has gone on.
type run struct {
	api  API
	name string
	undo bool
	// settle is how long no other controller must have been seen before Enforce. quiet is since when none is.
	settle time.Duration
	quiet  time.Time
	// poll is the time between two observations of a step that waits, and now the clock.
	poll time.Duration
	now  func() time.Time
	// report is called with each step before it is carried out, and again each remind while it waits, with the time it has waited.
	report func(step Step, waited time.Duration)
	last   progress
	// stopped reports that this run has stopped the other controller, and allowChange that the decision may be another count.
	stopped, allowChange bool
}

// progress is the last report: of a step that began and was reported at these times.
type progress struct {
	step            Name
	begun, reported time.Time
}

// remind is the time between two reports of a step that waits.
const remind = 30 * time.Second

// announce reports a step that is new, or that waits for long.
func (r *run) announce(step Step) {
	now := r.now()
	switch {
	case step.Name != r.last.step:
		r.last = progress{step.Name, now, now}
		r.report(step, 0)
	case now.Sub(r.last.reported) >= remind:
		r.last.reported = now
		r.report(step, now.Sub(r.last.begun))
	}
}

func (r *run) observe(ctx context.Context) (*observed, error) {
	autoscaler, err := r.api.Autoscaler(ctx, r.name)
	if err != nil {
		return nil, err
	}
	scalers, err := r.api.Scalers(ctx)
	if err != nil {
		return nil, err
	}
	o, err := newObserved(autoscaler, scalers)
	if err != nil {
		return nil, err
	}
	switch {
	case len(o.active()) > 0:
		r.quiet = time.Time{}
	case r.quiet.IsZero():
		r.quiet = r.now()
	}
	return o, nil
}

func (r *run) plan(o *observed) ([]Step, error) {
	if r.undo {
		return undo(o)
	}
	return takeOver(o, situation{settled: !r.quiet.IsZero() && r.now().Sub(r.quiet) >= r.settle, stopped: r.stopped, allowChange: r.allowChange})
}

// all carries out the steps that are left.
func (r *run) all(ctx context.Context) error {
	for {
		o, err := r.observe(ctx)
		if err != nil {
			return err
		}
		steps, err := r.plan(o)
		if err != nil || len(steps) == 0 {
			return err
		}
		step := steps[0]
		r.announce(step)
		if step.Waits {
			err = r.wait(ctx, o, step)
		} else {
			err = r.do(ctx, o, step)
		}
		conflict := apierrors.IsConflict(err)
		if conflict { // the object has changed since it was observed
			err = r.wait(ctx, o, step)
		}
		if err != nil || step.Name == Finish && !conflict {
			return err
		}
	}
}

func (r *run) wait(ctx context.Context, o *observed, step Step) error {
	timer := time.NewTimer(r.poll)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
	}
	cause := context.Cause(ctx)
	if step.Name == Agree && !errors.Is(cause, context.Canceled) {
		return disagreement(o, cause)
	}
	return fmt.Errorf("step %s: %s: %w; run the command again to continue", step.Name, step.Text, cause)
}

// do carries out a step. Each write names the version that the plan was made of.
func (r *run) do(ctx context.Context, o *observed, step Step) error {
	var err error
	switch step.Name {
	case Record:
		var text []byte
		if text, err = json.Marshal(record{UID: string(step.other.GetUID()), Object: original(step.other)}); err == nil {
			err = r.patch(ctx, o, map[string]any{"annotations": map[string]any{v1alpha1.AnnotationTakenOver: string(text)}}, "")
		}
	case Stop:
		err = r.stop(ctx, step.other)
		r.stopped = err == nil
	case Enforce:
		err = r.patch(ctx, o, nil, v1alpha1.ModeEnforce)
	case Watch:
		err = r.patch(ctx, o, nil, v1alpha1.ModeShadow)
	case Restore:
		err = r.restore(ctx, o, step.other)
	case Finish:
		err = r.patch(ctx, o, map[string]any{"annotations": map[string]any{v1alpha1.AnnotationTakenOver: nil}}, "")
	default:
		err = errors.New("no such step")
	}
	if err != nil {
		return fmt.Errorf("step %s: %s: %w; run the command again to continue", step.Name, step.Text, err)
	}
	return nil
}

func (r *run) patch(ctx context.Context, o *observed, metadata map[string]any, mode v1alpha1.Mode) error {
	if metadata == nil {
		metadata = map[string]any{}
	}
	metadata["resourceVersion"] = o.autoscaler.ResourceVersion
	patch := map[string]any{"metadata": metadata}
	if mode != "" {
		patch["spec"] = map[string]any{"mode": mode}
	}
	text, err := json.Marshal(patch)
	if err != nil {
		return err
	}
	return r.api.PatchAutoscaler(ctx, r.name, text)
}

func (r *run) stop(ctx context.Context, other *unstructured.Unstructured) error {
	if other.GetKind() == kindHPA {
		return r.api.DeleteScaler(ctx, other)
	}
	return r.pause(ctx, other, "true")
}

// pause sets the annotation of a ScaledObject; nil removes it.
func (r *run) pause(ctx context.Context, other *unstructured.Unstructured, value any) error {
	text, err := json.Marshal(map[string]any{"metadata": map[string]any{
		"resourceVersion": other.GetResourceVersion(), "annotations": map[string]any{pausedAnnotation: value},
	}})
	if err != nil {
		return err
	}
	return r.api.PatchScaler(ctx, other, text)
}

func (r *run) restore(ctx context.Context, o *observed, was *unstructured.Unstructured) error {
	if was.GetKind() == kindHPA {
		return r.api.CreateScaler(ctx, was.DeepCopy())
	}
	found := o.find(was)
	if before, had := was.GetAnnotations()[pausedAnnotation]; had {
		return r.pause(ctx, found, before)
	}
	return r.pause(ctx, found, nil)
}
