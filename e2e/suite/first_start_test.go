package suite

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/e2e/testcluster"
)

// TestActivatedPodsAreNotRemovedBeforeTheyServe: at zero, a queue fills. The first pod takes a while to load, 90 seconds in the long form,
// and the queue is empty before that. The pod stays until it has served for a minute; the long form waits for the scale-in after it.
func TestActivatedPodsAreNotRemovedBeforeTheyServe(t *testing.T) {
	start := 12 * time.Second
	if *testcluster.Long {
		start = 90 * time.Second
	}
	s := parallelStory(t)
	s.applyDeployment("web", 1, start.String())
	backlog := func(items int) {
		s.apply(autoscaler("web", `
  minReplicas: 0
  maxReplicas: 5
  metrics: [`+constant(items)+`]
  behavior: {scaleDown: {stabilizationWindowSeconds: 0}}`))
	}
	backlog(0)
	s.conditionIs("ScaledToZero", "ScaledToZero")
	backlog(7)
	s.eventually("an activation", func() (bool, string) {
		asked, _ := s.replicas("web")
		return asked == 1, fmt.Sprint(asked)
	})
	activated := time.Now()
	backlog(0)
	s.eventually("a ready pod", func() (bool, string) {
		asked, ready := s.replicas("web")
		if asked != 1 {
			t.Fatalf("web went to %d replicas %s after its activation, before its pod served\n%s", asked, time.Since(activated), s.statuses())
		}
		return ready == 1, ""
	})
	t.Logf("the pod was ready %s after the activation", time.Since(activated).Round(time.Second))
	s.staysAt(1, 5*time.Second)
	if d := s.autoscaler("web").Status.Decision; d == nil || !strings.Contains(d.Reason, "first start: pods requested at zero replicas stay until one has been ready for 1m") {
		t.Errorf("got the decision %+v, want one for the first start", d)
	}
	if *testcluster.Long {
		s.scalesTo("web", 0)
		t.Logf("web was back at 0 replicas %s after the activation", time.Since(activated).Round(time.Second))
	}
}
