package scenario

import (
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"flyball.dev/flyball/autoscaler/engine"
)

// Tick is the input of one decision. A nil count follows from the story so far.
type Tick struct {
	// After is the time since the previous tick, or since the start.
	After time.Duration
	// Replicas is the count that another client set before the tick. ConcurrentReplicas is the count that another client sets
	// between the read of the count and the write of the decision.
	Replicas, ConcurrentReplicas *int32
	// Status is the count in the scale's status. During a rollout it exceeds that of the spec.
	Status *int32
	// Ready is the number of pods that are ready and have a sample. Pods are the other pods.
	Ready *int32
	Pods  []Pods
	// PodsProblem states why the pods are unknown, and PodsReason is the reason of the condition in that case.
	PodsProblem, PodsReason string
	// Refused states why the controller of the target cannot create pods.
	Refused string
	// Readings of the metrics.
	Readings []Reading
	// WriteFails makes the write of the decision fail.
	WriteFails bool
	// ShowValues prints the decision with [FormatValues].
	ShowValues bool
}

// Reading is the value of one metric at a tick.
type Reading struct {
	// Metric is the index in the spec.
	Metric int
	// Unknown states why the metric has no value; empty if it has one.
	Unknown string
	// Value of each pod that has a sample, in percent of its request for a utilization. For an Object, External or
	// Prometheus metric, the value of the metric.
	Value resource.Quantity
	// Old is the age of the value.
	Old time.Duration
	// Strays are values of pods that do not belong to the target.
	Strays []resource.Quantity
	// RequestsUnknown states why the requests of the pods are unknown; empty if they are known.
	RequestsUnknown string
	// Partial states why the value may be too low; empty if it is complete.
	Partial string
}

// period is the default time between two ticks.
const period = 15 * time.Second

var tickWords = []option[func(*line, *Tick)]{
	{"after", func(l *line, t *Tick) { t.After = l.duration("time between ticks", 0) }},
	{"replicas", func(l *line, t *Tick) { t.Replicas = count(l) }},
	{"status", func(l *line, t *Tick) { t.Status = count(l) }},
	{"ready", func(l *line, t *Tick) { t.Ready = count(l) }},
	{"missing", func(l *line, t *Tick) { t.add(l, Missing) }},
	{"unready", func(l *line, t *Tick) { t.add(l, Unready) }},
	{"pending", func(l *line, t *Tick) { t.add(l, Pending) }},
	{"unschedulable", func(l *line, t *Tick) { t.add(l, Unschedulable) }},
	{"crashing", func(l *line, t *Tick) { t.add(l, Crashing) }},
	{"ending", func(l *line, t *Tick) { t.add(l, Ending) }},
	{"succeeded", func(l *line, t *Tick) { t.add(l, Succeeded) }},
	{"failed", func(l *line, t *Tick) { t.add(l, Failed) }},
	{"concurrent", func(l *line, t *Tick) { t.ConcurrentReplicas = count(l) }},
	{"write", func(l *line, t *Tick) {
		t.WriteFails = choose(l, "outcome of a write", []option[bool]{{"fails", true}})
	}},
	{"show", func(l *line, t *Tick) { t.ShowValues = choose(l, "value of show", []option[bool]{{"values", true}}) }},
}

func count(l *line) *int32 {
	n := l.number("count", 0, MaxReplicas)
	return &n
}

func (t *Tick) add(l *line, state PodState) {
	t.Pods = append(t.Pods, newPods(l.number("number of pods", 0, MaxReplicas), state))
}

// parseTick parses the rest of the head and the lines of a tick.
func parseTick(head *line, input []text, spec *engine.Spec) (*Tick, error) {
	t := &Tick{After: period}
	if err := settings(head, "setting of a tick", tickWords, t); err != nil {
		return nil, err
	}
	for _, line := range input {
		l := line.read()
		if t.parse(l, spec); l.err != nil {
			return nil, l.err
		}
	}
	if t.pods() > MaxReplicas {
		head.fail("", "the tick has more than %d pods", MaxReplicas)
	}
	return t, head.end()
}

func (t *Tick) pods() int {
	sum := 0
	for i := range t.Pods {
		sum += int(t.Pods[i].Count)
	}
	return sum
}

// parse parses a line of a tick: pods ..., or METRIC ....
func (t *Tick) parse(l *line, spec *engine.Spec) {
	metrics := []option[int]{{podsWord, -1}}
	for i, name := range labels(spec) {
		metrics = append(metrics, option[int]{name, i})
	}
	metric := choose(l, "metric of the spec", metrics)
	switch {
	case l.err != nil:
		return
	case metric < 0:
		t.parsePods(l)
	default:
		t.Readings = append(t.Readings, parseReading(l, spec, metric, t.Readings))
	}
	_ = l.end() // the line keeps its error
}
