package scenario

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// PodState is the class of a pod in a decision.
type PodState string

// The states of pods.
const (
	Ready     PodState = "ready"
	Missing   PodState = "missing" // ready, but without a sample
	Unready   PodState = "unready" // running, with a sample
	New       PodState = "new"     // running, with a sample, but without a Ready condition yet
	Lost      PodState = "lost"    // running, with a sample, readiness unknown because its node is gone
	Pending   PodState = "pending"
	Ending    PodState = "ending" // being deleted, still ready and with a sample
	Succeeded PodState = "succeeded"
	Failed    PodState = "failed"
	// Unschedulable pods have no node; Crashing ones are in a crash loop.
	Unschedulable PodState = "unschedulable"
	Crashing      PodState = "crashing"
)

// obstacles are the messages about pods that cannot run.
var obstacles = map[PodState]string{
	Unschedulable: "0/3 nodes are available: 3 Too many pods.", Crashing: "container app: CrashLoopBackOff: Error, exit code 1",
}

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
	{"unschedulable", Unschedulable},
	{"crashing", Crashing},
}

// Pods is a number of pods in the same state.
type Pods struct {
	Count int32
	State PodState
	// Age is the time since they started. Since, at most Age, is the time since their readiness changed. Pods that have been
	// unready since their start were never ready.
	Age, Since time.Duration
	// Old is the age of their samples, in addition to that of the reading.
	Old time.Duration
}

// newPods returns pods in a state. Pods that are unready, new or pending started ten seconds ago, the others an hour ago.
func newPods(count int32, state PodState) Pods {
	age := time.Hour
	if state == Unready || state == New || state == Pending || state == Unschedulable || state == Crashing {
		age = 10 * time.Second
	}
	return Pods{Count: count, State: state, Age: age, Since: age}
}

// parsePods parses N STATE [SETTING D]..., unknown REASON WHY, or refused WHY.
func (t *Tick) parsePods(l *line) {
	switch word, after := l.peek(); word {
	case "refused":
		l.rest = after
		t.Refused = l.sentence("reason why pods cannot be created")
		return
	case "unknown":
		l.rest = after
		t.PodsReason = l.word("reason of a condition, such as InvalidSelector")
		t.PodsProblem = l.sentence("reason why the pods are unknown")
		return
	}
	n := l.number("number of pods", 0, MaxReplicas)
	p := newPods(n, choose(l, "state of pods", podStates))
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
		l.fail(p.Since.String(), "is longer than the age of the pods: since must be at most age (%s)", p.Age)
	}
	t.Pods = append(t.Pods, p)
}

var podSettings = []option[string]{{"age", "age"}, {"since", "since"}, {"old", "old"}}

// entersCount reports whether a workload counts the pods as replicas.
func (p *Pods) entersCount() bool {
	return p.State != Ending && p.State != Succeeded && p.State != Failed
}

// pod returns one of the pods at a time.
func (p *Pods) pod(now time.Time) engine.Pod {
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
	case Unschedulable:
		pod.Phase, pod.Readiness, pod.Started, pod.ReadySince = engine.Pending, engine.NoReadyCondition, time.Time{}, time.Time{}
		pod.Obstacle = engine.Unschedulable
	case Crashing:
		pod.Readiness, pod.Obstacle = engine.NotReady, engine.CrashLoop
	case Ending:
		pod.Deleting = true
	case Succeeded:
		pod.Phase, pod.Readiness = engine.Succeeded, engine.NotReady
	case Failed:
		pod.Phase, pod.Readiness = engine.Failed, engine.NotReady
	}
	return pod
}

// haveSamples reports whether the metrics have samples of the pods.
func (p *Pods) haveSamples() bool {
	return p.State != Missing && p.State != Pending && p.State != Unschedulable && p.State != Crashing && p.State != Succeeded && p.State != Failed
}
