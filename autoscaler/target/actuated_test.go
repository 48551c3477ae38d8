package target

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

func cpu(amount string) corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(amount)}
}

// reported is the status of a container with what is allocated and what is actuated; empty for a field that is not there.
func reported(name, allocated, actuated string) corev1.ContainerStatus {
	status := corev1.ContainerStatus{Name: name}
	if allocated != "" {
		status.AllocatedResources = cpu(allocated)
	}
	if actuated != "" {
		status.Resources = &corev1.ResourceRequirements{Requests: cpu(actuated)}
	}
	return status
}

// TestRequestsDuringAResize has a case for each state that a resize goes through, up and down.
func TestRequestsDuringAResize(t *testing.T) {
	sidecar := requesting("proxy", "400m")
	sidecar.RestartPolicy = new(corev1.ContainerRestartPolicyAlways)
	app := func(spec string) []corev1.Container { return []corev1.Container{requesting("app", spec)} }
	pending := func(reason string) []corev1.PodCondition {
		return []corev1.PodCondition{{Type: corev1.PodResizePending, Status: corev1.ConditionTrue, Reason: reason}}
	}
	podLevel := func(amount string) *corev1.ResourceRequirements {
		return &corev1.ResourceRequirements{Requests: cpu(amount)}
	}

	for name, tc := range map[string]struct {
		spec      corev1.PodSpec
		status    corev1.PodStatus
		container string
		want      int64 // in force
		specified int64 // of the spec
	}{
		"at rest": {
			corev1.PodSpec{Containers: app("1")}, corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{reported("app", "1", "1")}}, "", 1000, 1000,
		},
		"not reported yet": {corev1.PodSpec{Containers: app("1")}, corev1.PodStatus{}, "", 1000, 1000},
		"reported without resources": {
			corev1.PodSpec{Containers: app("1")}, corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{reported("app", "", "")}}, "", 1000, 1000,
		},
		"up, proposed": {
			corev1.PodSpec{Containers: app("4")}, corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{reported("app", "1", "1")}}, "", 1000, 4000,
		},
		"up, allocated": {
			corev1.PodSpec{Containers: app("4")}, corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{reported("app", "4", "1")}}, "", 1000, 4000,
		},
		"up, actuated": {
			corev1.PodSpec{Containers: app("4")}, corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{reported("app", "4", "4")}}, "", 4000, 4000,
		},
		"up, proposed again while another is allocated": {
			corev1.PodSpec{Containers: app("4")}, corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{reported("app", "2", "1")}}, "", 1000, 4000,
		},
		"up, deferred": {
			corev1.PodSpec{Containers: app("4")},
			corev1.PodStatus{Conditions: pending(corev1.PodReasonDeferred), ContainerStatuses: []corev1.ContainerStatus{reported("app", "1", "")}},
			"", 1000, 4000,
		},
		"up, infeasible": {
			corev1.PodSpec{Containers: app("400")},
			corev1.PodStatus{Conditions: pending(corev1.PodReasonInfeasible), ContainerStatuses: []corev1.ContainerStatus{reported("app", "1", "1")}},
			"", 1000, 400_000,
		},
		"down, proposed": {
			corev1.PodSpec{Containers: app("250m")}, corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{reported("app", "1", "1")}}, "", 1000, 250,
		},
		"down, allocated": {
			corev1.PodSpec{Containers: app("250m")}, corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{reported("app", "250m", "1")}}, "", 1000, 250,
		},
		"taken back": {
			corev1.PodSpec{Containers: app("1")}, corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{reported("app", "4", "4")}}, "", 4000, 1000,
		},
		"a sidecar": {
			corev1.PodSpec{Containers: app("1"), InitContainers: []corev1.Container{sidecar, requesting("migrate", "9")}},
			corev1.PodStatus{
				ContainerStatuses:     []corev1.ContainerStatus{reported("app", "1", "1")},
				InitContainerStatuses: []corev1.ContainerStatus{reported("proxy", "100m", "100m"), reported("migrate", "3", "3")},
			},
			"", 1100, 1400,
		},
		"one container": {
			corev1.PodSpec{Containers: append(app("4"), requesting("log", "8"))},
			corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{reported("app", "1", "1"), reported("log", "2", "2")}},
			"log", 2000, 8000,
		},
		"a sidecar alone": {
			corev1.PodSpec{Containers: app("4"), InitContainers: []corev1.Container{sidecar}},
			corev1.PodStatus{InitContainerStatuses: []corev1.ContainerStatus{reported("proxy", "", "50m")}},
			"proxy", 50, 400,
		},
		"pod level": {
			corev1.PodSpec{Containers: app("1"), Resources: podLevel("8")},
			corev1.PodStatus{AllocatedResources: cpu("8"), Resources: podLevel("2"), ContainerStatuses: []corev1.ContainerStatus{reported("app", "1", "1")}},
			"", 2000, 8000,
		},
		"pod level, deferred": {
			corev1.PodSpec{Containers: app("1"), Resources: podLevel("8")}, corev1.PodStatus{AllocatedResources: cpu("3")}, "", 3000, 8000,
		},
		"a container below a pod level of another resource": {
			corev1.PodSpec{Containers: app("4"), Resources: &corev1.ResourceRequirements{
				Requests: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("1Gi")},
			}},
			corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{reported("app", "1", "1")}},
			"", 1000, 4000,
		},
		"allocated without pod-level requests": { // the kubelet reports the sum of the containers there
			corev1.PodSpec{Containers: app("4")},
			corev1.PodStatus{AllocatedResources: cpu("7"), ContainerStatuses: []corev1.ContainerStatus{reported("app", "4", "4")}},
			"", 4000, 4000,
		},
	} {
		t.Run(name, func(t *testing.T) {
			pod := &corev1.Pod{Spec: tc.spec, Status: tc.status}
			before := pod.DeepCopy()
			for asSpecified, want := range map[bool]int64{false: tc.want, true: tc.specified} {
				got, problem := Requests([]*Pod{NewPod(pod)}, corev1.ResourceCPU, tc.container, asSpecified)
				if problem != "" || len(got) != 1 || got[0] != want {
					t.Errorf("as specified %t: %v, %q, want %d", asSpecified, got, problem, want)
				}
			}
			if !reflect.DeepEqual(before, pod) {
				t.Error("the pod was changed")
			}
		})
	}
}

// TestRequestsAreThoseOfTheFullPod compares random pods, most of them in the middle of a resize, with what the informer keeps of
// them: requests of several resources, at pod level, of containers and of sidecars.
func TestRequestsAreThoseOfTheFullPod(t *testing.T) {
	resized := 0
	for seed := range uint64(5000) {
		g := rand.New(rand.NewPCG(seed, 9))
		some := func() string { return fmt.Sprintf("%dm", 100*(1+g.IntN(4))) }
		maybe := func() string {
			if g.IntN(3) == 0 {
				return ""
			}
			return some()
		}
		pod := &corev1.Pod{}
		for i := range 1 + g.IntN(3) {
			c := requesting(fmt.Sprint("c", i), some())
			if g.IntN(2) == 0 {
				c.Resources.Requests[corev1.ResourceMemory] = resource.MustParse(fmt.Sprintf("%dMi", 1+g.IntN(9)))
			}
			if status := reported(c.Name, maybe(), maybe()); g.IntN(2) == 0 {
				pod.Spec.Containers, pod.Status.ContainerStatuses = append(pod.Spec.Containers, c), append(pod.Status.ContainerStatuses, status)
			} else {
				if g.IntN(2) == 0 {
					c.RestartPolicy = new(corev1.ContainerRestartPolicyAlways)
				}
				pod.Spec.InitContainers, pod.Status.InitContainerStatuses = append(pod.Spec.InitContainers, c), append(pod.Status.InitContainerStatuses, status)
			}
		}
		if g.IntN(3) == 0 {
			pod.Spec.Resources, pod.Spec.Overhead = &corev1.ResourceRequirements{Requests: cpu(some())}, cpu(some())
			pod.Status.AllocatedResources = cpu(some())
			pod.Status.Resources = &corev1.ResourceRequirements{Requests: cpu(some())}
		}
		for _, container := range []string{"", "c0"} {
			for _, resource := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
				var answers [2][2]string // as actuated and as specified, of the full pod and of the compact one
				for j, asSpecified := range []bool{false, true} {
					want, problem := plainRequests([]*corev1.Pod{pod}, resource, container, asSpecified)
					answers[0][j] = fmt.Sprint(want, problem)
					got, problem := Requests([]*Pod{NewPod(pod)}, resource, container, asSpecified)
					answers[1][j] = fmt.Sprint(got, problem)
				}
				if answers[0] != answers[1] {
					t.Fatalf("seed %d, container %q, %s: in full %q, compact %q", seed, container, resource, answers[0], answers[1])
				}
				if answers[0][0] != answers[0][1] {
					resized++
				}
			}
		}
	}
	if resized < 1000 {
		t.Errorf("only %d pods were in the middle of a resize", resized)
	}
}
