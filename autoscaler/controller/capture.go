package controller

import (
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/bundle"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/explain"
	"flyball.dev/flyball/autoscaler/policy"
)

// lastDecisions keep what each autoscaler's last decision was made of, so that whoever asks gets the decision that made them
// ask. To capture the next one instead would cost nothing until somebody asks, but comes a period late, when what was
// strange is over.
//
// It is cheap enough to do at every decision. What was seen is shared: a tick makes its observations anew and never
// changes them afterwards. Only the state is copied, because the engine takes it over, into memory that is used again:
// about 2 KB an autoscaler at a period of 5 s and 5 minutes of stabilisation, and never more than the state itself has.
//
// The loop writes them and those who ask read them, so they have a lock; the rest of the loop's memory needs none.
type lastDecisions struct {
	mu sync.Mutex
	of map[cache.ObjectName]*lastDecision
}

type lastDecision struct {
	autoscaler *v1alpha1.HorizontalAutoscaler // the informer's: not to be changed
	policy     *policy.Policy
	windows    []*policy.ScaleWindow
	before     engine.State
	seen       engine.Observation
	decision   engine.Decision
}

func newLastDecisions() *lastDecisions {
	return &lastDecisions{of: map[cache.ObjectName]*lastDecision{}}
}

// decide lets the engine decide, and keeps what it was given.
func (l *lastDecisions) decide(o *object, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept := l.of[o.key]
	if kept == nil {
		kept = &lastDecision{}
		l.of[o.key] = kept
	}
	copyState(&kept.before, &o.state)
	o.decision, o.state = engine.Decide(&o.policy.Spec, o.state, &o.seen, now)
	// The decision's verdicts are the loop's to complete, in its own copy; its steps stay as they are.
	kept.autoscaler, kept.policy, kept.windows, kept.seen, kept.decision = o.autoscaler, o.policy, o.windows, o.seen, o.decision
}

// copyState is State.Clone into memory that is there already.
func copyState(into, from *engine.State) {
	into.Recommendations = append(into.Recommendations[:0], from.Recommendations...)
	into.Ups = append(into.Ups[:0], from.Ups...)
	into.Downs = append(into.Downs[:0], from.Downs...)
	into.Outages = append(into.Outages[:0], from.Outages...)
	into.Batches = append(into.Batches[:0], from.Batches...)
	into.Ready = append(into.Ready[:0], from.Ready...)
	into.Samples = append(into.Samples[:0], from.Samples...)
	into.ScaledToZero, into.StartUp, into.Observed, into.ScaledIn = from.ScaledToZero, from.StartUp, from.Observed, from.ScaledIn
	into.Damping.Copy(&from.Damping)
}

func (l *lastDecisions) forget(key cache.ObjectName) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.of, key)
}

// Bundle gives what the last decision about an autoscaler was made of. It is safe to be called while the loop runs. An
// error means that there is no such autoscaler, or no decision of this process about it.
func (c *Controller) Bundle(namespace, name string) (*bundle.Bundle, error) {
	if captured := c.last.capture(cache.ObjectName{Namespace: namespace, Name: name}, c.config.Defaults); captured != nil {
		return captured, nil
	}
	autoscaler, err := c.autoscalers.HorizontalAutoscalers(namespace).Get(name)
	switch {
	case apierrors.IsNotFound(err):
		return nil, fmt.Errorf("there is no HorizontalAutoscaler %s/%s", namespace, name)
	case err != nil: // a lister reads memory: it has no other error
		return nil, err
	case autoscaler.Spec.Mode == v1alpha1.ModePaused:
		return nil, fmt.Errorf("HorizontalAutoscaler %s/%s is paused, and this process has not decided about it", namespace, name)
	default:
		return nil, fmt.Errorf("this process has not decided about HorizontalAutoscaler %s/%s yet: the status of the object "+
			"says whether it can be decided about, and only the process that holds the lease decides", namespace, name)
	}
}

// capture is nil where nothing was decided.
func (l *lastDecisions) capture(key cache.ObjectName, defaults policy.Defaults) *bundle.Bundle {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept := l.of[key]
	if kept == nil {
		return nil
	}
	reason := explain.Reason(&kept.policy.Spec, &kept.decision)
	windows := make([]*v1alpha1.ScaleWindow, len(kept.windows))
	for i, w := range kept.windows {
		windows[i] = w.Object
	}
	return bundle.Capture(kept.autoscaler, windows, defaults, kept.before, kept.seen, &kept.decision, reason)
}
