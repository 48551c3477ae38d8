package target

import (
	"fmt"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/engine"
)

// noRoom is the message of a scheduler whose nodes have no room.
const noRoom = "0/3 nodes are available: 3 Too many pods. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod."

func unscheduledPod(message string) corev1.PodStatus {
	return corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{
		{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable, Message: message},
	}}
}

func waitingPod(reason, message string) corev1.PodStatus {
	return corev1.PodStatus{Phase: corev1.PodPending, ContainerStatuses: []corev1.ContainerStatus{
		{Name: "app", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}},
	}}
}

// crashedPod has a container that has ended with an error, and runs again.
func crashedPod(restarts int32, ready bool) corev1.PodStatus {
	status := corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{{
		Name: "app", RestartCount: restarts, Ready: ready, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}},
		LastTerminationState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 1, Reason: "Error"}},
	}}}
	if ready {
		status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	}
	return status
}

func TestObstacleOf(t *testing.T) {
	nominated := unscheduledPod(noRoom)
	nominated.NominatedNodeName = "node-1"
	initializing := waitingPod("PodInitializing", "")
	initializing.InitContainerStatuses = []corev1.ContainerStatus{{Name: "migrate", State: corev1.ContainerState{
		Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff", Message: `Back-off pulling image "migrate:2"`},
	}}}
	looping := crashedPod(5, false)
	looping.ContainerStatuses[0].State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{
		Reason: "CrashLoopBackOff", Message: "back-off 5m0s restarting failed container=app pod=web-1_shop(0c1f)",
	}}
	failed := crashedPod(5, false)
	failed.Phase = corev1.PodFailed
	for name, tc := range map[string]struct {
		status  corev1.PodStatus
		want    engine.Obstacle
		message string
	}{
		"no room on the nodes": {unscheduledPod(noRoom), engine.Unschedulable, noRoom},
		"a claim that is not bound": {
			unscheduledPod("0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims."), engine.VolumeUnbound,
			"0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
		},
		"a claim that does not exist": {
			unscheduledPod(`persistentvolumeclaim "data" not found`), engine.VolumeUnbound, `persistentvolumeclaim "data" not found`,
		},
		"a nominated node":                     {nominated, engine.NoObstacle, ""},
		"not looked at by the scheduler yet":   {corev1.PodStatus{Phase: corev1.PodPending}, engine.NoObstacle, ""},
		"creating its containers":              {waitingPod("ContainerCreating", ""), engine.NoObstacle, ""},
		"an image that is not there":           {waitingPod("ErrImagePull", "not\n found"), engine.ImageUnavailable, "container app: ErrImagePull: not found"},
		"an image of an init container":        {initializing, engine.ImageUnavailable, `container migrate: ImagePullBackOff: Back-off pulling image "migrate:2"`},
		"a ConfigMap that is not there":        {waitingPod("CreateContainerConfigError", `configmap "c" not found`), engine.ContainerError, `container app: CreateContainerConfigError: configmap "c" not found`},
		"a crash loop, without the pod's name": {looping, engine.CrashLoop, "container app: CrashLoopBackOff: Error, exit code 1"},
		"a crash loop between two crashes":     {crashedPod(2, false), engine.CrashLoop, "container app: CrashLoopBackOff: Error, exit code 1"},
		"one crash":                            {crashedPod(1, false), engine.NoObstacle, ""},
		"ready after crashes":                  {crashedPod(9, true), engine.NoObstacle, ""},
		"ended":                                {failed, engine.NoObstacle, ""},
		"a long message":                       {unscheduledPod(strings.Repeat("ä", 300)), engine.Unschedulable, strings.Repeat("ä", 148) + "…"},
	} {
		t.Run(name, func(t *testing.T) {
			got, message := obstacleOf(&corev1.Pod{Status: tc.status})
			if got != tc.want || message != tc.message {
				t.Errorf("obstacle %d with message %q, want %d with %q", got, message, tc.want, tc.message)
			}
		})
	}
}

// ownedPod is a pod of a ReplicaSet.
func ownedPod(set string, i int, status corev1.PodStatus) *Pod {
	return NewPod(&corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("%s-%d", set, i), OwnerReferences: []metav1.OwnerReference{
			{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: set, Controller: new(true)},
		}},
		Status: status,
	})
}

// TestFailingRolloutIsSuperseded: pods that crash do not count against the target while another ReplicaSet serves, and do where
// their own ReplicaSet serves, or none.
func TestFailingRolloutIsSuperseded(t *testing.T) {
	ready := crashedPod(0, true)
	for name, tc := range map[string]struct {
		pods []*Pod
		want []bool
	}{
		"a rollout that fails":         {[]*Pod{ownedPod("old", 0, ready), ownedPod("new", 0, crashedPod(4, false))}, []bool{false, true}},
		"one ReplicaSet":               {[]*Pod{ownedPod("new", 0, ready), ownedPod("new", 1, crashedPod(4, false))}, []bool{false, false}},
		"nothing serves":               {[]*Pod{ownedPod("old", 0, crashedPod(4, false)), ownedPod("new", 0, crashedPod(4, false))}, []bool{false, false}},
		"no room for the new template": {[]*Pod{ownedPod("old", 0, ready), ownedPod("new", 0, unscheduledPod(noRoom))}, []bool{false, false}},
	} {
		t.Run(name, func(t *testing.T) {
			for i, pod := range Observe(tc.pods) {
				if pod.Superseded != tc.want[i] {
					t.Errorf("pod %s: superseded %t, want %t", pod.Name, pod.Superseded, tc.want[i])
				}
			}
		})
	}
}

func TestBlockedByIsTheMessageOfMostPods(t *testing.T) {
	looping := crashedPod(4, false)
	pods := []*Pod{
		ownedPod("old", 0, crashedPod(0, true)), ownedPod("new", 0, looping), ownedPod("new", 1, looping), ownedPod("new", 2, looping),
		ownedPod("old", 1, unscheduledPod("another")), ownedPod("old", 2, unscheduledPod(noRoom)), ownedPod("old", 3, unscheduledPod(noRoom)),
	}
	if got := BlockedBy(pods, Observe(pods)); got != noRoom {
		t.Errorf("message %q, want that of the scheduler: the crashing pods are superseded", got)
	}
	if got := BlockedBy(pods[:4], Observe(pods[:4])); got != "container app: CrashLoopBackOff: Error, exit code 1" {
		t.Errorf("message %q, want that of the crashes", got)
	}
	if got := BlockedBy(pods[:1], Observe(pods[:1])); got != "" {
		t.Errorf("message %q for a pod that serves", got)
	}
}

func TestWhoRefusesPods(t *testing.T) {
	const quota = `pods "web-7d4b9" is forbidden: exceeded quota: pods, requested: pods=1, used: pods=12, limited: pods=12`
	condition := func(status corev1.ConditionStatus, reason string) []appsv1.DeploymentCondition {
		return []appsv1.DeploymentCondition{{Type: appsv1.DeploymentReplicaFailure, Status: status, Reason: reason, Message: quota}}
	}
	selector := &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
	for name, tc := range map[string]struct {
		object  any
		refused string
		ordered bool
	}{
		"a quota": {object: &appsv1.Deployment{
			Spec: appsv1.DeploymentSpec{Selector: selector}, Status: appsv1.DeploymentStatus{Conditions: condition(corev1.ConditionTrue, "FailedCreate")},
		}, refused: quota},
		"a deletion that fails": {object: &appsv1.Deployment{
			Spec: appsv1.DeploymentSpec{Selector: selector}, Status: appsv1.DeploymentStatus{Conditions: condition(corev1.ConditionTrue, "FailedDelete")},
		}},
		"a quota of a ReplicaSet": {object: &appsv1.ReplicaSet{
			Spec: appsv1.ReplicaSetSpec{Selector: selector}, Status: appsv1.ReplicaSetStatus{Conditions: []appsv1.ReplicaSetCondition{
				{Type: appsv1.ReplicaSetReplicaFailure, Status: corev1.ConditionTrue, Reason: "FailedCreate", Message: quota},
			}},
		}, refused: quota},
		"a quota of a ReplicationController": {object: &corev1.ReplicationController{
			Status: corev1.ReplicationControllerStatus{Conditions: []corev1.ReplicationControllerCondition{
				{Type: corev1.ReplicationControllerReplicaFailure, Status: corev1.ConditionTrue, Reason: "FailedCreate", Message: quota},
			}},
		}, refused: quota},
		"a StatefulSet": {object: &appsv1.StatefulSet{Spec: appsv1.StatefulSetSpec{Selector: selector}}, ordered: true},
		"a parallel StatefulSet": {object: &appsv1.StatefulSet{
			Spec: appsv1.StatefulSetSpec{Selector: selector, PodManagementPolicy: appsv1.ParallelPodManagement},
		}},
		"a Job at its backoffLimit": {object: nightJob(func(j *batchv1.Job) {
			j.Status.Failed = 7
			j.Status.Conditions = []batchv1.JobCondition{{
				Type: batchv1.JobFailed, Status: corev1.ConditionTrue, Reason: "BackoffLimitExceeded", Message: "Job has reached the specified backoff limit",
			}}
		}), refused: "BackoffLimitExceeded: Job has reached the specified backoff limit (7 pods failed)"},
		"a Job at its backoffLimit before its pods are counted": {object: nightJob(func(j *batchv1.Job) {
			j.Status.Conditions = []batchv1.JobCondition{{
				Type: batchv1.JobFailureTarget, Status: corev1.ConditionTrue, Reason: "BackoffLimitExceeded", Message: "Job has reached the specified backoff limit",
			}}
		}), refused: "BackoffLimitExceeded: Job has reached the specified backoff limit"},
	} {
		t.Run(name, func(t *testing.T) {
			object, err := compactScale(tc.object)
			if err != nil {
				t.Fatal(err)
			}
			if got := object.(*scaled); got.Refused != tc.refused || got.Ordered != tc.ordered {
				t.Errorf("refused %q, ordered %t; want %q, %t", got.Refused, got.Ordered, tc.refused, tc.ordered)
			}
		})
	}
}
