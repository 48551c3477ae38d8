package suite

import (
	"context"
	"fmt"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"flyball.dev/flyball/e2e/chart"
	"flyball.dev/flyball/e2e/install"
)

// TestShardsOfAKilledReplicaAreTakenOver runs two active autoscalers, and kills one. The other holds all shards, and has decided
// about every object, within fifteen seconds. Before that both have scaled their objects; each change of replicas is one step,
// by one of them.
func TestShardsOfAKilledReplicaAreTakenOver(t *testing.T) {
	const n = 12
	s := exclusiveEnvironment(t).newStory(t)
	s.setSharding(true)
	t.Cleanup(func() { s.setSharding(false) })
	first := s.Flyball.Autoscaler
	second, err := s.Flyball.Replica("autoscaler-second")
	if err != nil {
		t.Fatal(err)
	}
	s.restartAutoscaler("--sharding", "--period=5s")
	t.Cleanup(func() {
		second.Stop(context.WithoutCancel(t.Context()))
		s.restartAutoscaler()
	})
	if err := second.Start("--sharding", "--period=5s"); err != nil {
		t.Fatal(err)
	}
	s.eventually("two holders of shards", func() (bool, string) {
		holders := s.shardHolders()
		return len(holders) == 2 && holders[""] == 0, fmt.Sprint(holders)
	})
	name := func(i int) string { return fmt.Sprintf("web-%02d", i) }
	for i := range n {
		s.applyDeployment(name(i), 1, "1s")
		s.apply(scheduled(name(i), ""))
	}
	for i := range n {
		s.decided(name(i))
	}
	one, other := s.evaluates(first, n), s.evaluates(second, n)
	if one+other != n || one == 0 || other == 0 {
		t.Errorf("the autoscalers evaluate %d and %d objects, want %d in all, and some each", one, other, n)
	}

	first.Kill()
	killed := time.Now()
	for i := range n { // the floor of a window, which no autoscaler can know before
		s.apply(scheduled(name(i), "windows: [{name: rush, minReplicas: 3, "+between(inSeconds(-time.Minute), inSeconds(time.Hour))+"}]"))
	}
	for i := range n {
		s.eventually(name(i)+" at 3 replicas", func() (bool, string) {
			asked, _ := s.replicas(name(i))
			return asked == 3, fmt.Sprint(asked)
		})
	}
	if took := time.Since(killed); took > 15*time.Second {
		t.Errorf("all objects were scaled %s after one autoscaler was killed, want within 15s", took)
	} else {
		t.Logf("all objects were scaled %s after one autoscaler was killed", took.Round(100*time.Millisecond))
	}
	for i := range n {
		if changes := s.changes(name(i)); changes != 1 {
			t.Errorf("%s was changed %d times, want once", name(i), changes)
		}
	}
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
		if s.hasDecided(p, fmt.Sprintf("web-%02d", i)) {
			count++
		}
	}
	return count
}

// scheduled is an autoscaler of a Deployment without load, so that only windows change it.
func scheduled(name, fields string) string {
	return autoscaler(name, `
  minReplicas: 1
  maxReplicas: 10
  metrics: [`+tenRequests+`]
  `+fields)
}

// shardHolders are the numbers of shards by holder; empty is for none.
func (s *story) shardHolders() map[string]int {
	s.t.Helper()
	leases, err := s.Client.CoordinationV1().Leases(install.Namespace).List(s.t.Context(), metav1.ListOptions{LabelSelector: "autoscaling.flyball.dev/lease=shard"})
	if err != nil {
		s.t.Fatal(err)
	}
	holders := map[string]int{}
	for i := range leases.Items {
		holder := leases.Items[i].Spec.HolderIdentity
		if holder == nil {
			holder = new("")
		}
		holders[*holder]++
	}
	return holders
}

// changes is how often the spec of a Deployment has changed since it was created.
func (s *story) changes(name string) int64 {
	s.t.Helper()
	got, err := s.Client.AppsV1().Deployments(s.namespace).Get(s.t.Context(), name, metav1.GetOptions{})
	if err != nil {
		s.t.Fatal(err)
	}
	return got.Generation - 1
}
