package controller

import (
	"cmp"
	"fmt"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/bundle"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/explain"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/shadow"
)

// lastDecisions stores the input and the result of each autoscaler's last decision, for [Controller.Bundle] and [Controller.Rows]. A capture that
// started with the request would store the next decision, a period later, when an unexpected state may have passed.
//
// Storing is cheap enough for every decision. The observation is shared, because each tick makes a new one and does not change
// it later. Only the state is copied, because the engine overwrites its memory: about 2 KB for each autoscaler with a period of
// 5 s and a stabilization window of 5 minutes, and never more than the state itself.
//
// The loop writes and other goroutines read, so it has a lock.
type lastDecisions struct {
	mu    sync.Mutex
	byKey map[cache.ObjectName]*lastDecision
	// viewed are those that a page showed.
	viewed viewedDecisions
}

// lastDecision has no policy before the first decision.
type lastDecision struct {
	autoscaler  *v1alpha1.HorizontalAutoscaler // of the informer: must not be changed
	policy      *policy.Policy
	windows     []*policy.ScaleWindow
	before      engine.State
	observation engine.Observation
	decision    engine.Decision
	// status is the newest one, which must not be changed, and acts whether the autoscaler is evaluated, after its last tick.
	status *v1alpha1.HorizontalAutoscalerStatus
	acts   bool
	// comparison is that of an autoscaler in mode Shadow with the generation compared, where shadow.
	comparison shadow.Comparison
	compared   int64
	shadow     bool
	// past is the history, with the metrics of metricsOf.
	past      past
	metricsOf *policy.Policy
	// direction is the sign of the last change of the target, and reversals counts the changes against the one before.
	direction int
	reversals int64
}

func newLastDecisions() *lastDecisions {
	return &lastDecisions{byKey: map[cache.ObjectName]*lastDecision{}}
}

// record stores the decision of an object that was in the state before. It shares the memory of the decision, which the object
// uses again after its next decision. The loop may change the verdicts of the object's decision later, but not its steps.
func (l *lastDecisions) record(o *object, before *engine.State) {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := l.of(o)
	last.before.Copy(before)
	last.autoscaler, last.policy, last.windows, last.observation, last.decision = o.autoscaler, o.policy, o.windows, o.observation, o.decision
}

// finish stores the status of an object whose tick ends.
func (l *lastDecisions) finish(o *object) {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := l.of(o)
	last.status, last.acts = o.status, o.acts()
	if last.shadow, last.compared = o.comparison != nil, o.compared; last.shadow {
		last.comparison.Copy(o.comparison)
	}
	if o.outcome.rescaled {
		last.addChange(cmp.Compare(o.outcome.size, o.decision.Current))
	}
}

// addChange records the direction of a change.
func (l *lastDecision) addChange(direction int) {
	if direction == -l.direction && direction != 0 {
		l.reversals++
	}
	l.direction = direction
}

// of returns the stored decision of an object. The caller holds the lock.
func (l *lastDecisions) of(o *object) *lastDecision {
	if o.captured == nil {
		o.captured = &lastDecision{}
		l.byKey[o.key] = o.captured
	}
	return o.captured
}

func (l *lastDecisions) delete(key cache.ObjectName) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.byKey, key)
}

// Bundle returns the input and the result of an autoscaler's last decision. Any goroutine may call it. An error means that the
// autoscaler does not exist or that this process has not decided it.
func (c *Controller) Bundle(namespace, name string) (*bundle.Bundle, error) {
	if captured := c.last.capture(cache.ObjectName{Namespace: namespace, Name: name}, c.config.Defaults); captured != nil {
		return captured, nil
	}
	autoscaler, err := c.autoscalers.HorizontalAutoscalers(namespace).Get(name)
	switch {
	case apierrors.IsNotFound(err):
		return nil, fmt.Errorf("HorizontalAutoscaler %s/%s not found", namespace, name)
	case err != nil: // a lister has no other error
		return nil, err
	case autoscaler.Spec.Mode == v1alpha1.ModePaused:
		return nil, fmt.Errorf("HorizontalAutoscaler %s/%s is paused, and this process has no decision for it", namespace, name)
	default:
		return nil, fmt.Errorf("this process has no decision for HorizontalAutoscaler %s/%s yet: see the conditions of the object; "+
			"only the process that holds the lease decides", namespace, name)
	}
}

// capture returns nil without a decision.
func (l *lastDecisions) capture(key cache.ObjectName, defaults policy.Defaults) *bundle.Bundle {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := l.byKey[key]
	if last == nil || last.policy == nil {
		return nil
	}
	reason := explain.Reason(&last.policy.Spec, &last.decision)
	windows := make([]*v1alpha1.ScaleWindow, len(last.windows))
	for i, w := range last.windows {
		windows[i] = w.Object
	}
	return bundle.Capture(last.autoscaler, windows, defaults, last.before, last.observation, &last.decision, reason)
}
