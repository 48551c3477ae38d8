package suite

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/e2e/cluster"
	"flyball.dev/flyball/e2e/testcluster"
)

// shortage keeps the pods of the story beyond a number from running. It begins before the first pods, or while they run.
type shortage struct {
	begin         func(s *story, room int64)
	fault         string // of pods on the node failing: see [cluster.FailsBy]
	end           func(s *story)
	reason, words string
	// delay is how long others need after the end until the first refused pod starts. With a fault, that pod is there before.
	delay time.Duration
}

// schedulerBackOff is the longest time after which the scheduler tries a pod again.
const schedulerBackOff = 10 * time.Second

// shortages are what refuses pods, by name. A pod fails on the node failing, because the first one is full.
var shortages = map[string]shortage{
	"a full node": {
		begin:  func(s *story, room int64) { s.addNode("room", room) },
		end:    func(s *story) { s.addNode("more", 60) },
		reason: "Unschedulable", words: "Too many pods",
		delay: schedulerBackOff,
	},
	"a quota": {
		begin:  func(s *story, room int64) { s.addNode("room", 60); s.quota(room) },
		end:    func(s *story) { s.quota(60) },
		reason: "FailedCreate", words: "exceeded quota",
		delay: time.Second, // until the quota controller writes the limit that admission reads
	},
	"an image that cannot be pulled": {
		begin: func(s *story, room int64) { s.addNode("room", room) },
		fault: "ImagePullBackOff", end: (*story).recover,
		reason: "ImageUnavailable", words: "container app: ImagePullBackOff: Back-off pulling image",
	},
	"a crash loop": {
		begin: func(s *story, room int64) { s.addNode("room", room) },
		fault: "CrashLoopBackOff", end: (*story).recover,
		reason: "CrashLoop", words: "container app: CrashLoopBackOff: Error, exit code 1",
	},
}

// TestBlockedPodsLimitScaleOut runs a load of 12 replicas where four pods can run; in the long form, of 40 where 12 can. The autoscaler
// requests no more than those of the step that met the shortage, or the probe, says in whose words pods are refused, and goes on once the
// cause is gone. It never scales in.
func TestBlockedPodsLimitScaleOut(t *testing.T) {
	testcluster.Parallel(t)
	room, want := int32(4), int32(12)
	if *testcluster.Long {
		room, want = 12, 40
	}
	for name, tc := range shortages {
		t.Run(name, func(t *testing.T) {
			s := parallelStory(t)
			tc.begin(s, int64(room))
			s.deployOnOwnNodes("web", 2, tc.fault)
			s.apply(query("10"))
			s.load("web", requests(float64(10*room-3)))
			s.scalesTo("web", room)
			if tc.fault != "" {
				s.addNode("failing", 60)
			}
			s.apply(quickly())
			s.load("web", requests(float64(10*(room+1)-3)))
			s.isLimited(tc.reason, tc.words, fmt.Sprintf("%d of %d replicas run or start, 1 blocked", room, room+1))
			// Rates over the first samples of many new pods at once are up to 2 % too high: they must not require one more.
			s.load("web", requests(float64(10*want-8)))
			s.staysAt(room+1, 20*time.Second) // longer than the range of the query
			s.hasEvent("CapacityLimited", tc.words)
			s.describes(tc.words)
			s.hasMetric(`flyball_autoscaler_blocked_replicas{name="web",namespace="`+s.namespace+`",reason="`+tc.reason+`"}`, 1)
			refused := s.podNames()
			ended, delay := time.Now(), tc.delay
			tc.end(s)
			s.scalesTo("web", want)
			if tc.fault != "" {
				ended, delay = s.ready(refused), time.Second // the time of a condition is in whole seconds
			}
			s.scalesOutAfter(ended, delay)
			s.hasEvent("CapacityAvailable", "run or start")
			s.onlyScaledOut(want)
		})
	}
}

// quickly is the autoscaler of [query] whose scale-out has no rate policy in the way: what limits it is the shortage.
func quickly() string {
	return strings.NewReplacer("maxReplicas: 20", "maxReplicas: 60", "behavior: {", "behavior: {scaleUp: {tolerance: '0.01', policies: [{type: Pods, value: 60, periodSeconds: 1}]}, ").
		Replace(query("10"))
}

// isLimited waits until the autoscaler web is limited for a reason, with these words and figures.
func (s *story) isLimited(reason string, words ...string) {
	s.t.Helper()
	s.eventually("the condition CapacityLimited", func() (bool, string) {
		c := meta.FindStatusCondition(s.autoscaler("web").Status.Conditions, "CapacityLimited")
		found := c != nil && c.Status == "True" && c.Reason == reason
		for _, w := range words {
			found = found && strings.Contains(c.Message, w)
		}
		return found, fmt.Sprintf("%+v", c)
	})
}

// describes checks that kubectl describe has the words.
func (s *story) describes(words string) {
	s.t.Helper()
	out, err := s.kubectl("describe", "ha", "web")
	if err != nil || !strings.Contains(out, words) {
		s.t.Errorf("kubectl describe ha: %v: want %q in\n%s", err, words, out)
	}
	s.t.Logf("kubectl describe ha web:\n%s", out)
}

// hasMetric waits until the autoscaler exports a series with the value.
func (s *story) hasMetric(series string, value float64) {
	s.t.Helper()
	s.eventually("the metric "+series, func() (bool, string) {
		metrics, err := s.Flyball.Autoscaler.Get(s.t.Context(), "/metrics")
		return err == nil && strings.Contains(string(metrics), fmt.Sprintf("\n%s %g\n", series, value)), fmt.Sprint(err)
	})
}

// onlyScaledOut checks that no write to the scale of web lowered the replicas, and that the last one, which followed the end of a
// shortage, had all that the load needs.
func (s *story) onlyScaledOut(want int32) {
	s.t.Helper()
	var counts []int32
	for _, w := range s.scaleWrites() {
		if w.code == http.StatusOK {
			counts = append(counts, w.replicas)
		}
	}
	if !slices.IsSorted(counts) || len(counts) == 0 || counts[len(counts)-1] != want {
		s.t.Errorf("the autoscaler wrote %v replicas, want higher counts up to %d", counts, want)
	}
	s.t.Logf("the autoscaler wrote %v replicas", counts)
}

// scalesOutAfter checks that the last write came within two periods after the end of a shortage and the delay.
func (s *story) scalesOutAfter(ended time.Time, delay time.Duration) {
	s.t.Helper()
	writes := s.scaleWrites()
	took := writes[len(writes)-1].time.Sub(ended).Round(100 * time.Millisecond)
	if limit := delay + 2*period; took > limit {
		s.t.Errorf("the last write came %s after the end of the shortage, want at most %s", took, limit)
	}
	s.t.Logf("the last write came %s after the end of the shortage", took)
}

// ready returns when the last of these pods became ready.
func (s *story) ready(names []string) (last time.Time) {
	s.t.Helper()
	pods, err := s.Client.CoreV1().Pods(s.namespace).List(s.t.Context(), metav1.ListOptions{LabelSelector: "app=web"})
	if err != nil {
		s.t.Fatal(err)
	}
	for i := range pods.Items {
		for _, c := range pods.Items[i].Status.Conditions {
			if c.Type == corev1.PodReady && c.LastTransitionTime.After(last) && slices.Contains(names, pods.Items[i].Name) {
				last = c.LastTransitionTime.Time
			}
		}
	}
	return last
}

// recover ends the fault of pods on the node failing. New ones run on another node.
func (s *story) recover() {
	s.t.Helper()
	s.addNode("more", 60)
	for _, arguments := range [][]string{
		{"patch", "node", "failing-" + s.namespace, "--patch", `{"spec": {"unschedulable": true}}`},
		{"annotate", "pods", "--selector=app=web", cluster.FailsOn + "-"},
	} {
		if out, err := s.kubectl(arguments...); err != nil {
			s.t.Fatalf("kubectl %s: %v: %s", strings.Join(arguments, " "), err, out)
		}
	}
}
