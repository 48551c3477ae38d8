package suite

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"flyball.dev/flyball/e2e/realnode"
	"flyball.dev/flyball/e2e/testcluster"
)

// TestRealNode has no simulated part: containers burn CPU, the kernel accounts it to their control groups, the kubelet's
// cAdvisor reads it, Prometheus scrapes the kubelet, and the autoscaler scales on it.
func TestRealNode(t *testing.T) {
	env := environmentOf(t, forRealNode)
	testcluster.ReserveRealNode(t)
	folder := t.TempDir() // before the node, so that it is removed after the burners have ended
	env.AddRealNode(t)
	t.Run("burnt CPU scales out and in", func(t *testing.T) { burntCPUScales(env.newStory(t), filepath.Join(folder, "scale")) })
	t.Run("a resize does not scale", func(t *testing.T) { resizeDoesNotScale(env.newStory(t), filepath.Join(folder, "resize")) })
}

func burntCPUScales(s *story, folder string) {
	s.deployBurners(folder, 2, 15)
	// The target is 50m for each pod. The loads lie between two counts, so that the precision of the kernel's accounting does not
	// matter: the proposal is 5.7 pods, and six of them use 95 % of the target.
	s.burn(folder, 285)
	s.settlesAt("web", 6, 10*time.Second)
	s.burn(folder, 95)
	s.settlesAt("web", 2, 10*time.Second)
	s.readsMetricsBy("direct")
	s.hasEvent("SuccessfulRescale", "cpu")
}

// resizeDoesNotScale resizes pods in place while they burn the same CPU. The replicas change neither while a resize is
// actuated nor while the node defers one, when only the spec of the pods has the new requests.
func resizeDoesNotScale(s *story, folder string) {
	s.deployBurners(folder, 4, 0)
	s.burn(folder, 295)
	s.settlesAt("web", 6, 15*time.Second)
	pods := s.burners("web")
	// 295m of 610m are 48 %, which is within the tolerance, and so is a measurement that is off by a tenth of it almost.
	s.resize(pods[0].Name, "110m")
	s.eventually("one pod resized", func() (bool, string) {
		status := s.burner(pods[0].Name).Status.ContainerStatuses[0]
		actuated := status.Resources.Requests[corev1.ResourceCPU]
		return actuated.String() == "110m" && status.RestartCount == 0, fmt.Sprintf("%+v", status.Resources)
	})
	s.staysAt(6, 20*time.Second)
	for _, pod := range pods[1:] {
		s.resize(pod.Name, "1900m") // fits the node, but not beside the others
	}
	s.eventually("resizes deferred", func() (bool, string) {
		for _, pod := range pods[1:] {
			if now := s.burner(pod.Name); !deferred(now) {
				return false, fmt.Sprintf("%s has the conditions %+v", pod.Name, now.Status.Conditions)
			}
		}
		return true, ""
	})
	s.staysAt(6, 20*time.Second)
}

func deferred(pod *corev1.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodResizePending && c.Reason == corev1.PodReasonDeferred {
			return true
		}
	}
	return false
}

// resize asks for another CPU request of a burner that runs.
func (s *story) resize(pod, cpu string) {
	s.t.Helper()
	patch := fmt.Sprintf(`{"spec":{"containers":[{"name":"burner","resources":{"requests":{"cpu":%q}}}]}}`, cpu)
	_, err := s.Client.CoreV1().Pods(s.namespace).Patch(
		s.t.Context(), pod, types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{}, "resize")
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *story) burner(name string) *corev1.Pod {
	s.t.Helper()
	pod, err := s.Client.CoreV1().Pods(s.namespace).Get(s.t.Context(), name, metav1.GetOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	return pod
}

func (s *story) burners(app string) []corev1.Pod {
	s.t.Helper()
	pods, err := s.Client.CoreV1().Pods(s.namespace).List(s.t.Context(), metav1.ListOptions{LabelSelector: "app=" + app})
	if err != nil || len(pods.Items) == 0 {
		s.t.Fatalf("%d pods, %v", len(pods.Items), err)
	}
	return pods.Items
}

// deployBurners creates web, real containers whose load is in the folder, and its autoscaler at 50 % of the CPU with a
// stabilization window in seconds.
func (s *story) deployBurners(folder string, replicas int32, stabilization int) {
	s.t.Helper()
	if err := os.Mkdir(folder, 0o755); err != nil {
		s.t.Fatal(err)
	}
	s.burn(folder, 0)
	burners := realnode.Burners("web", folder, replicas, "100m")
	if _, err := s.Client.AppsV1().Deployments(s.namespace).Create(s.t.Context(), burners, metav1.CreateOptions{}); err != nil {
		s.t.Fatal(err)
	}
	s.scalesTo("web", replicas)
	s.apply(autoscaler("web", fmt.Sprintf(`
  minReplicas: 1
  maxReplicas: 12
  metrics: [%s]
  behavior: {scaleDown: {stabilizationWindowSeconds: %d}}
  startup: {cpuInitializationPeriod: 5s, initialReadinessDelay: 5s}`, halfTheCPU, stabilization)))
}

// burn sets the CPU that all burners of a folder burn together.
func (s *story) burn(folder string, millicores float64) {
	s.t.Helper()
	if err := realnode.SetLoad(folder, millicores); err != nil {
		s.t.Fatal(err)
	}
}

// settlesAt waits until the Deployment has kept a number of ready pods for some time. While pods come and go their usage
// is measured over windows that reach back to before, so a count may be passed through, or by, on the way.
func (s *story) settlesAt(name string, want int32, during time.Duration) {
	s.t.Helper()
	start, since := time.Now(), time.Time{}
	s.eventually(fmt.Sprintf("%s settled at %d replicas", name, want), func() (bool, string) {
		asked, ready := s.replicas(name)
		if asked != want || ready != want {
			since = time.Time{}
		} else if since.IsZero() {
			since = time.Now()
		}
		return !since.IsZero() && time.Since(since) >= during, fmt.Sprintf("%d asked for, %d ready", asked, ready)
	})
	s.t.Logf("%s settled at %d replicas after %.0f s", name, want, since.Sub(start).Seconds())
}
