package suite

import (
	"fmt"
	"testing"
	"time"

	"flyball.dev/flyball/e2e/load"
	"flyball.dev/flyball/e2e/testcluster"
)

// canaryPhase is a step of a rollout by two ReplicaSets: how many pods each has, as fractions of the replicas, rounded up.
type canaryPhase struct {
	name           string
	stable, canary float64
}

// canaryPhases are those of canaries and of blue-green switches: first with the pods shared, then with a canary beside all stable pods, as
// with a traffic router, which doubles status.replicas, aborted, and then promoted.
var canaryPhases = []canaryPhase{
	{"canary of 20 %", 0.8, 0.2},
	{"canary of 50 %", 0.5, 0.5},
	{"canary beside all stable pods", 1, 0.5},
	{"canary of full size", 1, 1},
	{"aborted", 1, 0},
	{"blue and green", 1, 1},
	{"promoted", 0, 1},
}

// TestCanariesDoNotScale runs a kind with a scale whose controller has two ReplicaSets, as Argo Rollouts does, through the phases of
// canaries under a steady load. status.replicas has the pods of both. Desired replicas never change, by any kind of metric; a short run
// takes one that is measured by pod, and one that is not.
func TestCanariesDoNotScale(t *testing.T) {
	testcluster.Parallel(t)
	shared.withoutNamespace(t).defineRollouts()
	each := 4 * time.Second
	if *testcluster.Long {
		each = 20 * time.Second
	}
	for name, tc := range map[string]struct {
		metric string
		demand load.Demand
		long   bool
	}{
		"CPU utilization":      {halfTheCPU, cores(0.285), false},
		"a metric of each pod": {tenRequests, requests(57), true},
		"an external metric":   {externalRequests, requests(57), false},
		"a query as average":   {queriedRequests, requests(57), true},
	} {
		if tc.long && !*testcluster.Long {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel() // mostly it waits
			s := shared.newStory(t)
			r := s.createRollout(2)
			s.apply(ofRollout(undamped(tc.metric, 15)))
			s.load("web", tc.demand)
			r.scalesTo(6)
			r.staysAt(6, 12*time.Second) // until every rate has a whole window of samples
			for _, phase := range canaryPhases {
				r.set(phase)
				r.settles(6)
				r.staysAt(6, each)
			}
			r.hasReached(12)
			r.staysAt(6, 20*time.Second) // until no sample reaches back to the pods that left
		})
	}
}

// TestCanaryLoop is the loop of argo-rollouts#4868: the status counts the stable pods and a canary of 5 %, and the stable pods follow the
// replicas. Within its tolerance, an HPA takes all of them for the replicas that are required, and a twentieth more each period.
// Desired replicas do not change in 20 periods.
func TestCanaryLoop(t *testing.T) {
	testcluster.Parallel(t)
	shared.withoutNamespace(t).defineRollouts()
	s := shared.newStory(t)
	r := s.createRollout(20)
	s.load("web", requests(199))
	s.apply(ofRollout(undamped(externalRequests, 15)))
	r.staysAt(20, 12*time.Second)
	r.set(canaryPhase{"canary of 5 %", 1, 0.05})
	r.settles(20)
	r.staysAt(20, 20*time.Second)
	r.hasReached(21)
	if c := s.autoscaler("web").Status; c.DesiredReplicas != 20 {
		t.Errorf("got %d desired replicas, want 20", c.DesiredReplicas)
	}
}

// Metrics of the requests of all pods, as an average of ten for each.
const (
	externalRequests = `{type: External, external: {metric: {name: http_requests_total_per_second, selector: {matchLabels: {app: web}}}, target: {type: AverageValue, averageValue: "10"}}}`
	queriedRequests  = `{type: Prometheus, prometheus: {query: 'sum(rate(http_requests_total{app="web"}[10s]))', target: {type: AverageValue, averageValue: "10"}}}`
)

// staysAt fails as soon as spec.replicas of the rollout changes within the time.
func (r *rollout) staysAt(want int32, during time.Duration) {
	r.t.Helper()
	for end := time.Now().Add(during); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		r.isAt(want)
	}
}

func (r *rollout) isAt(want int32) {
	r.t.Helper()
	if asked := r.replicas(); asked != want {
		r.t.Fatalf("web went to %d replicas in the phase %q, want %d\n%s", asked, r.phase().name, want, r.statuses())
	}
}

// scalesTo waits until the rollout has the replicas, and all its pods are ready.
func (r *rollout) scalesTo(want int32) {
	r.t.Helper()
	r.eventually(fmt.Sprintf("web at %d replicas", want), func() (bool, string) {
		asked, pods := r.replicas(), r.ready()
		return asked == want && pods == want, fmt.Sprintf("%d desired, %d ready", asked, pods)
	})
}

// settles waits until the ReplicaSets have the ready pods of the phase. spec.replicas stays.
func (r *rollout) settles(want int32) {
	r.t.Helper()
	phase := r.phase()
	r.eventually("the phase "+phase.name, func() (bool, string) {
		r.isAt(want)
		pods := r.ready()
		return pods == share(phase.stable, want)+share(phase.canary, want), fmt.Sprintf("%d ready", pods)
	})
}

// hasReached checks that status.replicas had this many pods.
func (r *rollout) hasReached(pods int32) {
	r.t.Helper()
	if most := r.most.Load(); most < pods {
		r.t.Errorf("status.replicas was %d at most, want %d", most, pods)
	}
}
