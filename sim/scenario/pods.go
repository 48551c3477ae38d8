package scenario

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// PodState says how a pod is, by what matters to a decision.
type PodState string

// The states of pods.
const (
	Ready     PodState = "ready"
	Missing   PodState = "missing" // ready, but without a sample
	Unready   PodState = "unready" // running, with a sample
	New       PodState = "new"     // running, with a sample, but without a Ready condition yet
	Lost      PodState = "lost"    // running, with a sample, but nobody knows whether it is ready: its node is gone
	Pending   PodState = "pending"
	Ending    PodState = "ending" // being deleted, still ready and with a sample
	Succeeded PodState = "succeeded"
	Failed    PodState = "failed"
)

var podStates = []option[PodState]{
	{"ready", Ready},
	{"missing", Missing},
	{"unready", Unready},
	{"new", New},
	{"lost", Lost},
	{"pending", Pending},
	{"ending", Ending},
	{"succeeded", Succeeded},
	{"failed", Failed},
}

// Pods are pods that are alike.
type Pods struct {
	Count int32
	State PodState
	// Age is how long ago they started; Since, at most that, how long ago their readiness last changed. Pods that are
	// unready since they started have never been ready.
	Age, Since time.Duration
	// Old is how old their samples are, beyond what the reading says.
	Old time.Duration
}

// podsAre gives pods of a state. Those that are up have been so for an hour; those that are not yet, for ten seconds.
func podsAre(count int32, state PodState) Pods {
	age := time.Hour
	if state == Unready || state == New || state == Pending {
		age = 10 * time.Second
	}
	return Pods{Count: count, State: state, Age: age, Since: age}
}

// parsePods reads N STATE [SETTING D]..., or unknown REASON WHY.
func (t *Tick) parsePods(l *line) {
	if word, after := l.peek(); word == "unknown" {
		l.rest = after
		t.PodsReason = l.word("reason of a condition, such as InvalidSelector")
		t.PodsProblem = l.sentence("sentence that says why the pods cannot be told")
		return
	}
	n := l.number("number of pods", 0, MaxReplicas)
	p := podsAre(n, choose(l, "state of pods", podStates))
	since := false
	for l.more() {
		switch setting := choose(l, "setting of pods", podSettings); setting {
		case "age":
			p.Age = l.duration("age of pods", 0)
		case "since":
			p.Since, since = l.duration("time since readiness changed", 0), true
		case "old":
			p.Old = l.duration("age of samples", 0)
		}
	}
	if !since {
		p.Since = p.Age
	}
	if p.Since > p.Age {
		l.fail(p.Since.String(), "is longer than they live: since must be at most age, which is %s", p.Age)
	}
	t.Pods = append(t.Pods, p)
}

var podSettings = []option[string]{{"age", "age"}, {"since", "since"}, {"old", "old"}}

// entersCount says whether the pods are among those that a workload counts as its replicas.
func (p *Pods) entersCount() bool {
	return p.State != Ending && p.State != Succeeded && p.State != Failed
}

// like gives one of the pods, as it is at an instant.
func (p *Pods) like(now time.Time) engine.Pod {
	pod := engine.Pod{Phase: engine.Running, Readiness: engine.Ready, Started: now.Add(-p.Age), ReadySince: now.Add(-p.Since)}
	switch p.State {
	case Unready:
		pod.Readiness = engine.NotReady
	case New:
		pod.Readiness, pod.ReadySince = engine.NoReadyCondition, time.Time{}
	case Lost:
		pod.Readiness = engine.ReadyUnknown
	case Pending:
		pod.Phase, pod.Readiness = engine.Pending, engine.NotReady
	case Ending:
		pod.Deleting = true
	case Succeeded:
		pod.Phase, pod.Readiness = engine.Succeeded, engine.NotReady
	case Failed:
		pod.Phase, pod.Readiness = engine.Failed, engine.NotReady
	}
	return pod
}

// haveSamples says whether the metrics know the pods.
func (p *Pods) haveSamples() bool {
	return p.State != Missing && p.State != Pending && p.State != Succeeded && p.State != Failed
}
