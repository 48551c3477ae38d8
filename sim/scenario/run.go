package scenario

import (
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// Run is a period of simulation.
type Run struct {
	// For is the length of the run, and Every the time between two printed rows.
	For, Every time.Duration
}

// mostRows and mostSteps bound the printed rows and the steps of a run.
const (
	mostRows  = 1000
	mostSteps = 10_000_000
)

// parseRun parses D [every D].
func parseRun(head *line, before *prior) (*Run, error) {
	word, _ := head.peek()
	r := &Run{For: head.duration("time to run", 1)}
	r.Every = r.For
	if head.more() {
		r.Every = head.named("every", 1)
	}
	step := before.plant.Config.Step
	switch {
	case head.err != nil:
	case r.Every < step:
		head.fail(r.Every.String(), "is not a valid time between rows: it must be at least the plant's step, %s", step)
	case r.For/r.Every > mostRows:
		head.fail(word, "is too long: a row every %s gives more than %d rows", r.Every, mostRows)
	case r.For/step > mostSteps:
		head.fail(word, "is too long: it takes more than %d steps of %s", mostSteps, step)
	}
	for i := range before.spec.Metrics {
		if err := before.plant.Config.CanMeasure(&before.spec.Metrics[i]); err != nil {
			head.fail("", "%v", err)
		}
	}
	return r, head.end()
}

// Reason summarizes a decision: the metric with the highest proposal, and the steps that changed the replicas after it.
func Reason(spec *engine.Spec, d *engine.Decision) string {
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
