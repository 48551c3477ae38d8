package controller

import (
	"hash/fnv"
	"maps"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/target"
)

// slot is the granularity of the spread over the period: autoscalers of one slot fall due together and make a batch.
const slot = 250 * time.Millisecond

// due returns the objects of the keys, and deletes those of autoscalers that no longer exist. Two are left out: an autoscaler whose
// first spec is not compiled yet, because the compiler adds it to the queue again; and one whose write is under way, because
// it is evaluated after the result.
func (c *Controller) due(keys []cache.ObjectName) []*object {
	batch := make([]*object, 0, len(keys))
	for _, key := range keys {
		o := c.objects[key]
		if o != nil && o.writing {
			o.processing, o.again = true, true
			continue
		}
		autoscaler, err := c.autoscalers.HorizontalAutoscalers(key.Namespace).Get(key.Name)
		if apierrors.IsNotFound(err) {
			c.deleteObject(key)
			c.skip(key)
			continue
		}
		if err != nil { // a lister has no other error
			utilruntime.HandleError(err)
			c.skip(key)
			continue
		}
		if !c.holds(autoscaler.UID) {
			c.skip(key)
			continue
		}
		compiled := c.specs.find(key)
		if compiled == nil || compiled.autoscaler.UID != autoscaler.UID {
			c.skip(key)
			continue
		}
		if compiled.autoscaler.Generation != autoscaler.Generation {
			autoscaler = compiled.autoscaler // the previous spec applies until the newer one is compiled
		}
		batch = append(batch, c.update(o, key, autoscaler, compiled))
	}
	c.deps.Telemetry.autoscalers(len(c.objects))
	return batch
}

// skip ends the processing of a key that is not evaluated.
func (c *Controller) skip(key cache.ObjectName) {
	c.dueTimes.remove(key, c.deps.Now())
	c.queue.Done(key)
}

// update returns the object of an autoscaler, o or a new one, with its newest compiled spec and windows. An autoscaler with another UID is a
// new one and inherits no state.
func (c *Controller) update(o *object, key cache.ObjectName, autoscaler *v1alpha1.HorizontalAutoscaler, compiled *spec) *object {
	if o == nil || o.uid != autoscaler.UID {
		c.deleteObject(key)
		o = &object{key: key, uid: autoscaler.UID, hash: hashOf(autoscaler.UID), status: &autoscaler.Status, state: c.restoreState(autoscaler)}
		o.announcedOpen, o.previousDecision = openWindows(o.status.Windows), lastDecided(autoscaler)
		o.batches, o.other = o.status.Batches, restoreOtherWriter(o.status, c.deps.Now())
		if o.status.Decision != nil {
			o.statusTime, o.valuesTime = o.status.Decision.Time.Time, o.status.Decision.Time.Time
		}
		c.objects[key] = o
	}
	relabeled := o.autoscaler == nil || !maps.Equal(o.autoscaler.Labels, autoscaler.Labels)
	o.autoscaler = autoscaler
	recompiled := o.compiled != compiled
	if recompiled {
		o.compiled, o.generation = compiled, autoscaler.Generation
		o.own, o.invalid = compiled.policy, compiled.rejected
		o.target = targetKey(autoscaler)
	}
	if snapshot := c.deps.Windows.Namespace(key.Namespace); recompiled || relabeled || snapshot != o.snapshot {
		o.snapshot = snapshot
		o.compose(recompiled)
	}
	o.rejected = o.invalid
	if o.rejected == nil {
		o.rejected = c.quotas.exceeded(key)
	}
	o.conflict = c.conflictOf(o)
	if !o.acts() {
		o.expected, o.other = expectedReplicas{}, nil
	}
	o.processing = true
	o.revision++
	o.scale, o.observation, o.outcome = target.Scale{}, engine.Observation{}, outcome{}
	o.decision.NextEdge = time.Time{}
	return o
}

// schedule adds an object to the queue for its next tick, and ends the processing of its key, if it is of the current batch and
// not one that an edge interrupted.
func (c *Controller) schedule(o *object) {
	now := c.deps.Now()
	wait := o.nextDue(now, c.config.Period)
	if o.again {
		wait = 0
	}
	o.again = false
	o.revision++
	c.dueTimes.add(o.key, now.Add(wait))
	c.queue.AddAfter(o.key, wait)
	if o.processing {
		o.processing = false
		c.queue.Done(o.key)
	}
}

// nextDue returns the time until the object's next slot or its next window edge, whichever comes first.
func (o *object) nextDue(now time.Time, period time.Duration) time.Duration {
	wait := untilSlot(o.hash, now, period)
	if edge := o.decision.NextEdge; !edge.IsZero() {
		wait = max(0, min(wait, edge.Sub(now)))
	}
	return wait
}

// untilSlot returns the time from now to the next occurrence of an object's slot in the period. The slot depends only on the
// hash of the UID, so that objects are spread evenly and keep their slot over restarts.
func untilSlot(hash uint64, now time.Time, period time.Duration) time.Duration {
	slots := max(1, uint64(period/slot))
	offset := time.Duration(hash%slots) * slot
	since := time.Duration(now.UnixNano()) % period
	wait := offset - since
	if wait <= 0 {
		wait += period
	}
	return wait
}

func hashOf(uid types.UID) uint64 {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(uid)) // the Write of a hash never fails
	return hash.Sum64()
}
