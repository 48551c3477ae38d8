package scenario

import (
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"flyball.dev/flyball/autoscaler/engine"
)

// Tick is what happens up to a decision. Counts that are nil are what the world makes of the story so far.
type Tick struct {
	// After the tick before, or the beginning.
	After time.Duration
	// Replicas that somebody else has set by then, and Meanwhile those that somebody sets between the reading of the
	// count and its writing.
	Replicas, Meanwhile *int32
	// Status is the count in the scale's status, which a rollout takes above that of the spec.
	Status *int32
	// Ready is how many pods are ready and have a sample; Pods are those beside them.
	Ready *int32
	Pods  []Pods
	// PodsProblem says why the pods cannot be told, and PodsReason is the reason that a condition has then.
	PodsProblem, PodsReason string
	// Readings are of the metrics that the tick tells of.
	Readings []Reading
	// WriteFails says that the decision cannot be written.
	WriteFails bool
	// ShowValues says that the decision is to be told with its metrics' values.
	ShowValues bool
}

// Reading is what a tick tells of one metric.
type Reading struct {
	// Metric is the index in the spec.
	Metric int
	// Unknown says why there is no value; empty where there is one.
	Unknown string
	// Value of each pod that has a sample, in percent of its request for a utilisation; of an Object, External or
	// Prometheus metric, the value as a whole.
	Value resource.Quantity
	// Old is how long ago that was measured.
	Old time.Duration
	// Strays are the values of pods that are not the target's.
	Strays []resource.Quantity
	// RequestsUnknown says why it is not known what the pods request.
	RequestsUnknown string
	// Partial says why the value may be too low; empty where it is not.
	Partial string
}

// between two ticks that do not say otherwise.
const period = 15 * time.Second

var tickWords = []option[func(*line, *Tick)]{
	{"after", func(l *line, t *Tick) { t.After = l.duration("time between ticks", 0) }},
	{"replicas", func(l *line, t *Tick) { t.Replicas = count(l) }},
	{"status", func(l *line, t *Tick) { t.Status = count(l) }},
	{"ready", func(l *line, t *Tick) { t.Ready = count(l) }},
	{"missing", func(l *line, t *Tick) { t.add(l, Missing) }},
	{"unready", func(l *line, t *Tick) { t.add(l, Unready) }},
	{"pending", func(l *line, t *Tick) { t.add(l, Pending) }},
	{"ending", func(l *line, t *Tick) { t.add(l, Ending) }},
	{"succeeded", func(l *line, t *Tick) { t.add(l, Succeeded) }},
	{"failed", func(l *line, t *Tick) { t.add(l, Failed) }},
	{"meanwhile", func(l *line, t *Tick) { t.Meanwhile = count(l) }},
	{"write", func(l *line, t *Tick) {
		t.WriteFails = choose(l, "outcome of a write", []option[bool]{{"fails", true}})
	}},
	{"show", func(l *line, t *Tick) { t.ShowValues = choose(l, "thing to show", []option[bool]{{"values", true}}) }},
}

func count(l *line) *int32 {
	n := l.number("count", 0, MaxReplicas)
	return &n
}

func (t *Tick) add(l *line, state PodState) {
	t.Pods = append(t.Pods, podsAre(l.number("number of pods", 0, MaxReplicas), state))
}

// parseTick reads the rest of the head, and the lines of a tick.
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

// parse reads a line of a tick: pods ..., or METRIC ....
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
	_ = l.end() // what is wrong stays with the line
}
