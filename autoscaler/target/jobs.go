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
	// KueueQueue is the label by which a Job belongs to Kueue.
	KueueQueue = "kueue.x-k8s.io/queue-name"

	fieldManager = "flyball-autoscaler"
)

// jobs reads and writes the parallelism of Jobs, which have no scale subresource.
//
// A suspended Job has no replicas, and to have none it is suspended: either way, and with a parallelism of 0, the Job
// controller deletes all its pods, but only a suspended Job stops the clock of activeDeadlineSeconds, keeps its parallelism
// to come back to, and tells people in its status.
type jobs struct{ client batchclient.JobsGetter }

func isJob(ref Ref) bool {
	return schema.FromAPIVersionAndKind(ref.APIVersion, ref.Kind).GroupKind() == job
}

func (j *jobs) read(ctx context.Context, ref Ref) Scale {
	object, err := j.client.Jobs(ref.Namespace).Get(ctx, ref.Name, metav1.GetOptions{})
	if err != nil {
		return Scale{Err: fmt.Errorf("%s cannot be read: %w", ref, err)}
	}
	if err := managedElsewhere(ref, object); err != nil {
		return Scale{Err: err}
	}
	selector, err := metav1.LabelSelectorAsSelector(object.Spec.Selector)
	if err != nil {
		return Scale{Err: fmt.Errorf("the selector of %s cannot be read: %w", ref, err)}
	}
	return Scale{Replicas: parallelism(object), StatusReplicas: object.Status.Active, Selector: selector.String(), job: object}
}

// managedElsewhere says whose the Job's parallelism is, if it is not the Job controller's to follow.
func managedElsewhere(ref Ref, object *batchv1.Job) error {
	if queue, has := object.Labels[KueueQueue]; has {
		return fmt.Errorf("%s waits in the queue %q of Kueue, which admits it with the parallelism that it has quota for and suspends "+
			"it otherwise: leave its scale to Kueue, or remove the label %s", ref, queue, KueueQueue)
	}
	if by := object.Spec.ManagedBy; by != nil && *by != batchv1.JobControllerName {
		return fmt.Errorf("%s is run by %s (spec.managedBy), and not by the Job controller: its scale is not to be changed here", ref, *by)
	}
	return nil
}

// write asks for so many replicas.
func (j *jobs) write(ctx context.Context, ref Ref, object *batchv1.Job, replicas int32) error {
	how := finished(object)
	if how != "" && replicas > parallelism(object) {
		return fmt.Errorf("%s has finished (%s), so it starts no pods any more: create a new Job", ref, how)
	}
	spec := map[string]any{"parallelism": replicas, "suspend": false}
	if replicas == 0 {
		spec = map[string]any{"suspend": true}
	}
	patch, err := json.Marshal(map[string]any{"spec": spec})
	if err != nil {
		return err
	}
	_, err = j.client.Jobs(ref.Namespace).Patch(ctx, ref.Name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: fieldManager})
	if err != nil {
		return fmt.Errorf("the parallelism of %s cannot be written: %w", ref, err)
	}
	return nil
}

// parallelism is how many pods the Job asks for now.
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

// atWork counts the pods that work: those that are ready, or, where the Job does not tell, all that are active. The Job
// controller takes those away first that are not.
func atWork(object *batchv1.Job) int32 {
	if object.Status.Ready != nil {
		return *object.Status.Ready
	}
	return object.Status.Active
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
