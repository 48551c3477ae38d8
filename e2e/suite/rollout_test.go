package suite

import (
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/e2e/load"
	"flyball.dev/flyball/e2e/testcluster"
)

// TestRolloutDoesNotScale runs a rollout that doubles the pods for a while under steady load, its undoing, and one that pauses
// half-way. The replicas do not change. At first the stabilization window is 0, so that one wrong proposal would show.
func TestRolloutDoesNotScale(t *testing.T) {
	testcluster.Parallel(t)
	for name, tc := range map[string]struct {
		metric string
		demand load.Demand
		long   bool
	}{
		"CPU utilization":      {halfTheCPU, cores(0.285), false},
		"a metric of each pod": {tenRequests, requests(57), false},
		"an external metric":   {externalRequests, requests(57), true},
		"a query as average":   {queriedRequests, requests(57), false},
	} {
		if tc.long && !*testcluster.Long {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel() // mostly it waits
			s := shared.newStory(t)
			s.deploy("web", 2)
			s.surge("web")
			s.apply(undamped(tc.metric, 0))
			s.load("web", tc.demand)
			s.scalesTo("web", 6)
			s.staysAt(6, 15*time.Second) // until every rate has a whole window of samples

			s.rollout("restart", "deployment/web")
			s.surges("web", 6)
			s.staysAt(6, 15*time.Second)
			s.rollout("undo", "deployment/web")
			s.surges("web", 6)
			s.staysAt(6, 15*time.Second)

			// Old and new pods share the load while the rollout is paused. After the old ones are deleted, a rate over the new ones
			// has their earlier share for its whole range, and only stabilization bridges that.
			s.apply(undamped(tc.metric, 15))
			s.rollout("restart", "deployment/web")
			s.rollout("pause", "deployment/web")
			s.staysAt(6, 15*time.Second)
			s.rollout("resume", "deployment/web")
			s.rolledOut("web", 6)
			s.staysAt(6, 20*time.Second)
		})
	}
}

// TestOtherPodsWithTheSameLabelsAreNotCounted: another Deployment's pods have the labels that the target selects, and
// are idle. Upstream's HPA would take them for its own.
func TestOtherPodsWithTheSameLabelsAreNotCounted(t *testing.T) {
	s := parallelStory(t)
	s.deploy("web", 2)
	s.applyObject(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: web-idle}
spec:
  replicas: 6
  selector: {matchLabels: {app: web, idle: "true"}}
  template:
    metadata: {labels: {app: web, idle: "true"}, annotations: {flyball.dev/ready-after: 1h}}
    spec:
      containers:
      - {name: app, image: simulated, resources: {requests: {cpu: 100m, memory: 64Mi}}}
`)
	s.apply(tenEach)
	s.load("web", requests(47))
	s.scalesTo("web", 5)
	s.conditionIs("ScalingActive", "ValidMetricFound")
}

func TestTwoAutoscalersOfOneTargetDoNotScale(t *testing.T) {
	s := parallelStory(t)
	s.deploy("web", 2)
	s.load("web", requests(38))
	s.apply(strings.Replace(tenEach, "metadata: {name: web}", "metadata: {name: twin}", 1))
	s.scalesTo("web", 4)
	s.apply(tenEach)
	s.conditionIs("ScalingActive", "AmbiguousSelector")
	s.load("web", requests(68))
	s.staysAt(4, 15*time.Second)
	s.hasEvent("AmbiguousSelector", "twin")
	if out, err := s.kubectl("delete", "ha", "twin"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s.scalesTo("web", 7)
}

// TestNewLeaderKeepsTheStabilizationWindow kills the leader in the stabilization window. The next one has only the saved state,
// and must hold as long as the first would have: not shorter, and not longer, as after a restart of the window.
func TestNewLeaderKeepsTheStabilizationWindow(t *testing.T) {
	const window = 60 * time.Second
	s := exclusiveEnvironment(t).newStory(t)
	s.deploy("web", 1)
	s.apply(strings.Replace(query("10"),
		"stabilizationWindowSeconds: 5", fmt.Sprintf("stabilizationWindowSeconds: %d", int(window.Seconds())), 1))
	s.load("web", requests(57))
	s.scalesTo("web", 6)
	s.load("web", requests(17))
	fell := time.Now()
	s.conditionIs("AbleToScale", "ScaleDownStabilized")
	s.staysAt(6, time.Until(fell.Add(30*time.Second)))
	s.Flyball.Autoscaler.Kill()
	s.startAutoscaler()
	s.staysAt(6, time.Until(fell.Add(window-5*time.Second)))
	s.scalesTo("web", 2)
	// The rate takes ten seconds to fall; then the window; then a few ticks.
	if held := time.Since(fell); held > window+25*time.Second {
		t.Errorf("the replicas were held for %s: the new leader restarted the window", held)
	}
}

// surge makes a rollout start all new pods before it deletes old ones.
func (s *story) surge(name string) {
	s.t.Helper()
	out, err := s.kubectl("patch", "deployment", name, "--type=merge", "--patch",
		`{"spec":{"strategy":{"rollingUpdate":{"maxSurge":"100%","maxUnavailable":0}}}}`)
	if err != nil {
		s.t.Fatalf("%v: %s", err, out)
	}
}

func (s *story) rollout(arguments ...string) {
	s.t.Helper()
	if out, err := s.kubectl(append([]string{"rollout"}, arguments...)...); err != nil {
		s.t.Fatalf("kubectl rollout %s: %v: %s", strings.Join(arguments, " "), err, out)
	}
}

// undamped is an autoscaler of web with this metric and stabilization window, in seconds.
func undamped(metric string, stabilization int) string {
	return autoscaler("web", fmt.Sprintf(`
  maxReplicas: 30
  metrics: [%s]
  behavior: {scaleDown: {stabilizationWindowSeconds: %d}}`, metric, stabilization))
}

// surges waits for the end of a rollout, and checks that it had more pods than spec.replicas.
func (s *story) surges(name string, want int32) {
	s.t.Helper()
	if most := s.rolledOut(name, want); most <= want {
		s.t.Errorf("the rollout of %s never had more than %d pods: it did not surge", name, want)
	}
}

// rolledOut waits for the end of a rollout, and fails as soon as spec.replicas changes. It returns the highest number of pods.
func (s *story) rolledOut(name string, want int32) (most int32) {
	s.t.Helper()
	s.eventually("the end of the rollout of "+name, func() (bool, string) {
		got, err := s.Client.AppsV1().Deployments(s.namespace).Get(s.t.Context(), name, metav1.GetOptions{})
		if err != nil {
			return false, err.Error()
		}
		if asked := *got.Spec.Replicas; asked != want {
			s.t.Fatalf("%s went to %d replicas during its rollout, want %d\n%s", name, asked, want, s.statuses())
		}
		most = max(most, got.Status.Replicas)
		status := &got.Status
		done := status.ObservedGeneration == got.Generation && status.UpdatedReplicas == want && status.Replicas == want && status.ReadyReplicas == want
		return done, fmt.Sprintf("%+v", got.Status)
	})
	return most
}
