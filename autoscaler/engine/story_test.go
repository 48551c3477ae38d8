package engine_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"flyball.dev/flyball/autoscaler/engine"
)

// TestStories plays the files of testdata: a spec, then ticks. Between ticks the world does what it was told: the target
// takes the decided count, and its pods are ready by the next tick, unless the tick says otherwise.
//
//	spec
//	bounds MIN MAX
//	metric NAME TYPE utilization|value|average TARGET [activation N] [maxAge D]
//	behavior
//	up|down tolerance R | stabilisation D | select min|disabled | policy N pods|percent D
//	window NAME "CRON" D [min N] [max N] [priority N]
//
//	tick [after=D] [replicas=N] [status=N] [ready=N] [unready=N] [missing=N] [ending=N] [write=fails]
//	METRIC VALUE [old D] | METRIC unknown WHY
//
// What comes out is the steps that made the number, and the reasons of the conditions that were set.
func TestStories(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		w := &world{now: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "spec":
				w.spec = parseSpec(t, d)
				return ""
			case "restart":
				w.state = engine.State{ScaledToZero: w.state.ScaledToZero}
				return ""
			case "tick":
				return w.tick(t, d)
			default:
				d.Fatalf(t, "%q is no command of a story", d.Cmd)
				return ""
			}
		})
	})
}

// world is what a story has come to.
type world struct {
	now      time.Time
	spec     engine.Spec
	state    engine.State
	replicas int32
}

func (w *world) tick(t *testing.T, d *datadriven.TestData) string {
	after, fails := 15*time.Second, ""
	var given struct{ replicas, status, ready, unready, missing, ending int }
	given.replicas, given.status, given.ready = int(w.replicas), -1, -1
	if d.HasArg("after") {
		var text string
		d.ScanArgs(t, "after", &text)
		after = duration(t, text)
	}
	for name, into := range map[string]*int{
		"replicas": &given.replicas, "status": &given.status, "ready": &given.ready,
		"unready": &given.unready, "missing": &given.missing, "ending": &given.ending,
	} {
		d.MaybeScanArgs(t, name, into)
	}
	d.MaybeScanArgs(t, "write", &fails)
	if given.ready < 0 {
		given.ready = max(0, given.replicas-given.unready-given.missing)
	}
	if given.status < 0 {
		given.status = given.ready + given.unready + given.missing
	}
	w.now = w.now.Add(after)
	seen := &engine.Observation{SpecReplicas: int32(given.replicas), StatusReplicas: int32(given.status)}
	w.addPods(seen, given.ready, given.unready, given.missing, given.ending)
	w.read(t, d, seen, given.ready)

	var decision engine.Decision
	decision, w.state = engine.Decide(&w.spec, w.state, seen, w.now)
	w.replicas = decision.Current
	if decision.Desired != decision.Current && fails == "" {
		w.state = engine.Applied(w.state, &decision, w.now)
		w.replicas = decision.Desired
	}
	return w.tell(&decision)
}

func (w *world) addPods(seen *engine.Observation, ready, unready, missing, ending int) {
	born := w.now.Add(-time.Hour)
	old := engine.Pod{Phase: engine.Running, Readiness: engine.Ready, Started: born, ReadySince: born.Add(time.Minute)}
	starting := engine.Pod{Phase: engine.Running, Readiness: engine.NotReady, Started: w.now.Add(-10 * time.Second), ReadySince: w.now.Add(-10 * time.Second)}
	leaving := old
	leaving.Deleting = true
	for range ready + missing {
		seen.Pods = append(seen.Pods, old)
	}
	for range unready {
		seen.Pods = append(seen.Pods, starting)
	}
	for range ending {
		seen.Pods = append(seen.Pods, leaving)
	}
}

// read makes the readings. The first ready pods have samples; those after them are the missing ones.
func (w *world) read(t *testing.T, d *datadriven.TestData, seen *engine.Observation, ready int) {
	seen.Readings = make([]engine.Reading, len(w.spec.Metrics))
	for line := range strings.Lines(d.Input) {
		words := strings.Fields(line)
		i := w.metric(words[0])
		if i < 0 {
			d.Fatalf(t, "the spec has no metric %q", words[0])
		}
		r := &seen.Readings[i]
		if words[1] == "unknown" {
			r.Problem = strings.Join(words[2:], " ")
			continue
		}
		value, sampled := thousandths(t, words[1]), w.now
		if len(words) == 4 && words[2] == "old" {
			sampled = w.now.Add(-duration(t, words[3]))
		}
		fill(&w.spec.Metrics[i], r, seen, ready, value, sampled)
	}
}

func fill(m *engine.Metric, r *engine.Reading, seen *engine.Observation, ready int, value int64, sampled time.Time) {
	switch m.Type {
	case engine.Resource, engine.ContainerResource, engine.Pods:
	default:
		r.Value, r.Time = value, sampled
		return
	}
	if m.TargetType == engine.Utilization {
		value /= 100 // of a request of one core
	}
	r.Pods = make([]engine.Sample, len(seen.Pods))
	r.Requests = make([]int64, len(seen.Pods))
	for p := range seen.Pods {
		steady := seen.Pods[p].Readiness == engine.Ready && !seen.Pods[p].Deleting
		if p < ready || !steady {
			r.Pods[p] = engine.Sample{Known: true, Value: value, Time: sampled, Window: 30 * time.Second}
		}
		r.Requests[p] = 1000
	}
}

func (w *world) metric(name string) int {
	for i := range w.spec.Metrics {
		if w.spec.Metrics[i].Name == name {
			return i
		}
	}
	return -1
}

func (w *world) tell(d *engine.Decision) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d → %d of [%d, %d]", d.Current, d.Desired, d.Min, d.Max)
	if d.Failed {
		b.WriteString(" failed")
	}
	b.WriteString("\n")
	for _, s := range d.Steps[1:] {
		fmt.Fprintf(&b, "  %s %d → %d", kinds[s.Kind], s.From, s.To)
		switch s.Kind {
		case engine.StepMetric, engine.StepUnknown, engine.StepMerge:
			b.WriteString(" " + w.spec.Metrics[s.Index].Name)
		case engine.StepWindow:
			b.WriteString(" " + w.spec.Windows[s.Index].Name)
		case engine.StepRatePolicy:
			b.WriteString(" policy " + strconv.Itoa(s.Index))
		}
		fmt.Fprintf(&b, " %s %s", s.Code, s.Detail)
		trimmed := strings.TrimRight(b.String(), " ")
		b.Reset()
		b.WriteString(trimmed + "\n")
	}
	for _, v := range []engine.Verdict{d.AbleToScale, d.ScalingActive, d.ScalingLimited, d.ScaledToZero} {
		if v.Status != engine.Unchanged {
			fmt.Fprintf(&b, "%s=%t ", v.Reason, v.Status == engine.True)
		}
	}
	return strings.TrimRight(b.String(), " ") + "\n"
}

var kinds = map[engine.StepKind]string{
	engine.StepMetric: "metric", engine.StepUnknown: "unknown", engine.StepMerge: "largest", engine.StepHold: "hold",
	engine.StepStabilisation: "stabilisation", engine.StepRatePolicy: "rate", engine.StepWindow: "window", engine.StepBounds: "bounds",
}
