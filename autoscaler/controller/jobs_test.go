package controller

import (
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

// working makes or changes the Job web, so that so many of its pods work.
func (w *world) working(ready int32) {
	w.t.Helper()
	client := w.kube.BatchV1().Jobs("shop")
	job, err := client.Get(w.t.Context(), "web", metav1.GetOptions{})
	if err != nil {
		job, err = client.Create(w.t.Context(), &batchv1.Job{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"},
			Spec:       batchv1.JobSpec{Parallelism: new(int32(4)), Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"job": "web"}}},
		}, metav1.CreateOptions{})
	}
	if err == nil {
		job.Status.Active, job.Status.Ready = ready, &ready
		_, err = client.UpdateStatus(w.t.Context(), job, metav1.UpdateOptions{})
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) parallelism() int32 {
	w.t.Helper()
	job, err := w.kube.BatchV1().Jobs("shop").Get(w.t.Context(), "web", metav1.GetOptions{})
	if err != nil {
		w.t.Fatal(err)
	}
	return *job.Spec.Parallelism
}

// TestScaleInWaitsForRunningWorkOfJob: two of four busy pods are enough, and each surplus pod is removed once it has finished.
func TestScaleInWaitsForRunningWorkOfJob(t *testing.T) {
	job := func(spec *v1alpha1.HorizontalAutoscalerSpec) {
		spec.ScaleTargetRef = v1alpha1.CrossVersionObjectReference{APIVersion: "batch/v1", Kind: "Job", Name: "web"}
		spec.Behavior = &v1alpha1.Behavior{ScaleDown: &v1alpha1.ScalingRules{StabilizationWindowSeconds: new(int32(0))}}
	}
	live(t, func(w *world) {
		w.working(4)
		w.readings.set(50, "")
		w.pass(2 * period)
		if got := w.parallelism(); got != 4 {
			t.Fatalf("brought to %d while four work", got)
		}
		able := w.condition(v1alpha1.ConditionAbleToScale)
		if able.Reason != v1alpha1.ReasonRunningWork || able.Message != "decided 2 replicas; keeping 4 until their pods have finished their work" {
			t.Errorf("AbleToScale is %+v", able)
		}
		if got := w.autoscaler().Status; got.DesiredReplicas != 2 || got.CurrentReplicas != 4 {
			t.Errorf("%d desired of %d", got.DesiredReplicas, got.CurrentReplicas)
		}
		for _, event := range w.newEvents() {
			if strings.Contains(event, "Rescale") {
				t.Errorf("got events %q", event)
			}
		}

		w.working(3)
		w.pass(period)
		if got := w.parallelism(); got != 3 {
			t.Errorf("brought to %d while three work", got)
		}
		if got := w.newEventOf("SuccessfulRescale"); !strings.HasPrefix(got, "Normal SuccessfulRescale New size: 3;") {
			t.Errorf("got events %q", got)
		}
		w.working(1)
		w.pass(period)
		if got := w.parallelism(); got != 2 {
			t.Errorf("brought to %d once one works", got)
		}
		if got := w.condition(v1alpha1.ConditionAbleToScale).Reason; got != v1alpha1.ReasonSucceededRescale {
			t.Errorf("AbleToScale is %s", got)
		}
	}, web(job))
}
