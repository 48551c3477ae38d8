package suite

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/e2e/cluster"
	"flyball.dev/flyball/e2e/queue"
	"flyball.dev/flyball/e2e/testcluster"
)

const (
	most = 12 // maxReplicas
	// apart is the time between the starts of two windows, because a machine of two cores cannot start all pods at once.
	apart = 2 * time.Second
)

// night is the duration of the windows.
func night() time.Duration {
	if *testcluster.Long {
		return 150 * time.Second
	}
	return 90 * time.Second
}

// batch is a queue, its workers and their autoscaler.
type batch struct {
	name string
	job  bool
	// start is how long its pods take until they are ready, throughput the throughput of its spec, and way the kind of that.
	start           time.Duration
	way, throughput string
	arrivals        bool
	work            queue.Work
	to              time.Time
	// completed is true for a Job whose pods were completed.
	completed bool
}

// TestBatches runs queues in parallel, with Deployments and Jobs as workers, whose throughput, arrivals and start times come
// from seeds; and two queues that no number of replicas can finish in time. The long form has twenty seeds, the short form
// eight: each kind of throughput with a Deployment and with a Job.
func TestBatches(t *testing.T) {
	s := quietStory(t)
	queues, err := queue.Start(t.Context(), s.Client)
	if err != nil {
		t.Fatal(err)
	}
	scrape := cluster.ScrapeJob{Name: "queues", Static: []cluster.StaticTarget{{Targets: []string{queues.Address}}}}
	if err := s.AddScrape(t.Context(), scrape); err != nil {
		t.Fatal(err)
	}
	s.applyExample()
	var all, impossible []*batch
	seeds := uint64(8)
	if *testcluster.Long {
		seeds = 20
	}
	first := inSeconds(20 * time.Second)
	for seed := range seeds {
		all = append(all, seeded(seed, first.Add(time.Duration(seed)*apart)))
	}
	impossible = append(impossible, infeasible(all[0], "much", 1.5), infeasible(all[1], "more", 3))
	for _, b := range append(impossible, all...) {
		queues.Add(queue.Key{Namespace: s.namespace, Name: b.name}, b.work)
		s.applyObject(b.target())
		s.apply(b.autoscaler())
	}
	if late := time.Since(first); late > 0 {
		t.Fatalf("the first window opened %s before all objects existed", late)
	}

	end := all[len(all)-1].to.Add(12 * time.Second)
	for time.Now().Before(end) {
		for _, b := range all {
			s.completeJob(b, queues)
		}
		for _, b := range impossible {
			s.checkAtMaximum(b)
		}
		time.Sleep(500 * time.Millisecond)
	}
	for _, b := range all {
		s.checkOnTime(b, queues)
	}
	for _, b := range impossible {
		s.checkWarned(b)
	}
}

// applyExample applies the example of docs/batch-workers.md.
func (s *story) applyExample() {
	s.t.Helper()
	example, err := os.ReadFile("../../docs/examples/job.yaml")
	if err != nil {
		s.t.Fatal(err)
	}
	for document := range strings.SplitSeq(strings.ReplaceAll(string(example), "namespace: shop", "namespace: "+s.namespace), "\n---\n") {
		s.applyObject(document)
	}
	s.eventually("the example's Job read", func() (bool, string) {
		able := meta.FindStatusCondition(s.autoscaler("reports").Status.Conditions, v1alpha1.ConditionAbleToScale)
		return able != nil && able.Status == metav1.ConditionTrue, fmt.Sprintf("%+v", able)
	})
}

// seeded is a batch that about half of the highest number of replicas can finish.
func seeded(seed uint64, from time.Time) *batch {
	random := rand.New(rand.NewPCG(seed, 5))
	between := func(low, high float64) float64 { return low + (high-low)*random.Float64() }
	b := &batch{
		name: fmt.Sprintf("night-%02d", seed), job: seed%2 == 1, arrivals: seed%3 > 0, to: from.Add(night()),
		start: time.Duration(between(2000, 4000)) * time.Millisecond,
		work:  queue.Work{Seed: seed, Start: from, Throughput: between(0.8, 1.3), Spread: 0.3},
	}
	all := between(3.5, 6) * b.work.Throughput * (night() - b.start).Seconds()
	b.work.Backlog = all * between(0.6, 0.85)
	b.work.Arriving = time.Duration(between(0.4, 0.8) * float64(night())).Truncate(time.Second)
	b.work.Arrivals = (all - b.work.Backlog) / b.work.Arriving.Seconds()
	b.way = []string{"learned", "stated", "measured", "measured of all together"}[seed/2%4]
	b.throughput = map[string]string{
		"learned":                  `{learned: {initial: "1"}}`,
		"stated":                   fmt.Sprintf("{quantity: %.0fm}", 1000*b.work.Throughput),
		"measured":                 "{metric: " + b.query("sum(rate(queue_worked_totalOURS[5s])) / sum(rate(queue_busy_seconds_totalOURS[5s]))", "value") + "}",
		"measured of all together": "{metric: " + b.query("sum(rate(queue_worked_totalOURS[5s]))", "averageValue") + "}",
	}[b.way]
	return b
}

// query is a metric of the queue of the batch. Only the type of its target counts: one replica's or all.
func (b *batch) query(promQL, target string) string {
	return fmt.Sprintf("{type: Prometheus, prometheus: {query: '%s', target: {type: %s, %s: 1}}}",
		strings.ReplaceAll(promQL, "OURS", `{queue="`+b.name+`"}`), strings.ToUpper(target[:1])+target[1:], target)
}

// infeasible is another batch with this many times the work that all replicas can do.
func infeasible(b *batch, name string, times float64) *batch {
	other := *b
	other.name, other.work.Arrivals, other.work.Arriving = name, 0, 0
	other.work.Backlog = times * most * b.work.Throughput * night().Seconds()
	if times < 2 { // a learned throughput may be wrong by so much
		other.throughput = fmt.Sprintf("{quantity: %.0fm}", 1000*b.work.Throughput)
	}
	return &other
}

func (b *batch) target() string {
	pod := fmt.Sprintf(`{metadata: {labels: {queue: %s}, annotations: {flyball.dev/ready-after: %s}},
    spec: {restartPolicy: RESTART, containers: [{name: worker, image: simulated, resources: {requests: {cpu: 10m}}}]}}`, b.name, b.start)
	if b.job {
		return fmt.Sprintf("{apiVersion: batch/v1, kind: Job, metadata: {name: %s}, spec: {suspend: true, parallelism: 1, template: %s}}",
			b.name, strings.Replace(pod, "RESTART", "Never", 1))
	}
	return fmt.Sprintf("{apiVersion: apps/v1, kind: Deployment, metadata: {name: %[1]s}, spec: {replicas: 0, selector: {matchLabels: {queue: %[1]s}}, template: %[2]s}}",
		b.name, strings.Replace(pod, "RESTART", "Always", 1))
}

func (b *batch) autoscaler() string {
	target := "{apiVersion: apps/v1, kind: Deployment, name: " + b.name + "}"
	if b.job {
		target = "{apiVersion: batch/v1, kind: Job, name: " + b.name + "}"
	}
	arrivals := ""
	if b.arrivals {
		arrivals = "\n      arrivals: " + b.query("sum(rate(queue_arrived_totalOURS[5s]))", "value")
	}
	return fmt.Sprintf(`
kind: HorizontalAutoscaler
metadata: {name: %s}
spec:
  scaleTargetRef: %s
  minReplicas: 0
  maxReplicas: %d
  windows:
  - name: night
    %s
    batch:
      backlog: %s%s
      throughputPerReplica: %s
      marginPercent: 15
      longestItem: 1s
`, b.name, target, most, between(b.work.Start, b.to), b.query("sum(queue_itemsOURS)", "value"), arrivals, b.throughput)
}

// completeJob completes the workers of a Job whose queue is empty, as real workers do themselves.
func (s *story) completeJob(b *batch, queues *queue.Server) {
	s.t.Helper()
	if !b.job || b.completed || queues.State(queue.Key{Namespace: s.namespace, Name: b.name}).Done.IsZero() {
		return
	}
	b.completed = true
	pods, err := s.Client.CoreV1().Pods(s.namespace).List(s.t.Context(), metav1.ListOptions{LabelSelector: queue.Label + "=" + b.name})
	if err != nil {
		s.t.Fatal(err)
	}
	patch := []byte(`{"metadata": {"annotations": {"` + cluster.CompleteAfter + `": "0s"}}}`)
	for i := range pods.Items {
		_, err := s.Client.CoreV1().Pods(s.namespace).Patch(s.t.Context(), pods.Items[i].Name, types.MergePatchType, patch, metav1.PatchOptions{})
		if err != nil {
			s.t.Log(err) // the pod is deleted already
		}
	}
}

// checkOnTime checks that all work was done by the deadline, and the number of pod-seconds.
func (s *story) checkOnTime(b *batch, queues *queue.Server) {
	s.t.Helper()
	state := queues.State(queue.Key{Namespace: s.namespace, Name: b.name})
	optimum, feasible := queue.Optimum(&b.work, night(), b.start, most)
	over := 100 * (state.PodSeconds/optimum - 1)
	s.t.Logf("%s (job %t, starts in %s, %.2f items/s, %s; %.0f%% come over %s): done %s before the deadline, %.0f pod-seconds, %.1f %% more than %.0f",
		b.name, b.job, b.start, b.work.Throughput, b.way, 100*(1-b.work.Backlog/b.work.All()), b.work.Arriving, b.to.Sub(state.Done).Round(time.Second), state.PodSeconds, over, optimum)
	switch {
	case !feasible:
		s.t.Errorf("%s: no plan can finish it in time", b.name)
	case state.Done.IsZero() || state.Done.After(b.to):
		s.t.Errorf("%s: got it done at %s with %.0f items left, want it done by %s", b.name, state.Done, state.Left, b.to)
	case over > 15:
		s.t.Errorf("%s: got %.1f %% more pod-seconds than the optimum, want at most 15 %%", b.name, over)
	}
	if first, found := s.event(b.name, v1alpha1.ReasonDeadlineAtRisk); found {
		s.t.Errorf("%s: got an event %s at %s", b.name, v1alpha1.ReasonDeadlineAtRisk, first)
	}
	if _, found := s.event(b.name, v1alpha1.EventBacklogDrained); !found {
		s.t.Errorf("%s: got no event %s", b.name, v1alpha1.EventBacklogDrained)
	}
}

// checkAtMaximum checks that a batch that cannot finish in time has maxReplicas from a tenth of its window on, and the
// condition DeadlineAtRisk.
func (s *story) checkAtMaximum(b *batch) {
	s.t.Helper()
	if now := time.Now(); now.Before(b.work.Start.Add(night()/10)) || now.After(b.to) {
		return
	}
	var asked int32
	if b.job {
		got, err := s.Client.BatchV1().Jobs(s.namespace).Get(s.t.Context(), b.name, metav1.GetOptions{})
		if err != nil {
			s.t.Fatal(err)
		}
		asked = *got.Spec.Parallelism
	} else {
		asked, _ = s.replicas(b.name)
	}
	condition := meta.FindStatusCondition(s.autoscaler(b.name).Status.Conditions, v1alpha1.ConditionDeadlineAtRisk)
	if asked != most || condition == nil || condition.Status != metav1.ConditionTrue {
		s.t.Errorf("%s has %d replicas of %d %s before its deadline, and DeadlineAtRisk is %+v", b.name, asked, most, time.Until(b.to), condition)
	}
}

func (s *story) checkWarned(b *batch) {
	s.t.Helper()
	first, found := s.event(b.name, v1alpha1.ReasonDeadlineAtRisk)
	if !found || first.After(b.work.Start.Add(night()/10)) {
		s.t.Errorf("%s: got the event %s at %s, want it in the first tenth of the window, which starts at %s", b.name, v1alpha1.ReasonDeadlineAtRisk, first, b.work.Start)
	}
	if _, found := s.event(b.name, v1alpha1.ReasonDeadlineMissed); !found {
		s.t.Errorf("%s: got no event %s", b.name, v1alpha1.ReasonDeadlineMissed)
	}
	condition := meta.FindStatusCondition(s.autoscaler(b.name).Status.Conditions, v1alpha1.ConditionDeadlineAtRisk)
	if condition == nil || condition.Status != metav1.ConditionTrue || condition.Reason != v1alpha1.ReasonDeadlineMissed {
		s.t.Errorf("%s: after its deadline the condition is %+v", b.name, condition)
	}
}

// event returns the first time of an event with the reason about an autoscaler.
func (s *story) event(name, reason string) (time.Time, bool) {
	s.t.Helper()
	selector := "involvedObject.kind=HorizontalAutoscaler,involvedObject.name=" + name + ",reason=" + reason
	events, err := s.Client.CoreV1().Events(s.namespace).List(context.WithoutCancel(s.t.Context()), metav1.ListOptions{FieldSelector: selector})
	if err != nil {
		s.t.Fatal(err)
	}
	if len(events.Items) == 0 {
		return time.Time{}, false
	}
	return events.Items[0].FirstTimestamp.Time, true
}
