package suite

import (
	"context"
	"fmt"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/e2e/install"
)

// TestLeaderChangesInsideAWindow kills the leader of two autoscalers inside a window; the other one leads once the lease has
// expired. The first starts again as the standby, and leads at once when the other stops, as in a rollout. Only the lease
// shows the changes: the replicas, the events and the end of the window are as without them.
func TestLeaderChangesInsideAWindow(t *testing.T) {
	s := exclusiveEnvironment(t).newStory(t)
	first := s.Flyball.Autoscaler
	second, err := s.Flyball.Replica(t.Context(), "autoscaler-second")
	if err != nil {
		t.Fatal(err)
	}
	s.restartAutoscaler("--period=10s")
	t.Cleanup(func() {
		second.Stop(context.WithoutCancel(t.Context()))
		s.restartAutoscaler()
	})
	s.deploy("web", 2)
	s.load("web", requests(17))
	s.apply(plain("web", ""))
	s.decided("web")
	s.startStandby(second)
	from := inSeconds(3 * time.Second)
	to := from.Add(45 * time.Second)
	s.apply(`
kind: ScaleWindow
metadata: {name: rush}
spec: {targets: [{kind: HorizontalAutoscaler, name: web}], minReplicas: 6, ` + between(from, to) + "}")
	s.changesTo("web", 2, 6, from)
	s.scalesTo("web", 6)
	s.hasEvent(v1alpha1.EventWindowOpened, "Window ScaleWindow/rush opened; bounds are now 6 to 20")

	s.nextLeader("the leader is killed", second, first.Kill)
	s.startStandby(first)
	s.nextLeader("the leader stops", first, func() { s.stopsWithoutErrors(second) })
	if left := time.Until(to); left < time.Second {
		t.Fatalf("the leaders changed until %s before the end of the window, too late to see it close", left)
	}
	s.changesTo("web", 6, 2, to)
	s.hasEvent(v1alpha1.EventWindowClosed, "Window ScaleWindow/rush closed; bounds are now 1 to 20")
	s.hasEventOnce(v1alpha1.EventWindowOpened, v1alpha1.EventWindowClosed)
}

// startStandby starts an autoscaler beside one that leads, and waits until it has tried to lead.
func (s *story) startStandby(p *install.Program) {
	s.t.Helper()
	if err := p.Start("--period=10s"); err != nil {
		s.t.Fatal(err)
	}
	s.eventually("ready standby", func() (bool, string) {
		err := p.Ready(s.t.Context())
		return err == nil, fmt.Sprint(err)
	})
}

// nextLeader ends the leader, and waits until next holds the lease and has decided. Until then web stays at 6.
func (s *story) nextLeader(how string, next *install.Program, end func()) {
	s.t.Helper()
	before := s.leader()
	end()
	ended := time.Now()
	s.eventually("another leader after "+how, func() (bool, string) {
		if asked, _ := s.replicas("web"); asked != 6 {
			s.t.Fatalf("web went to %d replicas while leaders change, want 6\n%s", asked, s.statuses())
		}
		now := s.leader()
		return now != "" && now != before && s.hasDecided(next, "web"), now
	})
	s.t.Logf("another autoscaler led, and had decided, %s after %s", time.Since(ended).Round(time.Millisecond), how)
}

// hasDecided reports whether the process has made a decision: the status changes only when a decision does.
func (s *story) hasDecided(p *install.Program, name string) bool {
	s.t.Helper()
	_, err := p.Get(s.t.Context(), "/debug/bundle/"+s.namespace+"/"+name)
	return err == nil
}

// leader is the holder of the lease; empty where it is released.
func (s *story) leader() string {
	s.t.Helper()
	return ptr.Deref(s.lease(s.t).HolderIdentity, "")
}

func (env *environment) lease(t *testing.T) coordinationv1.LeaseSpec {
	t.Helper()
	lease, err := env.Client.CoordinationV1().Leases(install.Namespace).Get(t.Context(), "flyball-autoscaler", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return lease.Spec
}
