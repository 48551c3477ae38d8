package suite

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"flyball.dev/flyball/e2e/install"
	"flyball.dev/flyball/e2e/testcluster"
)

// TestAStoppedLeaderWritesNothing stops the leader as SIGSTOP does for longer than its lease, lets the other one scale, and continues it.
// The API server's audit log has no write of it after that, and it exits, because it has lost the lease. The long form has ten trials, in
// which it is stopped at other moments of its period.
func TestAStoppedLeaderWritesNothing(t *testing.T) {
	s := exclusiveEnvironment(t).newStory(t)
	second, err := s.Flyball.Replica(t.Context(), "autoscaler-second")
	if err != nil {
		t.Fatal(err)
	}
	s.restartAutoscaler("--period=1s")
	t.Cleanup(func() {
		second.Stop(context.WithoutCancel(t.Context()))
		s.restartAutoscaler()
	})
	s.deploy("web", 2)
	s.load("web", requests(17))
	s.apply(plain("web", ""))
	s.decided("web")
	trials := 1
	if *testcluster.Long {
		trials = 10
	}
	leader, standby := s.Flyball.Autoscaler, second
	for i := range trials {
		if err := standby.Start("--period=1s"); err != nil {
			t.Fatal(err)
		}
		s.stopsPastItsLease(leader, standby, time.Duration(i)*130*time.Millisecond, float64(30+17*i))
		leader, standby = standby, leader
	}
}

// stopsPastItsLease stops the leader a moment after the load has changed, so that a decision or a write may be under way.
func (s *story) stopsPastItsLease(leader, standby *install.Program, moment time.Duration, perSecond float64) {
	s.t.Helper()
	s.eventually("ready standby", func() (bool, string) {
		err := standby.Ready(s.t.Context())
		return err == nil, fmt.Sprint(err)
	})
	s.load("web", requests(perSecond))
	time.Sleep(moment)
	leader.Freeze()
	s.eventually("a write of the other autoscaler", func() (bool, string) {
		writes := s.scaleWrites()
		return len(writes) > 0 && writes[len(writes)-1].writer == standby.Credential(), fmt.Sprint(writes)
	})
	continued := time.Now()
	ended := leader.Thaw()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		s.t.Errorf("the stopped leader runs 20s after it was continued\n%s", leader.LogEnd(20))
	}
	s.t.Logf("the stopped leader ended %s after it was continued", time.Since(continued).Round(time.Millisecond))
	for _, w := range s.scaleWrites() {
		if w.writer == leader.Credential() && w.time.After(continued) {
			s.t.Errorf("the stopped leader wrote %d replicas %s after it was continued: code %d", w.replicas, w.time.Sub(continued), w.code)
		}
	}
	if log := leader.LogEnd(20); !strings.Contains(log, "lost the lease") {
		s.t.Errorf("the log does not say that the lease was lost\n%s", log)
	}
	leader.Stop(s.t.Context())
}
