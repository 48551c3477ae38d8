package suite

import (
	"fmt"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/e2e/load"
	"flyball.dev/flyball/e2e/testcluster"
)

// canaryMetric is a metric, and a demand as of this many pods at 95 % of their target.
type canaryMetric struct {
	metric string
	demand func(pods float64) load.Demand
	// long metrics are for the long form.
	long bool
}

var canaryMetrics = map[string]canaryMetric{
	"CPU utilization":      {halfTheCPU, func(pods float64) load.Demand { return cores(0.0475 * pods) }, false},
	"a metric of each pod": {tenRequests, func(pods float64) load.Demand { return requests(9.5 * pods) }, true},
	"an external metric":   {externalRequests, func(pods float64) load.Demand { return requests(9.5 * pods) }, true},
	"a query as average":   {queriedRequests, func(pods float64) load.Demand { return requests(9.5 * pods) }, false},
}

// eachCanaryMetric runs a story of canaries by each metric; the short form leaves out some. A phase lasts for the given time.
func eachCanaryMetric(t *testing.T, run func(s *story, m canaryMetric, phase time.Duration)) {
	t.Helper()
	testcluster.Parallel(t)
	phase := 4 * time.Second
	if *testcluster.Long {
		phase = 20 * time.Second
	}
	for name, m := range canaryMetrics {
		if m.long && !*testcluster.Long {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel() // mostly it waits
			run(shared.newStory(t), m, phase)
		})
	}
}

// TestPausedRolloutsDoNotScale: a Deployment has two ReplicaSets of different size while its rollout is paused: a canary of one pod beside six,
// of three, and as many as before, as with blue and green. Each is rolled back, and the last one promoted. Replicas do not change.
func TestPausedRolloutsDoNotScale(t *testing.T) {
	eachCanaryMetric(t, func(s *story, m canaryMetric, phase time.Duration) {
		const replicas = 6
		s.deploy("web", replicas)
		s.load("web", m.demand(replicas))
		s.apply(undamped(m.metric, 15))
		s.staysAt(replicas, 12*time.Second) // until every rate has a whole window of samples
		for _, canary := range []int32{1, 3, replicas} {
			s.startCanary(canary, replicas)
			s.rollout("pause", "deployment/web")
			s.staysAt(replicas, phase)
			s.rollout("resume", "deployment/web")
			if canary == replicas {
				break
			}
			s.rollout("undo", "deployment/web")
			s.patchRollout(canary, 0)
			s.rolledOut("web", replicas)
			s.staysAt(replicas, phase)
		}
		s.patchRollout(replicas, 0)
		s.rolledOut("web", replicas)
		s.staysAt(replicas, 20*time.Second) // until no sample reaches back to the pods that left
	})
}

// startCanary starts a rollout that stays at this many new pods beside the old ones, because no new pod is available for an hour.
func (s *story) startCanary(canary, replicas int32) {
	s.t.Helper()
	s.patchRollout(canary, time.Hour)
	s.rollout("restart", "deployment/web")
	s.eventually(fmt.Sprintf("a canary of %d pods", canary), func() (bool, string) {
		got, err := s.Client.AppsV1().Deployments(s.namespace).Get(s.t.Context(), "web", metav1.GetOptions{})
		if err != nil {
			return false, err.Error()
		}
		if asked := *got.Spec.Replicas; asked != replicas {
			s.t.Fatalf("web went to %d replicas beside a canary of %d, want %d\n%s", asked, canary, replicas, s.statuses())
		}
		status := &got.Status
		both := status.UpdatedReplicas == canary && status.ReadyReplicas == replicas+canary
		return both && status.ObservedGeneration == got.Generation, fmt.Sprintf("%+v", got.Status)
	})
}

// patchRollout sets how many new pods the Deployment web may have beside the old ones, and after which time it takes them as available.
func (s *story) patchRollout(surge int32, available time.Duration) {
	s.t.Helper()
	out, err := s.kubectl("patch", "deployment", "web", "--type=merge", "--patch", fmt.Sprintf(
		`{"spec": {"minReadySeconds": %d, "progressDeadlineSeconds": 7200, "strategy": {"rollingUpdate": {"maxSurge": %d, "maxUnavailable": 0}}}}`,
		int(available.Seconds()), surge))
	if err != nil {
		s.t.Fatalf("%v: %s", err, out)
	}
}

// TestCanaryDeploymentsDoNotScale: a second Deployment has pods with the labels that the first one and their Service select. A canary of one
// pod takes a thirteenth of the load, which is within the tolerance. A second Deployment of full size would take half of the load of each
// pod; by a metric of all pods, it changes nothing either.
func TestCanaryDeploymentsDoNotScale(t *testing.T) {
	eachCanaryMetric(t, func(s *story, m canaryMetric, phase time.Duration) {
		const replicas = 12
		sizes := []int32{1, replicas, 0}
		if m.metric == halfTheCPU || m.metric == tenRequests {
			sizes = []int32{1, 0}
		}
		s.applyObject("apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n")
		s.deploy("web", replicas)
		s.load("web", m.demand(replicas*1.04)) // with a thirteenth less, still within the tolerance
		s.apply(undamped(m.metric, 15))
		s.staysAt(replicas, 12*time.Second)
		for _, size := range sizes {
			s.applyObject(fmt.Sprintf(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: web-canary}
spec:
  replicas: %d
  selector: {matchLabels: {app: web, track: canary}}
  template:
    metadata: {labels: {app: web, track: canary}, annotations: {flyball.dev/ready-after: 1s}}
    spec:
      containers:
      - {name: app, image: simulated, resources: {requests: {cpu: 100m, memory: 16Mi}}}
`, size))
			s.scalesTo("web-canary", size)
			s.staysAt(replicas, phase)
		}
		s.staysAt(replicas, 20*time.Second) // until no sample reaches back to the pods that left
	})
}
