package bundle

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/policy"
)

// Bundle is what one decision was made of, and what was decided. Do not change what it points to: a captured one shares
// memory with the program that captured it.
type Bundle struct {
	// Time of the decision.
	Time time.Time
	// Autoscaler has the namespace, name, generation and spec only. Not nil.
	Autoscaler *v1alpha1.HorizontalAutoscaler
	// Windows are the ScaleWindows that held for it, by their name, generation and spec; in the order of their names where a
	// controller captured them. Their targets are not looked at.
	Windows []*v1alpha1.ScaleWindow
	// Defaults of the controller that decided.
	Defaults policy.Defaults
	// State before the decision.
	State engine.State
	// Observation that was decided about.
	Observation engine.Observation
	// Decided is what the decision was, to compare a replay with; nil without a decision.
	Decided *Decided
}

// Decided is the part of a decision that a replay is compared with, and its reason for people.
type Decided struct {
	Desired, Min, Max int32
	Reason            string
}

// Capture makes the bundle of a decision. before is the state that the engine was given: it is cloned, because the engine
// takes states over. seen is shared. reason is the decision in a sentence; it may be empty.
func Capture(
	autoscaler *v1alpha1.HorizontalAutoscaler, windows []*v1alpha1.ScaleWindow, defaults policy.Defaults,
	before engine.State, seen engine.Observation, decision *engine.Decision, reason string,
) *Bundle {
	held := make([]*v1alpha1.ScaleWindow, len(windows))
	for i, w := range windows {
		held[i] = &v1alpha1.ScaleWindow{ObjectMeta: metav1.ObjectMeta{Name: w.Name, Generation: w.Generation}, Spec: w.Spec}
	}
	return &Bundle{
		Time: decision.Time,
		Autoscaler: &v1alpha1.HorizontalAutoscaler{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: autoscaler.Namespace, Name: autoscaler.Name, Generation: autoscaler.Generation,
			},
			Spec: autoscaler.Spec,
		},
		Windows:     held,
		Defaults:    defaults,
		State:       before.Clone(),
		Observation: seen,
		Decided:     &Decided{Desired: decision.Desired, Min: decision.Min, Max: decision.Max, Reason: reason},
	}
}

// Replay decides again. It leaves the bundle as it is, so that a replay can be repeated. The spec is what the decision's
// indices refer to. The error is about the autoscaler's spec or a window's, and an [*policy.Error].
func Replay(b *Bundle) (engine.Decision, *engine.Spec, error) {
	compiled, err := b.compile()
	if err != nil {
		return engine.Decision{}, nil, err
	}
	decision, _ := engine.Decide(&compiled.Spec, b.State.Clone(), &b.Observation, b.Time)
	return decision, &compiled.Spec, nil
}

// compile gives what the decision was made by: the policy of the autoscaler, with its ScaleWindows.
func (b *Bundle) compile() (*policy.Policy, error) {
	own, err := policy.Compile(b.Autoscaler, b.Defaults)
	if err != nil {
		return nil, err
	}
	windows := make([]*policy.ScaleWindow, len(b.Windows))
	for i, w := range b.Windows {
		if windows[i], err = policy.CompileScaleWindow(w, "", nil); err != nil {
			return nil, fmt.Errorf("ScaleWindow %s: %w", w.Name, err)
		}
	}
	return own.With(windows), nil
}
