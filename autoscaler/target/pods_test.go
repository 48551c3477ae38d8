package target

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/engine"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func requesting(name, cpu string) corev1.Container {
	c := corev1.Container{Name: name}
	if cpu != "" {
		c.Resources.Requests = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu)}
	}
	return c
}

func TestRequestsOfAPod(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	sidecar := requesting("proxy", "50m")
	sidecar.RestartPolicy = &always
	podLevel := &corev1.ResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("2")}}

	for name, tc := range map[string]struct {
		spec      corev1.PodSpec
		container string
		want      int64
		problem   string
	}{
		"containers add up": {
			spec: corev1.PodSpec{Containers: []corev1.Container{requesting("app", "100m"), requesting("log", "20m")}},
			want: 120,
		},
		"a sidecar counts, an ordinary init container does not": {
			spec: corev1.PodSpec{
				Containers:     []corev1.Container{requesting("app", "100m")},
				InitContainers: []corev1.Container{sidecar, requesting("migrate", "900m")},
			},
			want: 150,
		},
		"one named container counts alone": {
			spec:      corev1.PodSpec{Containers: []corev1.Container{requesting("app", "100m"), requesting("log", "20m")}},
			container: "log",
			want:      20,
		},
		"pod-level requests win over containers": {
			spec: corev1.PodSpec{Containers: []corev1.Container{requesting("app", "100m")}, Resources: podLevel},
			want: 2000,
		},
		"what the pod level does not request, containers do": {
			spec: corev1.PodSpec{
				Containers: []corev1.Container{requesting("app", "100m"), requesting("log", "")},
				Resources:  &corev1.ResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("1Gi")}},
				Overhead:   corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("10m")},
			},
			want: 110,
		},
		"a container without a request makes the sum unknown": {
			spec:    corev1.PodSpec{Containers: []corev1.Container{requesting("app", "100m"), requesting("log", "")}},
			problem: "container log of pod web-1 has no request for cpu",
		},
		"a named container that is not there is a problem, not zero": {
			spec:      corev1.PodSpec{Containers: []corev1.Container{requesting("app", "100m")}},
			container: "web",
			problem:   "pod web-1 has no container named web",
		},
	} {
		t.Run(name, func(t *testing.T) {
			pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "web-1"}, Spec: tc.spec}
			got, problem := Requests([]*Pod{NewPod(pod)}, corev1.ResourceCPU, tc.container, false)
			if problem != tc.problem {
				t.Errorf("problem %q, want %q", problem, tc.problem)
			}
			var want []int64
			if tc.problem == "" {
				want = []int64{tc.want}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestObserveKeepsWhatADecisionNeeds(t *testing.T) {
	deleted := metav1.NewTime(noon)
	started := metav1.NewTime(noon.Add(-time.Minute))
	ready := func(status corev1.ConditionStatus) []corev1.PodCondition {
		return []corev1.PodCondition{
			{Type: corev1.PodScheduled, Status: corev1.ConditionTrue},
			{Type: corev1.PodReady, Status: status, LastTransitionTime: metav1.NewTime(noon)},
		}
	}
	for name, tc := range map[string]struct {
		pod  corev1.Pod
		want engine.Pod
	}{
		"pending, no condition yet": {
			pod:  corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodPending}},
			want: engine.Pod{Phase: engine.Pending},
		},
		"running and ready": {
			pod:  corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodRunning, StartTime: &started, Conditions: ready(corev1.ConditionTrue)}},
			want: engine.Pod{Phase: engine.Running, Readiness: engine.Ready, ReadySince: noon, Started: started.Time},
		},
		"unready and leaving": {
			pod: corev1.Pod{
				ObjectMeta: metav1.ObjectMeta{DeletionTimestamp: &deleted},
				Status:     corev1.PodStatus{Phase: corev1.PodRunning, Conditions: ready(corev1.ConditionFalse)},
			},
			want: engine.Pod{Phase: engine.Running, Readiness: engine.NotReady, ReadySince: noon, Deleting: true},
		},
		"readiness unknown is neither": {
			pod:  corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodRunning, Conditions: ready(corev1.ConditionUnknown)}},
			want: engine.Pod{Phase: engine.Running, Readiness: engine.ReadyUnknown, ReadySince: noon},
		},
		"on a lost node": {
			pod: corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodRunning, Conditions: append(ready(corev1.ConditionFalse),
				corev1.PodCondition{Type: corev1.ContainersReady, Status: corev1.ConditionTrue})}},
			want: engine.Pod{Phase: engine.Running, Readiness: engine.NotReady, ReadySince: noon, Lost: true},
		},
		"with a readiness gate": {
			pod: corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodRunning, Conditions: []corev1.PodCondition{
				{Type: corev1.ContainersReady, Status: corev1.ConditionTrue},
				{Type: corev1.PodReady, Status: corev1.ConditionFalse, Reason: "ReadinessGatesNotReady", LastTransitionTime: metav1.NewTime(noon)},
			}}},
			want: engine.Pod{Phase: engine.Running, Readiness: engine.NotReady, ReadySince: noon},
		},
		"with a container that is not ready": {
			pod: corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodRunning, Conditions: append(ready(corev1.ConditionFalse),
				corev1.PodCondition{Type: corev1.ContainersReady, Status: corev1.ConditionFalse})}},
			want: engine.Pod{Phase: engine.Running, Readiness: engine.NotReady, ReadySince: noon},
		},
		"of phase Unknown": {
			pod:  corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodUnknown}},
			want: engine.Pod{Phase: engine.PhaseUnknown},
		},
		"succeeded": {
			pod:  corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodSucceeded}},
			want: engine.Pod{Phase: engine.Succeeded},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := Observe([]*Pod{NewPod(&tc.pod)})
			if diff := cmp.Diff([]engine.Pod{tc.want}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
