package scenario

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// Run is a time that passes in the simulator.
type Run struct {
	// For how long, and Every how much of it a row is printed.
	For, Every time.Duration
}

// mostRows is how many rows a run may print, and mostSteps how many steps it may take.
const (
	mostRows  = 1000
	mostSteps = 10_000_000
)

// parseRun reads D [every D].
func parseRun(head *line, soFar *soFar) (*Run, error) {
	word, _ := head.peek()
	r := &Run{For: head.duration("time to run", 1)}
	r.Every = r.For
	if head.more() {
		r.Every = head.named("every", 1)
	}
	step := soFar.plant.Config.Step
	switch {
	case head.err != nil:
	case r.Every < step:
		head.fail(r.Every.String(), "is no time between rows: it must be at least a step of the plant, which is %s", step)
	case r.For/r.Every > mostRows:
		head.fail(word, "is too long: at a row every %s there would be more than %d of them", r.Every, mostRows)
	case r.For/step > mostSteps:
		head.fail(word, "is too long: it takes more than %d steps of %s", mostSteps, step)
	}
	for i := range soFar.spec.Metrics {
		if err := soFar.plant.Config.CanMeasure(&soFar.spec.Metrics[i]); err != nil {
			head.fail("", "%v", err)
		}
	}
	return r, head.end()
}

// Why tells in a few words what changed the number: the metric that was followed, and whatever cut its proposal.
func Why(spec *engine.Spec, d *engine.Decision) string {
	words := ""
	if d.HighestMetric >= 0 {
		words = label(&spec.Metrics[d.HighestMetric])
	}
	for i := range d.Steps {
		step := &d.Steps[i]
		if step.Kind == engine.StepCurrent || step.Kind == engine.StepMetric || step.Kind == engine.StepHighest || step.From == step.To {
			continue
		}
		if words != "" {
			words += ", "
		}
		words += kinds[step.Kind]
		if name := about(spec, step); name != "" {
			words += " " + name
		}
	}
	return words
}
