package target

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unique"

	corev1 "k8s.io/api/core/v1"

	"flyball.dev/flyball/autoscaler/engine"
)

const (
	// maxMessage bounds a message about a pod or a target, in bytes.
	maxMessage = 300
	// crashes is the number of restarts from which a container that is not ready is crash looping, also while it runs between two
	// of them.
	crashes = 2
)

// obstacleOf returns what keeps a pod from running, and the message of who reports it. Pods of a target with the same obstacle have
// the same message, so that it is kept once: it does not name the pod.
func obstacleOf(pod *corev1.Pod) (engine.Obstacle, string) {
	switch pod.Status.Phase {
	case corev1.PodSucceeded, corev1.PodFailed:
		return engine.NoObstacle, ""
	}
	for i := range pod.Status.Conditions {
		switch c := &pod.Status.Conditions[i]; {
		case c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue:
			return engine.NoObstacle, ""
		case c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse && pod.Status.NominatedNodeName == "":
			// With a nominated node, the pod waits for the end of others there, or for the node.
			return unscheduled(c), shortened(cmp.Or(c.Message, c.Reason))
		}
	}
	for _, statuses := range [...][]corev1.ContainerStatus{pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses} {
		for i := range statuses {
			if obstacle, message := obstacleOfContainer(&statuses[i]); obstacle != engine.NoObstacle {
				return obstacle, shortened("container " + statuses[i].Name + ": " + message)
			}
		}
	}
	return engine.NoObstacle, ""
}

// unscheduled returns the obstacle of a pod without a node. The scheduler has one reason for all, and names volume claims in its message.
func unscheduled(c *corev1.PodCondition) engine.Obstacle {
	if strings.Contains(strings.ToLower(c.Message), "persistentvolumeclaim") {
		return engine.VolumeUnbound
	}
	return engine.Unschedulable
}

// waits are the reasons of the kubelet for which a container waits that will not start by itself soon.
var waits = map[string]engine.Obstacle{
	"ImagePullBackOff":           engine.ImageUnavailable,
	"ErrImagePull":               engine.ImageUnavailable,
	"ErrImageNeverPull":          engine.ImageUnavailable,
	"InvalidImageName":           engine.ImageUnavailable,
	"ImageInspectError":          engine.ImageUnavailable,
	"RegistryUnavailable":        engine.ImageUnavailable,
	"SignatureValidationFailed":  engine.ImageUnavailable,
	"CreateContainerConfigError": engine.ContainerError,
	"CreateContainerError":       engine.ContainerError,
	"RunContainerError":          engine.ContainerError,
	"PreStartHookError":          engine.ContainerError,
	"PostStartHookError":         engine.ContainerError,
	"CrashLoopBackOff":           engine.CrashLoop,
}

func obstacleOfContainer(status *corev1.ContainerStatus) (engine.Obstacle, string) {
	obstacle := engine.NoObstacle
	if status.State.Waiting != nil {
		obstacle = waits[status.State.Waiting.Reason]
	}
	last := status.LastTerminationState.Terminated
	failed := last != nil && last.ExitCode != 0 && status.RestartCount >= crashes && !status.Ready
	switch {
	case obstacle == engine.CrashLoop && last == nil:
		return engine.CrashLoop, "CrashLoopBackOff"
	case obstacle == engine.CrashLoop, obstacle == engine.NoObstacle && failed:
		// The message of the kubelet has the name of the pod.
		return engine.CrashLoop, fmt.Sprintf("CrashLoopBackOff: %s, exit code %d", cmp.Or(last.Reason, "ended"), last.ExitCode)
	case obstacle != engine.NoObstacle:
		w := status.State.Waiting
		return obstacle, strings.TrimSuffix(w.Reason+": "+w.Message, ": ")
	default:
		return engine.NoObstacle, ""
	}
}

// shortened returns a message in one line of at most maxMessage bytes.
func shortened(message string) string {
	message = strings.Join(strings.Fields(message), " ")
	if len(message) <= maxMessage {
		return message
	}
	return strings.ToValidUTF8(message[:maxMessage-len("…")], "") + "…"
}

// BlockedBy returns the message about the obstacle that most of the pods have; empty where none has one. Messages of pods that a
// rollout has superseded count only where no other pod has one.
func BlockedBy(pods []*Pod, observed []engine.Pod) string {
	var counts map[unique.Handle[string]]int
	var most unique.Handle[string]
	for i, pod := range pods {
		if p := &observed[i]; p.Obstacle == engine.NoObstacle || p.Deleting {
			continue
		}
		if counts == nil {
			counts = map[unique.Handle[string]]int{}
		}
		if observed[i].Superseded {
			counts[pod.obstacle]++
		} else {
			counts[pod.obstacle] += len(pods) + 1
		}
		if counts[pod.obstacle] > counts[most] { // of equal counts, the first one by the names of the pods
			most = pod.obstacle
		}
	}
	if counts == nil {
		return ""
	}
	return most.Value()
}

// markSuperseded sets [engine.Pod.Superseded].
func markSuperseded(pods []*Pod, observed []engine.Pod) {
	fails := func(p engine.Pod) bool { return p.Obstacle >= engine.ImageUnavailable }
	if !slices.ContainsFunc(observed, fails) {
		return
	}
	serving := map[unique.Handle[owner]]bool{}
	for i := range observed {
		if p := &observed[i]; p.Readiness == engine.Ready && !p.Deleting {
			serving[pods[i].controller] = true
		}
	}
	for i := range observed {
		observed[i].Superseded = fails(observed[i]) && len(serving) > 0 && !serving[pods[i].controller]
	}
}
