package target

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kubefake "k8s.io/client-go/kubernetes/fake"
	scalefake "k8s.io/client-go/scale/fake"
)

var night = Ref{Namespace: "shop", APIVersion: "batch/v1", Kind: "Job", Name: "night"}

func nightJob(edit func(*batchv1.Job)) *batchv1.Job {
	object := &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "night"},
		Spec: batchv1.JobSpec{
			Parallelism: new(int32(4)),
			Selector:    &metav1.LabelSelector{MatchLabels: map[string]string{"batch.kubernetes.io/controller-uid": "u1"}},
		},
		Status: batchv1.JobStatus{Active: 4, Ready: new(int32(3))},
	}
	if edit != nil {
		edit(object)
	}
	return object
}

func TestJobsAreReadByTheirParallelism(t *testing.T) {
	for name, tc := range map[string]struct {
		edit     func(*batchv1.Job)
		replicas int32
		problem  string
	}{
		"what it asks for":                {replicas: 4},
		"one where it does not say":       {edit: func(j *batchv1.Job) { j.Spec.Parallelism = nil }, replicas: 1},
		"none while it is suspended":      {edit: func(j *batchv1.Job) { j.Spec.Suspend = new(true) }, replicas: 0},
		"what it asks for once resumed":   {edit: func(j *batchv1.Job) { j.Spec.Suspend = new(false) }, replicas: 4},
		"one of the Job controller":       {edit: func(j *batchv1.Job) { j.Spec.ManagedBy = new(batchv1.JobControllerName) }, replicas: 4},
		"Kueue's":                         {edit: func(j *batchv1.Job) { j.Labels = map[string]string{KueueQueue: "spare"} }, problem: `is managed by Kueue (queue "spare")`},
		"one that another controller has": {edit: func(j *batchv1.Job) { j.Spec.ManagedBy = new("kueue.x-k8s.io/multikueue") }, problem: "is managed by kueue.x-k8s.io/multikueue"},
		"one that is not there":           {edit: func(j *batchv1.Job) { j.Name = "day" }, problem: "reading Job/night: "},
	} {
		t.Run(name, func(t *testing.T) {
			client := kubefake.NewClientset(nightJob(tc.edit))
			scale := NewScales(&scalefake.FakeScaleClient{}, deploymentMapper()).WithJobs(client.BatchV1()).Read(t.Context(), []Ref{night})[0]
			if tc.problem != "" {
				if scale.Err == nil || !strings.Contains(scale.Err.Error(), tc.problem) {
					t.Errorf("problem %v, want %q", scale.Err, tc.problem)
				}
				return
			}
			if scale.Err != nil || scale.Replicas != tc.replicas || scale.StatusReplicas != 4 {
				t.Errorf("read as %+v, want %d replicas", scale, tc.replicas)
			}
			if selector, err := scale.PodSelector(); err != nil || selector.String() != "batch.kubernetes.io/controller-uid=u1" {
				t.Errorf("its pods are those of %v, %v", selector, err)
			}
		})
	}
}

// TestAJobScalesInAsItsPodsFinish: whatever is wanted of whatever Job, no pod that works is taken away, what is wanted
// more is asked for at once, and once the work is done the Job is where it was wanted.
func TestAJobScalesInAsItsPodsFinish(t *testing.T) {
	dice := rand.New(rand.NewPCG(5, 7))
	for range 200 { // a clientset of its own each takes 10 ms
		current, active := dice.Int32N(8), dice.Int32N(8)
		ready, wanted := dice.Int32N(active+1), dice.Int32N(8)
		hasReady := dice.IntN(3) > 0
		client := kubefake.NewClientset(nightJob(func(j *batchv1.Job) {
			j.Spec.Parallelism, j.Spec.Suspend = &current, new(current == 0 && dice.IntN(2) == 0)
			j.Status = batchv1.JobStatus{Active: active}
			if hasReady {
				j.Status.Ready = &ready
			}
		}))
		working := active
		if hasReady {
			working = ready
		}
		story := fmt.Sprintf("%d of %d active at work, parallelism %d, %d wanted", working, active, current, wanted)
		bring := func() int32 {
			scales := NewScales(&scalefake.FakeScaleClient{}, deploymentMapper()).WithJobs(client.BatchV1())
			read := scales.Read(t.Context(), []Ref{night})[0]
			if read.Err != nil || read.Replicas != current {
				t.Fatalf("%s: read as %+v", story, read)
			}
			attainable := read.Attainable(wanted)
			if attainable != current {
				if err := scales.Write(t.Context(), night, read, attainable); err != nil {
					t.Fatalf("%s: %v", story, err)
				}
			}
			return scales.Read(t.Context(), []Ref{night})[0].Replicas
		}

		got := bring()
		switch {
		case wanted >= current && got != wanted:
			t.Fatalf("%s: brought to %d", story, got)
		case wanted < current && (got < min(current, working) || got < wanted || got > current):
			t.Fatalf("%s: brought to %d", story, got)
		case wanted < current && wanted >= working && got != wanted:
			t.Fatalf("%s: brought to %d, though no pod at work is in the way", story, got)
		}

		current = got
		done, err := client.BatchV1().Jobs("shop").Get(t.Context(), "night", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		done.Status = batchv1.JobStatus{Ready: new(int32(0))}
		if _, err := client.BatchV1().Jobs("shop").UpdateStatus(t.Context(), done, metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
		if got := bring(); got != wanted {
			t.Fatalf("%s: at %d once the work is done", story, got)
		}
	}
}

func TestAJobScaledToZeroIsSuspendedAndKeepsItsParallelism(t *testing.T) {
	client := kubefake.NewClientset(nightJob(func(j *batchv1.Job) { j.Status = batchv1.JobStatus{} }))
	scales := NewScales(&scalefake.FakeScaleClient{}, deploymentMapper()).WithJobs(client.BatchV1())
	if err := scales.Write(t.Context(), night, scales.Read(t.Context(), []Ref{night})[0], 0); err != nil {
		t.Fatal(err)
	}
	got, err := client.BatchV1().Jobs("shop").Get(t.Context(), "night", metav1.GetOptions{})
	if err != nil || got.Spec.Suspend == nil || !*got.Spec.Suspend || *got.Spec.Parallelism != 4 {
		t.Errorf("%+v, %v", got.Spec, err)
	}
}

func TestAFinishedJobDoesNotScaleOut(t *testing.T) {
	client := kubefake.NewClientset(nightJob(func(j *batchv1.Job) {
		j.Status = batchv1.JobStatus{Conditions: []batchv1.JobCondition{{Type: batchv1.JobComplete, Status: corev1.ConditionTrue}}}
	}))
	scales := NewScales(&scalefake.FakeScaleClient{}, deploymentMapper()).WithJobs(client.BatchV1())
	read := scales.Read(t.Context(), []Ref{night})[0]
	if err := scales.Write(t.Context(), night, read, 5); err == nil || !strings.Contains(err.Error(), "has finished (Complete)") {
		t.Errorf("growing gives %v", err)
	}
	if err := scales.Write(t.Context(), night, read, 1); err != nil {
		t.Errorf("shrinking gives %v", err)
	}
}

// TestOtherTargetsScaleInAtOnce: a Deployment does not show which pod is busy.
func TestOtherTargetsScaleInAtOnce(t *testing.T) {
	if got := (&Scale{Replicas: 9}).Attainable(2); got != 2 {
		t.Errorf("brought to %d", got)
	}
}
