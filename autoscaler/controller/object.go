package controller

import (
	"maps"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/target"
)

// object is what the loop holds for one autoscaler: its policy, its memory, and what this tick has seen and decided.
type object struct {
	key        cache.ObjectName
	uid        types.UID
	generation int64
	// autoscaler is the informer's: not to be changed.
	autoscaler *v1alpha1.HorizontalAutoscaler

	// own is the policy of the spec alone; policy has the windows of ScaleWindows, too.
	own, policy *policy.Policy
	// windows are the ScaleWindows that hold for the autoscaler, among, the set that they were last looked for in.
	windows []*policy.ScaleWindow
	among   *windowsOf
	// refused says why the spec has no policy; nothing scales then.
	refused error

	state engine.State
	// status is what was last written, and statusTime when.
	status     *v1alpha1.HorizontalAutoscalerStatus
	statusTime time.Time
	// toldOpen are the windows whose opening was told by an event, and whose closing was not.
	toldOpen []string
	// unseenSince is when an earlier process decided last; the zero time where this one has decided since, or nothing tells.
	unseenSince time.Time

	// target is the key of what is scaled in the index of autoscalers by their targets.
	target string
	// conflict is the name of another autoscaler that scales the same target; neither acts then.
	conflict string
	// selector is the one last seen, kept only where pods are not told by their owners.
	selector labels.Selector

	// changes are when each window changes next.
	changes changes
	// nextEdge is when a window opens or closes next; the zero time for never, and once that edge was met.
	nextEdge time.Time

	// The rest is of this tick.
	scale    target.Scale
	seen     engine.Observation
	decision engine.Decision
	outcome  outcome
}

// outcome is what became of an autoscaler in a tick.
type outcome struct {
	// decided says that there is a decision.
	decided bool
	// settled says that it was carried out before the rest of the batch.
	settled bool
	// rescaled says that size was written to the target; writeErr that it could not be. It is what was decided, unless work
	// that is running stands against it.
	rescaled bool
	size     int32
	writeErr error
}

// load gives the objects of the keys, and forgets autoscalers that are gone. One whose first spec is not compiled yet is left
// out; the compiler makes it due again.
func (c *Controller) load(keys []cache.ObjectName) []*object {
	batch := make([]*object, 0, len(keys))
	for _, key := range keys {
		autoscaler, err := c.autoscalers.HorizontalAutoscalers(key.Namespace).Get(key.Name)
		if apierrors.IsNotFound(err) {
			c.forget(key)
			continue
		}
		if err != nil { // a lister reads memory: it has no other error
			utilruntime.HandleError(err)
			continue
		}
		compiled := c.specs.find(key)
		if compiled == nil || compiled.autoscaler.UID != autoscaler.UID {
			continue
		}
		if compiled.autoscaler.Generation != autoscaler.Generation {
			autoscaler = compiled.autoscaler // the spec in force, until the newer one is compiled
		}
		batch = append(batch, c.remember(key, autoscaler, compiled))
	}
	c.deps.Telemetry.autoscalers(len(c.objects))
	return batch
}

// remember finds the object of an autoscaler, or makes it. One of another UID is another autoscaler: it inherits nothing
// from its namesake.
func (c *Controller) remember(key cache.ObjectName, autoscaler *v1alpha1.HorizontalAutoscaler, compiled *spec) *object {
	o := c.objects[key]
	if o == nil || o.uid != autoscaler.UID {
		c.forget(key)
		o = &object{key: key, uid: autoscaler.UID, status: autoscaler.Status.DeepCopy(), state: c.restoreState(autoscaler)}
		o.toldOpen, o.unseenSince = openWindows(o.status.Windows), lastDecided(autoscaler)
		c.objects[key] = o
	}
	relabelled := o.autoscaler == nil || !maps.Equal(o.autoscaler.Labels, autoscaler.Labels)
	o.autoscaler = autoscaler
	respecified := o.generation != autoscaler.Generation
	if respecified {
		o.generation = autoscaler.Generation
		o.own, o.refused = compiled.policy, compiled.refused
		o.target = targetKey(autoscaler)
	}
	if among := c.scaleWindows.in(key.Namespace); respecified || relabelled || among != o.among {
		o.among = among
		o.compose(respecified)
	}
	o.conflict = c.conflictOf(o)
	o.scale, o.seen, o.decision, o.outcome = target.Scale{}, engine.Observation{}, engine.Decision{}, outcome{}
	return o
}

// compose puts the windows of the spec and of ScaleWindows together, where either has changed.
func (o *object) compose(respecified bool) {
	if o.own == nil {
		o.policy, o.windows = nil, nil
		return
	}
	windows := o.among.selected(o.key.Name, o.autoscaler.Labels)
	if !respecified && o.policy != nil && slices.Equal(windows, o.windows) {
		return
	}
	o.windows, o.policy = windows, o.own.With(windows)
}

// nextDue is how long to wait: until the object's slot of the period, or a window's edge, whichever comes first.
func (o *object) nextDue(now time.Time, period time.Duration) time.Duration {
	wait := untilSlot(o.uid, now, period)
	if edge := o.decision.NextEdge; !edge.IsZero() {
		wait = max(0, min(wait, edge.Sub(now)))
	}
	return wait
}

// acts says whether there is anything to decide.
func (o *object) acts() bool { return o.refused == nil && !o.paused() && o.conflict == "" }

func (o *object) paused() bool { return o.autoscaler.Spec.Mode == v1alpha1.ModePaused }

func (o *object) shadow() bool { return o.autoscaler.Spec.Mode == v1alpha1.ModeShadow }

func (o *object) ref() target.Ref {
	ref := o.autoscaler.Spec.ScaleTargetRef
	return target.Ref{Namespace: o.key.Namespace, APIVersion: ref.APIVersion, Kind: ref.Kind, Name: ref.Name}
}
