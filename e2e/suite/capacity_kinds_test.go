package suite

import (
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/e2e/testcluster"
)

// TestStatefulSetWithoutVolumes scales StatefulSets out whose third claim no volume satisfies; in the long form, the thirteenth of 40. The autoscaler requests no more than the
// pod that waits for it, and goes on once volumes are there. A StatefulSet that creates its pods in order is named by that pod. When the
// load falls, the highest ordinals leave first, and the claims stay.
func TestStatefulSetWithoutVolumes(t *testing.T) {
	testcluster.Parallel(t)
	room, want := int32(2), int32(6)
	if *testcluster.Long {
		room, want = 12, 40
	}
	for _, policy := range []string{"Parallel", "OrderedReady"} {
		t.Run(policy, func(t *testing.T) {
			s := parallelStory(t)
			s.addVolumes(0, int(room))
			s.deployStateful(policy, "")
			s.apply(ofStatefulSet(quickly(), ""))
			s.load("web", requests(float64(10*room-3)))
			s.statefulSetScalesTo(room)
			s.load("web", requests(float64(10*(room+1)-3)))
			s.isLimited("VolumeUnbound", fmt.Sprintf("%d of %d replicas run or start, 1 blocked: pod web-%d: ", room, room+1, room), "unbound immediate PersistentVolumeClaims")
			s.load("web", requests(float64(10*want-8)))
			s.statefulSetStaysAt(room+1, 12*time.Second)
			s.hasEvent("CapacityLimited", "unbound immediate PersistentVolumeClaims")
			s.describes("unbound immediate PersistentVolumeClaims")
			s.addVolumes(int(room), int(want))
			s.statefulSetScalesTo(want)
			s.scalesOutAfter(s.scheduled(fmt.Sprintf("web-%d", room)), time.Second) // the time of a condition is in whole seconds
			s.hasEvent("CapacityAvailable", "run or start")
			s.onlyScaledOut(want)
			s.load("web", requests(17))
			s.statefulSetScalesTo(2)
			s.hasClaims(want)
		})
	}
}

// TestOrderedPodThatIsNotReady: the third pod of a StatefulSet that creates its pods in order hangs in its start. Once it takes longer than
// the others did, the autoscaler names it and requests no more, and when the load falls, that pod leaves first.
func TestOrderedPodThatIsNotReady(t *testing.T) {
	s := parallelStory(t)
	s.addNode("room", 2)
	s.addVolumes(0, 6)
	s.deployStateful("OrderedReady", "Hang")
	s.addNode("failing", 60)
	s.apply(ofStatefulSet(quickly(), "startup: {cpuInitializationPeriod: 5s}"))
	s.load("web", requests(57))
	s.isLimited("PodNotReady", "2 of 6 replicas run or start, 4 blocked: the controller creates no pod before pod web-2 is ready")
	s.describes("the controller creates no pod before pod web-2 is ready")
	s.load("web", requests(97))
	s.statefulSetStaysAt(6, 12*time.Second)
	s.load("web", requests(17))
	s.statefulSetScalesTo(2)
	s.conditionIs("CapacityLimited", "CapacityAvailable")
	s.hasClaims(3)
}

// TestFailedJobLimitsScaleOut: the pods of a Job fail until its backoffLimit. The autoscaler says so, and requests no more.
func TestFailedJobLimitsScaleOut(t *testing.T) {
	s := parallelStory(t)
	s.applyObject(`
apiVersion: batch/v1
kind: Job
metadata: {name: web}
spec:
  parallelism: 2
  backoffLimit: 1
  template:
    metadata: {labels: {app: web}, annotations: {flyball.dev/ready-after: 1s, flyball.dev/fail-after: 5s}}
    spec:
      restartPolicy: Never
      containers:
      - {name: app, image: simulated, resources: {requests: {cpu: 100m, memory: 16Mi}}}
`)
	ofJob := func(load int) string {
		return strings.Replace(autoscaler("web", "  minReplicas: 2\n  maxReplicas: 20\n  metrics: ["+constant(load)+"]"),
			"apiVersion: apps/v1, kind: Deployment", "apiVersion: batch/v1, kind: Job", 1)
	}
	s.apply(ofJob(17))
	s.isLimited("FailedCreate", "pods cannot be created: BackoffLimitExceeded: Job has reached the specified backoff limit")
	s.describes("Job has reached the specified backoff limit")
	s.apply(ofJob(70))
	s.eventually("a decision that the Job limits", func() (bool, string) {
		decision := s.autoscaler("web").Status.Decision
		return decision != nil && strings.Contains(decision.Reason, "no scale-out above 2"), fmt.Sprintf("%+v", decision)
	})
	job, err := s.Client.BatchV1().Jobs(s.namespace).Get(t.Context(), "web", metav1.GetOptions{})
	if err != nil || *job.Spec.Parallelism != 2 {
		t.Errorf("got the parallelism %d, %v; want 2 as before", *job.Spec.Parallelism, err)
	}
}

// ofStatefulSet makes an autoscaler of a Deployment one of a StatefulSet, with more fields.
func ofStatefulSet(manifest, fields string) string {
	return strings.NewReplacer("kind: Deployment", "kind: StatefulSet", "maxReplicas:", fields+"\n  maxReplicas:").Replace(manifest)
}

// constant is a metric with this value, at an average of ten for each replica.
func constant(value int) string {
	return fmt.Sprintf(`{type: Prometheus, prometheus: {query: 'vector(%d)', target: {type: AverageValue, averageValue: "10"}}}`, value)
}
