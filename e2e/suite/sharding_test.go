package suite

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"flyball.dev/flyball/e2e/chart"
	"flyball.dev/flyball/e2e/install"
	"flyball.dev/flyball/e2e/testcluster"
)

// TestShardsOfAKilledReplicaAreTakenOver runs two active autoscalers, whose objects get higher bounds all the time, and kills one of
// them. The other holds all shards, and has scaled every object, within fifteen seconds. The API server's log is the witness of all
// writes to scales. At the end one stops under load, and logs no error.
func TestShardsOfAKilledReplicaAreTakenOver(t *testing.T) {
	n, kills := 12, 1
	if *testcluster.Long {
		n, kills = 60, 4
	}
	s := exclusiveEnvironment(t).newStory(t)
	s.setSharding(true)
	t.Cleanup(func() { s.setSharding(false) })
	first := s.Flyball.Autoscaler
	second, err := s.Flyball.Replica(t.Context(), "autoscaler-second")
	if err != nil {
		t.Fatal(err)
	}
	s.restartAutoscaler("--sharding", "--period=5s")
	beside := second
	t.Cleanup(func() {
		beside.Stop(context.WithoutCancel(t.Context()))
		s.restartAutoscaler()
	})
	f := &shardedFleet{story: s, n: n, floor: 1}
	for i := range n {
		s.applyDeployment(f.name(i), 1, "1s")
		s.apply(scheduled(f.name(i), ""))
	}
	for range kills {
		f.startBeside(second)
		s.eventually("two processes that evaluate some of the objects each", func() (bool, string) {
			one, other := s.evaluates(first, n), s.evaluates(second, n)
			return one+other == n && one > 0 && other > 0, fmt.Sprintf("%d and %d of %d", one, other, n)
		})
		f.raise()
		f.areScaled()
		f.raise() // these are decided and written while one is killed
		killed := f.kill(first)
		f.raise()
		f.areScaled()
		took := time.Since(killed).Round(100 * time.Millisecond)
		t.Logf("all %d objects were scaled %s after one autoscaler was killed; %s%s", n, took, f.takeover(killed), f.lastWrites(killed))
		if took > 15*time.Second {
			t.Error("want all scaled within 15s")
		}
		first, second = second, first
	}
	f.checkWrites()
	f.raise()
	s.stopsWithoutErrors(first)
}

// setSharding gives the autoscaler the permissions that the chart has with sharding, or without.
func (s *story) setSharding(on bool) {
	s.t.Helper()
	rendered, err := chart.Render(chart.Release{
		Directory: "../../charts/flyball", Name: "flyball", Namespace: install.Namespace,
		Values: map[string]any{"image": map[string]any{"repository": "flyball.local/flyball"}, "autoscaler": map[string]any{"sharding": on}, "prometheus": map[string]any{"url": s.PrometheusURL}},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	ctx := context.WithoutCancel(s.t.Context())
	for _, object := range rendered.Objects {
		if object.GetKind() != "Role" || object.GetName() != "flyball-autoscaler" {
			continue
		}
		roles := s.Dynamic.Resource(schema.GroupVersionResource{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "roles"}).Namespace(install.Namespace)
		if _, err := roles.Apply(ctx, object.GetName(), object, metav1.ApplyOptions{FieldManager: "suite", Force: true}); err != nil {
			s.t.Fatal(err)
		}
		return
	}
	s.t.Fatal("the chart has no Role flyball-autoscaler")
}

// evaluates returns the number of the objects whose last decision a process has made.
func (s *story) evaluates(p *install.Program, n int) (count int) {
	s.t.Helper()
	for i := range n {
		if s.hasDecided(p, shardedName(i)) {
			count++
		}
	}
	return count
}

// scheduled is an autoscaler of a Deployment without load, so that only windows change it.
func scheduled(name, fields string) string {
	return autoscaler(name, `
  minReplicas: 1
  maxReplicas: 30
  metrics: [`+tenRequests+`]
  `+fields)
}

// shardHolders are the numbers of shards by holder; empty is for none.
func (s *story) shardHolders() map[string]int {
	s.t.Helper()
	holders := map[string]int{}
	for _, lease := range s.shardLeases() {
		holder := lease.Spec.HolderIdentity
		if holder == nil {
			holder = new("")
		}
		holders[*holder]++
	}
	return holders
}

func (s *story) shardLeases() []coordinationv1.Lease {
	s.t.Helper()
	leases, err := s.Client.CoordinationV1().Leases(install.Namespace).List(s.t.Context(), metav1.ListOptions{LabelSelector: "autoscaling.flyball.dev/lease=shard"})
	if err != nil {
		s.t.Fatal(err)
	}
	return leases.Items
}

// takeover says when the shards of a killed process were taken, by their leases.
func (f *shardedFleet) takeover(killed time.Time) string {
	f.t.Helper()
	var taken []time.Duration
	for _, lease := range f.shardLeases() {
		if acquired := lease.Spec.AcquireTime; acquired != nil && acquired.After(killed) {
			taken = append(taken, acquired.Sub(killed).Round(100*time.Millisecond))
		}
	}
	if len(taken) == 0 {
		return "no shard was taken"
	}
	return fmt.Sprintf("%d shards were taken from %s to %s after it", len(taken), slices.Min(taken), slices.Max(taken))
}
