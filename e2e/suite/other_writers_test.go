package suite

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
)

// TestAnotherWriterIsNamed scales the target by kubectl each two seconds. The autoscaler names kubectl, and scales again once it has
// ended.
func TestAnotherWriterIsNamed(t *testing.T) {
	s := parallelStory(t)
	s.deploy("web", 4)
	s.load("web", requests(38))
	s.apply(tenEach)
	s.conditionIs("ScalingActive", "ValidMetricFound")
	ctx, stop := context.WithCancel(t.Context())
	var writer sync.WaitGroup
	writer.Go(func() { s.scaleEach(ctx, 2*time.Second, 9) })
	s.conditionIs("Conflicting", "OtherWriter")
	// A name that could not be read in time at first is in the condition, and in another event, from the next change on.
	s.hasEvent("Conflicting", `field manager "kubectl" changes the replicas of Deployment/web`)
	s.eventually("the field manager in the condition", func() (bool, string) {
		c := meta.FindStatusCondition(s.autoscaler("web").Status.Conditions, "Conflicting")
		return c != nil && strings.HasPrefix(c.Message, `field manager "kubectl" changes the replicas of Deployment/web`), fmt.Sprintf("%+v", c)
	})
	stop()
	writer.Wait()
	s.scalesTo("web", 4)
}

// scaleEach scales web by kubectl until ctx ends.
func (s *story) scaleEach(ctx context.Context, interval time.Duration, replicas int) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for ctx.Err() == nil {
		if out, err := s.kubectl("scale", "deployment", "web", fmt.Sprintf("--replicas=%d", replicas)); err != nil {
			s.t.Errorf("%v: %s", err, out)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

// TestAStrayHPAScalesAlone: while an HPA scales the target, the autoscaler does not and names the HPA; after its deletion it scales at
// once.
func TestAStrayHPAScalesAlone(t *testing.T) {
	s := parallelStory(t)
	s.deploy("web", 4)
	s.load("web", requests(38))
	s.apply(tenEach)
	s.conditionIs("ScalingActive", "ValidMetricFound")
	s.apply(`
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: stray}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 6
  maxReplicas: 6
`)
	s.conditionIs("Conflicting", "ConflictingController")
	s.hasEvent("AmbiguousSelector", "Deployment/web is also the target of HorizontalPodAutoscaler stray: this HorizontalAutoscaler does not scale it")
	s.scalesTo("web", 6)
	s.staysAt(6, 5*time.Second)
	if out, err := s.kubectl("delete", "hpa", "stray"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	s.scalesTo("web", 4)
	s.conditionIs("Conflicting", "NoConflict")
}
