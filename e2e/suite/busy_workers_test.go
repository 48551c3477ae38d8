package suite

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/e2e/cluster"
	"flyball.dev/flyball/e2e/install"
	"flyball.dev/flyball/e2e/queue"
)

// workers is the number of workers when the window opens. At first, all have an item.
const workers = 8

// TestIdleWorkersAreDeletedFirst runs two Deployments on queues of the same size, with many more workers than needed. The
// window of web names the metric of busy workers, so web scales in as its workers become idle; that of plain does not, so
// plain scales in at once. The autoscaler reads the metric directly, and through the adapter.
func TestIdleWorkersAreDeletedFirst(t *testing.T) {
	env := exclusiveEnvironment(t)
	queues, err := queue.Start(t.Context(), env.Client)
	if err != nil {
		t.Fatal(err)
	}
	scrape := cluster.ScrapeJob{Name: "busy", Static: []cluster.StaticTarget{{Targets: []string{queues.Address}}}}
	if err := env.AddScrape(t.Context(), scrape); err != nil {
		t.Fatal(err)
	}
	env.addRules(t, "busy", `
custom:
- name: jobs_in_progress
  query: max by (namespace, pod) (jobs_in_progress{namespace!="",pod!=""})
`)
	for _, way := range []string{"direct", "api"} {
		t.Run(way, func(t *testing.T) {
			s := env.newStory(t)
			if way == "api" {
				s.restartAutoscaler("--rules=", "--rules-configmap-selector=")
				t.Cleanup(func() { s.restartAutoscaler() })
			}
			s.scalesInWithIdleWorkers(queues)
		})
	}
}

// addRules adds rules by a ConfigMap, for as long as the test lasts.
func (env *environment) addRules(t *testing.T, name, rules string) {
	t.Helper()
	client := env.Client.CoreV1().ConfigMaps(install.Namespace)
	_, err := client.Create(t.Context(), &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"flyball.dev/rules": "yes"}},
		Data:       map[string]string{"rules.yaml": rules},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Delete(context.WithoutCancel(t.Context()), name, metav1.DeleteOptions{}); err != nil {
			t.Error(err)
		}
	})
}

func (s *story) scalesInWithIdleWorkers(queues *queue.Server) {
	s.t.Helper()
	web, plain := queue.Key{Namespace: s.namespace, Name: "web"}, queue.Key{Namespace: s.namespace, Name: "plain"}
	for _, key := range []queue.Key{web, plain} {
		s.applyObject(workersDeployment(key.Name))
	}
	for _, key := range []queue.Key{web, plain} {
		s.eventually("all workers of "+key.Name, func() (bool, string) {
			_, ready := s.replicas(key.Name)
			return ready == workers, fmt.Sprint(ready)
		})
	}
	from := time.Now().UTC().Truncate(second)
	to := from.Add(90 * second)
	for _, key := range []queue.Key{web, plain} {
		queues.Add(key, queue.Work{Start: from, Backlog: 16, Throughput: 0.08})
	}
	s.apply(workersAutoscaler("web", from, to, "busy: {metric: {name: jobs_in_progress}}"))
	s.apply(workersAutoscaler("plain", from, to, "longestItem: 1s"))

	const stay = "scale-in held at 8 until busy pods finish"
	s.eventually("a decision that keeps all workers", func() (bool, string) {
		text := s.flyball("explain", "web", "-o", "bundle", "--autoscaler-url", s.Flyball.Autoscaler.URL)
		return strings.Contains(strings.Join(strings.Fields(text), " "), stay), text // YAML folds long lines
	})
	s.replays(workers, stay)

	counts := map[int32]bool{}
	for looked := false; queues.State(web).Done.IsZero() && time.Now().Before(to); time.Sleep(100 * time.Millisecond) {
		asked, ready := s.replicas("web")
		counts[asked] = true
		if !looked && asked == ready && asked <= workers/2 {
			looked = true
			s.busyWorkersStay(queues, web)
		}
	}
	s.t.Logf("web was asked for %v", slices.Sorted(maps.Keys(counts)))
	if len(counts) < workers/2 {
		s.t.Errorf("got the replicas %v of web, want it to scale in as its workers finish", counts)
	}
	state := queues.State(web)
	if state.Done.IsZero() || state.Interrupted > 0 {
		s.t.Errorf("web was done at %s, and %d of its workers were deleted with an item", state.Done, state.Interrupted)
	}
	if state = queues.State(plain); state.Interrupted == 0 {
		s.t.Errorf("no worker of plain was interrupted either, so the test shows no difference: %+v", state)
	}
	s.scalesTo("web", 0)
}

// busyWorkersStay checks that each worker with an item exists and has the deletion cost of a busy pod.
func (s *story) busyWorkersStay(queues *queue.Server, key queue.Key) {
	s.t.Helper()
	pods, err := s.Client.CoreV1().Pods(s.namespace).List(s.t.Context(), metav1.ListOptions{LabelSelector: queue.Label + "=" + key.Name})
	if err != nil {
		s.t.Fatal(err)
	}
	left := map[string]string{}
	for i := range pods.Items {
		if pods.Items[i].DeletionTimestamp == nil {
			left[pods.Items[i].Name] = pods.Items[i].Annotations[corev1.PodDeletionCost]
		}
	}
	busy := queues.Busy(key) // later, so that some may have finished
	for _, worker := range busy {
		if left[worker] != "1" {
			s.t.Errorf("%s has an item: got the deletion cost %q, want 1; all workers: %v", worker, left[worker], left)
		}
	}
	status := s.autoscaler(key.Name).Status.Batches
	s.t.Logf("of %v, %v have an item", left, busy)
	if len(busy) == 0 || len(status) != 1 || status[0].Busy == nil {
		s.t.Errorf("%d work, and the status says %+v", len(busy), status)
	}
}

// crew is a Deployment of workers of the queue of its name.
func workersDeployment(name string) string {
	return fmt.Sprintf(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: %[1]s}
spec:
  replicas: %[2]d
  selector: {matchLabels: {queue: %[1]s}}
  template:
    metadata: {labels: {queue: %[1]s}, annotations: {flyball.dev/ready-after: 1s}}
    spec: {containers: [{name: worker, image: simulated, resources: {requests: {cpu: 10m}}}]}
`, name, workers)
}

func workersAutoscaler(name string, from, to time.Time, more string) string {
	return fmt.Sprintf(`
kind: HorizontalAutoscaler
metadata: {name: %[1]s}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: %[1]s}
  minReplicas: 0
  maxReplicas: %[2]d
  windows:
  - name: night
    %[3]s
    batch:
      backlog: {type: Prometheus, prometheus: {query: 'sum(queue_items{queue="%[1]s"})', target: {type: Value, value: 1}}}
      throughputPerReplica: {quantity: 80m}
      %[4]s
`, name, workers, between(from, to), more)
}
