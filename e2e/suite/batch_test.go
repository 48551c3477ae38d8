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
)

const (
	// night is how long the windows are open, most how many replicas there can be.
	night = 150 * time.Second
	most  = 12
	// apart is the time between the starts of two windows: a machine of two cores cannot start all pods at once.
	apart = 2 * time.Second
)

// batch is one queue, those who work it off, and their autoscaler.
type batch struct {
	name string
	job  bool
	// start is how long its pods take, throughput what its spec says of it, and way what that is in a word.
	start           time.Duration
	way, throughput string
	arrivals        bool
	work            queue.Work
	to              time.Time
	// sent says that its pods were told that they are done; it is for Jobs.
	sent bool
}

// TestBatches has twenty queues worked off side by side, by Deployments and Jobs, with throughputs that are off the guess and
// vary, arrivals and starts as their seeds have it; and two that cannot be done in time.
func TestBatches(t *testing.T) {
	s := quietStory(t, &machine)
	queues, err := queue.Start(t.Context(), s.Client)
	if err != nil {
		t.Fatal(err)
	}
	scrape := cluster.ScrapeJob{Name: "queues", Static: []cluster.StaticTarget{{Targets: []string{queues.Address}}}}
	if err := s.AddScrape(t.Context(), scrape); err != nil {
		t.Fatal(err)
	}
	s.takesTheExample()
	var all, hopeless []*batch
	first := inSeconds(30 * time.Second)
	for seed := range uint64(20) {
		all = append(all, seeded(seed, first.Add(time.Duration(seed)*apart)))
	}
	hopeless = append(hopeless, tooMuch(all[0], "much", 1.5), tooMuch(all[1], "more", 3))
	for _, b := range append(hopeless, all...) {
		queues.Add(queue.Key{Namespace: s.namespace, Name: b.name}, b.work)
		s.applyObject(b.target())
		s.apply(b.autoscaler())
	}
	if late := time.Since(first); late > 0 {
		t.Fatalf("the first window opened %s before everything was there", late)
	}

	end := all[len(all)-1].to.Add(12 * time.Second)
	for time.Now().Before(end) {
		for _, b := range all {
			s.sendHome(b, queues)
		}
		for _, b := range hopeless {
			s.isAtMost(b)
		}
		time.Sleep(500 * time.Millisecond)
	}
	for _, b := range all {
		s.wasOnTime(b, queues)
	}
	for _, b := range hopeless {
		s.wasWarnedOf(b)
	}
}

// takesTheExample applies what docs/batch-workers.md shows.
func (s *story) takesTheExample() {
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

// seeded is a batch that the replicas that there can be can do, and about half of them just do.
func seeded(seed uint64, from time.Time) *batch {
	dice := rand.New(rand.NewPCG(seed, 5))
	between := func(low, high float64) float64 { return low + (high-low)*dice.Float64() }
	b := &batch{
		name: fmt.Sprintf("night-%02d", seed), job: seed%2 == 1, arrivals: seed%3 > 0, to: from.Add(night),
		start: time.Duration(between(2000, 4000)) * time.Millisecond,
		work:  queue.Work{Seed: seed, Start: from, Throughput: between(0.8, 1.3), Spread: 0.3},
	}
	all := between(3.5, 6) * b.work.Throughput * (night - b.start).Seconds()
	b.work.Backlog = all * between(0.6, 0.85)
	b.work.Arriving = time.Duration(between(0.4, 0.8) * float64(night)).Truncate(time.Second)
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

// query is a metric of the batch's own queue. Its target is not looked at, but for whether it is one replica's or all's.
func (b *batch) query(promQL, target string) string {
	return fmt.Sprintf("{type: Prometheus, prometheus: {query: '%s', target: {type: %s, %s: 1}}}",
		strings.ReplaceAll(promQL, "OURS", `{queue="`+b.name+`"}`), strings.ToUpper(target[:1])+target[1:], target)
}

// tooMuch is another batch with so many times as much to do as all replicas can.
func tooMuch(b *batch, name string, times float64) *batch {
	other := *b
	other.name, other.work.Arrivals, other.work.Arriving = name, 0, 0
	other.work.Backlog = times * most * b.work.Throughput * night.Seconds()
	if times < 2 { // a guess may be off by so much
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

// sendHome tells the workers of a Job that there is nothing more to do, as they would find out themselves.
func (s *story) sendHome(b *batch, queues *queue.Server) {
	s.t.Helper()
	if !b.job || b.sent || queues.State(queue.Key{Namespace: s.namespace, Name: b.name}).Done.IsZero() {
		return
	}
	b.sent = true
	pods, err := s.Client.CoreV1().Pods(s.namespace).List(s.t.Context(), metav1.ListOptions{LabelSelector: queue.Label + "=" + b.name})
	if err != nil {
		s.t.Fatal(err)
	}
	patch := []byte(`{"metadata": {"annotations": {"` + cluster.CompleteAfter + `": "0s"}}}`)
	for i := range pods.Items {
		_, err := s.Client.CoreV1().Pods(s.namespace).Patch(s.t.Context(), pods.Items[i].Name, types.MergePatchType, patch, metav1.PatchOptions{})
		if err != nil {
			s.t.Log(err) // it was gone before
		}
	}
}

// wasOnTime checks that all was done by the deadline, and how many pod-seconds that took.
func (s *story) wasOnTime(b *batch, queues *queue.Server) {
	s.t.Helper()
	state := queues.State(queue.Key{Namespace: s.namespace, Name: b.name})
	optimum, feasible := queue.Optimum(&b.work, night, b.start, most)
	over := 100 * (state.PodSeconds/optimum - 1)
	s.t.Logf("%s (job %t, starts in %s, %.2f items/s, %s; %.0f%% come over %s): done %s before the deadline, %.0f pod-seconds, %.1f %% more than %.0f",
		b.name, b.job, b.start, b.work.Throughput, b.way, 100*(1-b.work.Backlog/b.work.All()), b.work.Arriving, b.to.Sub(state.Done).Round(time.Second), state.PodSeconds, over, optimum)
	switch {
	case !feasible:
		s.t.Errorf("%s cannot be done in time by anybody", b.name)
	case state.Done.IsZero() || state.Done.After(b.to):
		s.t.Errorf("%s was done at %s, and its deadline was %s; %.0f are left", b.name, state.Done, b.to, state.Left)
	case over > 15:
		s.t.Errorf("%s took %.1f %% more pod-seconds than the optimum", b.name, over)
	}
	if at, warned := s.event(b.name, v1alpha1.ReasonDeadlineAtRisk); warned {
		s.t.Errorf("%s: there was an alarm at %s", b.name, at)
	}
	if _, told := s.event(b.name, v1alpha1.EventBacklogDrained); !told {
		s.t.Errorf("%s: no event tells that its backlog has drained", b.name)
	}
}

// isAtMost checks that a batch that cannot be done in time has all the replicas that there can be, from a tenth of its
// window on, and that its condition says so.
func (s *story) isAtMost(b *batch) {
	s.t.Helper()
	if now := time.Now(); now.Before(b.work.Start.Add(night/10)) || now.After(b.to) {
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

func (s *story) wasWarnedOf(b *batch) {
	s.t.Helper()
	at, warned := s.event(b.name, v1alpha1.ReasonDeadlineAtRisk)
	if !warned || at.After(b.work.Start.Add(night/10)) {
		s.t.Errorf("%s: the event that its deadline is at risk was at %s, the window's start at %s", b.name, at, b.work.Start)
	}
	if _, told := s.event(b.name, v1alpha1.ReasonDeadlineMissed); !told {
		s.t.Errorf("%s: no event tells that its deadline was missed", b.name)
	}
	condition := meta.FindStatusCondition(s.autoscaler(b.name).Status.Conditions, v1alpha1.ConditionDeadlineAtRisk)
	if condition == nil || condition.Status != metav1.ConditionTrue || condition.Reason != v1alpha1.ReasonDeadlineMissed {
		s.t.Errorf("%s: after its deadline the condition is %+v", b.name, condition)
	}
}

// event is when an event of the reason about an autoscaler was recorded first.
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
