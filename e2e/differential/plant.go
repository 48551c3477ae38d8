package differential

import (
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// plant simulates the pods of a target, with random starts, failures and deletions.
type plant struct {
	random
	pods   []*corev1.Pod
	serial int
	// accidentEvery is the mean number of steps between accidents of a pod; a step of a pod takes slow steps in the mean.
	accidentEvery, slow int
	// requests sets the requests of a pod.
	requests func(*corev1.Pod)
}

// mostPods is the highest number of replicas that a plant makes.
const mostPods = 40

func newPlant(d random) *plant {
	p := &plant{random: d, accidentEvery: pick(d, 400, 60, 25, 8), slow: pick(d, 1, 2, 4)}
	p.requests = p.requesting()
	return p
}

// advance moves the pods on to now, and their number towards the replicas.
func (p *plant) advance(replicas int32, now time.Time) []*corev1.Pod {
	p.pods = slices.DeleteFunc(p.pods, func(pod *corev1.Pod) bool { return ended(pod) && p.oneIn(1+p.slow) })
	for _, pod := range p.pods {
		p.advancePod(pod, now)
	}
	p.scale(int(min(replicas, mostPods)), now)
	pods := make([]*corev1.Pod, len(p.pods))
	for i, pod := range p.pods {
		pods[i] = pod.DeepCopy()
	}
	return pods
}

func ended(pod *corev1.Pod) bool {
	return pod.DeletionTimestamp != nil || pod.Status.Phase == corev1.PodFailed || pod.Status.Phase == corev1.PodSucceeded
}

// scale creates and deletes pods until the replicas are reached, or a few less or more as in a rollout.
func (p *plant) scale(replicas int, now time.Time) {
	alive := 0
	for _, pod := range p.pods {
		if !ended(pod) {
			alive++
		}
	}
	switch {
	case p.oneIn(12):
		replicas += p.upTo(4)
	case p.oneIn(12):
		replicas = max(0, replicas-p.upTo(4))
	}
	for ; alive < replicas && len(p.pods) < 2*mostPods; alive++ {
		p.pods = append(p.pods, p.pod(now))
	}
	for _, pod := range p.pods {
		if alive > replicas && !ended(pod) {
			pod.DeletionTimestamp = new(metav1.NewTime(now))
			alive--
		}
	}
}

// pod creates a pod.
func (p *plant) pod(now time.Time) *corev1.Pod {
	p.serial++
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Name: fmt.Sprintf("web-%d", p.serial), Namespace: namespace, Labels: map[string]string{"app": "web"},
	}}
	if p.oneIn(3) {
		pod.Labels["tier"] = "front"
	}
	if p.oneIn(30) {
		pod.Labels["app"] = "other"
	}
	pod.Status.Phase = corev1.PodPending
	if p.serial%8 == 0 { // not at random, so that a seed keeps its sequence
		pod.Status.Conditions = []corev1.PodCondition{{
			Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable, Message: "no node has room",
		}}
	}
	if p.serial%5 == 0 {
		pod.Spec.NodeName = unreliable
	}
	p.requests(pod)
	if p.oneIn(1 + p.slow) {
		p.start(pod, now)
	}
	return pod
}

// start makes a pod running, sometimes since a time before the step.
func (p *plant) start(pod *corev1.Pod, now time.Time) {
	started := now.Add(-time.Duration(pick(p.random, 0, 0, p.IntN(60), p.IntN(900))) * time.Second)
	pod.Status.Phase, pod.Status.StartTime = corev1.PodRunning, new(metav1.NewTime(started))
	p.ready(pod, pick(p.random, corev1.ConditionTrue, corev1.ConditionTrue, corev1.ConditionFalse),
		started.Add(time.Duration(pick(p.random, 0, 10, 29, 30, 31, p.IntN(90)))*time.Second))
}

// unreliable is the node of every fifth pod. Its pods are not ready when it is lost, and their containers are ready all the same.
const unreliable = "unreliable"

// ready sets the condition Ready; an empty status removes it. On the unreliable node it also sets ContainersReady, which upstream does not
// read.
func (p *plant) ready(pod *corev1.Pod, status corev1.ConditionStatus, since time.Time) {
	pod.Status.Conditions = nil
	if status == "" {
		return
	}
	condition := func(kind corev1.PodConditionType, status corev1.ConditionStatus) corev1.PodCondition {
		return corev1.PodCondition{Type: kind, Status: status, LastTransitionTime: metav1.NewTime(since)}
	}
	pod.Status.Conditions = []corev1.PodCondition{condition(corev1.PodReady, status)}
	if pod.Spec.NodeName == unreliable {
		pod.Status.Conditions = append(pod.Status.Conditions, condition(corev1.ContainersReady, corev1.ConditionTrue))
	}
}

// advancePod moves a pod on by a step.
func (p *plant) advancePod(pod *corev1.Pod, now time.Time) {
	recently := now.Add(-time.Duration(p.IntN(30)) * time.Second)
	switch {
	case ended(pod):
	case p.oneIn(p.accidentEvery):
		p.accident(pod, now, recently)
	case pod.Status.Phase == corev1.PodPending && p.oneIn(p.slow):
		p.start(pod, now)
	case pod.Status.Phase == corev1.PodRunning && !isReady(pod) && p.oneIn(p.slow):
		p.ready(pod, corev1.ConditionTrue, recently)
	}
}

func isReady(pod *corev1.Pod) bool {
	return len(pod.Status.Conditions) > 0 && pod.Status.Conditions[0].Status == corev1.ConditionTrue
}

// accident changes a pod at random.
func (p *plant) accident(pod *corev1.Pod, now, recently time.Time) {
	switch p.IntN(10) {
	case 0:
		pod.Status.Phase = corev1.PodFailed
	case 1:
		pod.Status.Phase = corev1.PodSucceeded
	case 2:
		pod.DeletionTimestamp = new(metav1.NewTime(now))
	case 3:
		pod.Status.StartTime = nil
	case 4:
		p.ready(pod, "", now)
	case 5:
		p.ready(pod, corev1.ConditionUnknown, recently)
	case 6: // a restart in place
		p.start(pod, now)
	case 7:
		pod.Status.Phase = pick(p.random, corev1.PodUnknown, corev1.PodPending)
	default:
		p.ready(pod, corev1.ConditionFalse, recently)
	}
}
