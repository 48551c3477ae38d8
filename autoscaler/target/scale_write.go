package target

import (
	"context"
	"fmt"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// ChangedError reports that a target has changed after its scale was read, so that the decision does not hold for it. Nothing
// was written. The next read returns the newer scale.
type ChangedError struct {
	Ref    Ref
	Wanted int32  // replicas that were not written
	Change string // of the target
}

func (e *ChangedError) Error() string {
	return fmt.Sprintf("not writing %d replicas to %s: %s after it was read; evaluating it again", e.Wanted, e.Ref, e.Change)
}

// Write sets the replica count of a target, if the target still has the resource version that was read. On a conflict it reads the
// newer scale for the next decision, and returns a [ChangedError]. It never repeats the number: also with the same replicas, another
// writer may have scaled the target out and in again, as the next leader does while this process is stopped.
func (s *Scales) Write(ctx context.Context, ref Ref, read Scale, replicas int32) error {
	written, err := s.writeOnce(ctx, ref, read, replicas)
	if err == nil {
		s.keep(ref, written)
		return nil
	}
	if !apierrors.IsConflict(err) {
		return err
	}
	newer := s.request(ctx, ref)
	if newer.Err != nil {
		return newer.Err
	}
	return &ChangedError{Ref: ref, Wanted: replicas, Change: changed(read, newer, replicas)}
}

func (s *Scales) writeOnce(ctx context.Context, ref Ref, basis Scale, replicas int32) (Scale, error) {
	if basis.job != nil {
		return s.jobs.write(ctx, ref, basis, replicas)
	}
	object, err := s.client.Scales(ref.Namespace).Update(ctx, basis.resource, &autoscalingv1.Scale{
		ObjectMeta: metav1.ObjectMeta{Namespace: ref.Namespace, Name: ref.Name, UID: basis.uid, ResourceVersion: basis.version},
		Spec:       autoscalingv1.ScaleSpec{Replicas: replicas},
	}, metav1.UpdateOptions{FieldManager: FieldManager})
	if err != nil {
		return Scale{}, fmt.Errorf("writing the scale of %s: %w", ref, err)
	}
	return newScale(basis.resource, object), nil
}

// changed returns what has changed of a target since it was read.
func changed(read, newer Scale, wanted int32) string {
	switch {
	case newer.uid != read.uid:
		return "it was deleted and created again"
	case newer.Replicas != read.Replicas:
		return fmt.Sprintf("its replicas changed from %d to %d", read.Replicas, newer.Replicas)
	case newer.Attainable(wanted) != wanted:
		return fmt.Sprintf("its pods at work changed to %d", atWork(newer.job))
	default:
		return "it changed"
	}
}
