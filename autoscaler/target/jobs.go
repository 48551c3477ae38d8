package target

import (
	"context"
	"encoding/json"
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	batchclient "k8s.io/client-go/kubernetes/typed/batch/v1"
)

var job = schema.GroupKind{Group: batchv1.GroupName, Kind: "Job"}

const (
	// KueueQueue is the label of Jobs that Kueue manages.
	KueueQueue = "kueue.x-k8s.io/queue-name"

	// FieldManager owns the fields that the autoscaler sets.
	FieldManager = "flyball-autoscaler"
)

// jobs reads and writes the parallelism of Jobs, which have no scale subresource.
//
// A suspended Job has 0 replicas, and a Job is scaled to 0 by suspending it. The Job controller deletes all pods of a Job with a
// parallelism of 0, too, but only suspending stops activeDeadlineSeconds, keeps the parallelism, and shows in the status.
type jobs struct{ client batchclient.JobsGetter }

func isJob(ref Ref) bool {
	return schema.FromAPIVersionAndKind(ref.APIVersion, ref.Kind).GroupKind() == job
}

func (j *jobs) read(ctx context.Context, ref Ref) Scale {
	object, err := j.client.Jobs(ref.Namespace).Get(ctx, ref.Name, metav1.GetOptions{})
	if err != nil {
		return Scale{Err: fmt.Errorf("reading %s: %w", ref, err)}
	}
	return scaleOfJob(object)
}

// scaleOfJob returns the scale of a Job that the Job controller manages alone.
func scaleOfJob(object *batchv1.Job) Scale {
	ref := Ref{Kind: job.Kind, Name: object.Name}
	if err := managedElsewhere(ref, object); err != nil {
		return Scale{Err: err}
	}
	selector, err := metav1.LabelSelectorAsSelector(object.Spec.Selector)
	if err != nil {
		return Scale{Err: fmt.Errorf("reading the selector of %s: %w", ref, err)}
	}
	return Scale{
		Replicas: parallelism(object), StatusReplicas: object.Status.Active, Selector: selector.String(),
		parsed: selector, uid: object.UID, version: object.ResourceVersion, job: compactJob(object), Refused: failure(object),
	}
}

// compactJob returns a Job with only the fields that a write of its parallelism reads.
func compactJob(object *batchv1.Job) *batchv1.Job {
	compact := &batchv1.Job{
		Spec:   batchv1.JobSpec{Parallelism: object.Spec.Parallelism, Suspend: object.Spec.Suspend},
		Status: batchv1.JobStatus{Active: object.Status.Active, Ready: object.Status.Ready},
	}
	if how := finished(object); how != "" {
		compact.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobConditionType(how), Status: corev1.ConditionTrue}}
	}
	return compact
}

// managedElsewhere returns an error that names the manager of a Job that the Job controller does not manage alone.
func managedElsewhere(ref Ref, object *batchv1.Job) error {
	if queue, found := object.Labels[KueueQueue]; found {
		return fmt.Errorf("%s is managed by Kueue (queue %q), which sets its parallelism and suspends it: leave its scale to Kueue, or remove the label %s", ref, queue, KueueQueue)
	}
	if by := object.Spec.ManagedBy; by != nil && *by != batchv1.JobControllerName {
		return fmt.Errorf("%s is managed by %s (spec.managedBy), not by the Job controller: the autoscaler does not scale it", ref, *by)
	}
	return nil
}

// write sets the parallelism, or suspends the Job for 0 replicas, if the Job still has the resource version of the basis.
func (j *jobs) write(ctx context.Context, ref Ref, basis Scale, replicas int32) (Scale, error) {
	how := finished(basis.job)
	if how != "" && replicas > parallelism(basis.job) {
		return Scale{}, fmt.Errorf("%s has finished (%s) and starts no more pods: create a new Job", ref, how)
	}
	spec := map[string]any{"parallelism": replicas, "suspend": false}
	if replicas == 0 {
		spec = map[string]any{"suspend": true}
	}
	patch, err := json.Marshal(map[string]any{"metadata": precondition(basis), "spec": spec})
	if err != nil {
		return Scale{}, err
	}
	object, err := j.client.Jobs(ref.Namespace).Patch(ctx, ref.Name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: FieldManager})
	if err != nil {
		return Scale{}, fmt.Errorf("writing the parallelism of %s: %w", ref, err)
	}
	return scaleOfJob(object), nil
}

// precondition returns the metadata of a patch that the API server applies only to the object and resource version of the basis.
func precondition(basis Scale) map[string]any {
	metadata := map[string]any{}
	if basis.uid != "" {
		metadata["uid"] = basis.uid
	}
	if basis.version != "" {
		metadata["resourceVersion"] = basis.version
	}
	return metadata
}

// parallelism returns the desired pods of a Job.
func parallelism(object *batchv1.Job) int32 {
	switch {
	case object.Spec.Suspend != nil && *object.Spec.Suspend:
		return 0
	case object.Spec.Parallelism == nil:
		return 1
	default:
		return *object.Spec.Parallelism
	}
}

// atWork returns the number of ready pods, or of active ones where the status has no count of ready ones. The Job controller
// deletes the others first.
func atWork(object *batchv1.Job) int32 {
	if object.Status.Ready != nil {
		return *object.Status.Ready
	}
	return object.Status.Active
}

// failure returns why a Job creates no more pods: it has failed, as by its backoffLimit; empty for another Job.
func failure(object *batchv1.Job) string {
	for i := range object.Status.Conditions {
		c := &object.Status.Conditions[i]
		if (c.Type == batchv1.JobFailed || c.Type == batchv1.JobFailureTarget) && c.Status == corev1.ConditionTrue {
			words := c.Reason + ": " + c.Message
			if failed := object.Status.Failed; failed > 0 { // the Job controller counts them later
				words += fmt.Sprintf(" (%d pods failed)", failed)
			}
			return shortened(words)
		}
	}
	return ""
}

func finished(object *batchv1.Job) string {
	for i := range object.Status.Conditions {
		c := &object.Status.Conditions[i]
		if (c.Type == batchv1.JobComplete || c.Type == batchv1.JobFailed) && c.Status == corev1.ConditionTrue {
			return string(c.Type)
		}
	}
	return ""
}
