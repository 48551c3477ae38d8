package explain

import (
	"fmt"
	"io"

	"flyball.dev/flyball/autoscaler/bundle"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/explain"
	"flyball.dev/flyball/cmd/flyball/internal/input"
)

// replayed is the decision for a bundle.
type replayed struct {
	spec     *engine.Spec
	decision *engine.Decision
	report   report
	// generation of the spec.
	generation int64
}

// replayFile decides from the bundle in a file. Errors name the file.
func replayFile(file input.File, stdin io.Reader) (*bundle.Bundle, *replayed, error) {
	text, err := file.Read(stdin)
	if err != nil {
		return nil, nil, err
	}
	b, err := bundle.Unmarshal(text)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", file, err)
	}
	r, err := replay(b)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", file, err)
	}
	return b, r, nil
}

func replay(b *bundle.Bundle) (*replayed, error) {
	d, spec, err := bundle.Replay(b)
	if err != nil {
		return nil, err
	}
	r := report{
		Autoscaler: fullName(b),
		Time:       d.Time, Current: d.Current, Desired: d.Desired, Min: &d.Min, Max: &d.Max, Failed: d.Failed,
		Reason: explain.Reason(spec, &d), Targets: explain.Targets(spec, &d),
	}
	for _, i := range d.OpenWindows {
		r.Windows = append(r.Windows, spec.Windows[i].Name)
	}
	for _, s := range explain.Steps(spec, &d) {
		r.Steps = append(r.Steps, step(s))
	}
	for _, c := range explain.Conditions(spec, &d) {
		r.Conditions = append(r.Conditions, condition{Type: c.Type, Status: string(c.Status), Reason: c.Reason, Message: c.Message})
	}
	if b.Decided != nil {
		r.Decided, r.Same = &b.Decided.Desired, new(b.Decided.Desired == d.Desired)
	}
	return &replayed{spec: spec, decision: &d, report: r, generation: b.Autoscaler.Generation}, nil
}

// page is the decision as text, without the conditions, which repeat the steps.
func (r *replayed) page() string { return explain.Text(r.spec, r.decision) }

func fullName(b *bundle.Bundle) string {
	if b.Autoscaler.Namespace == "" {
		return b.Autoscaler.Name
	}
	return b.Autoscaler.Namespace + "/" + b.Autoscaler.Name
}
