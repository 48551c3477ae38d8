package controller

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
)

const (
	// shardRetry is the time after which a failed read of the state of a shard is repeated.
	shardRetry = time.Second
	// shardEndTimeout bounds the writes in flight when the hold of a shard ends. Together with the time in which a process notices
	// that it has lost its membership, it is shorter than the time after which another process takes the shard.
	shardEndTimeout = time.Second
	// shardSaveTimeout bounds the last write of the state of a shard.
	shardSaveTimeout = 5 * time.Second
)

// shards are the shards whose autoscalers this process evaluates. The maps belong to the goroutine of the loop.
type shards struct {
	// held has a context for each shard, which ends when the shard must not be evaluated any more.
	held map[int]context.Context
	// releasing are the shards with writes in flight whose hold has ended; each channel is closed after the last write.
	releasing map[int]chan struct{}
	// changes are run by the loop; ended is closed once it has ended and the states are saved.
	changes chan func()
	ended   chan struct{}
}

func newShards() *shards {
	return &shards{held: map[int]context.Context{}, releasing: map[int]chan struct{}{}, changes: make(chan func()), ended: make(chan struct{})}
}

// shardChanges returns the changes of the held shards; nil without shards.
func (c *Controller) shardChanges() <-chan func() {
	if c.shards == nil {
		return nil
	}
	return c.shards.changes
}

// inLoop runs change in the goroutine of the loop, and returns when it has run. It is false if the loop has ended.
func (s *shards) inLoop(change func()) bool {
	done := make(chan struct{})
	select {
	case s.changes <- func() { defer close(done); change() }:
		<-done
		return true
	case <-s.ended:
		return false
	}
}

// holds reports whether this process evaluates an autoscaler.
func (c *Controller) holds(uid types.UID) bool {
	if c.shards == nil {
		return true
	}
	held := c.shards.held[c.deps.States.Shard(uid)]
	return held != nil && held.Err() == nil
}

// writeContext is that of a write to the target of an autoscaler.
func (c *Controller) writeContext(uid types.UID) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(c.writes.ctx)
	if c.shards == nil {
		return ctx, cancel
	}
	stop := context.AfterFunc(c.shards.held[c.deps.States.Shard(uid)], func() { time.AfterFunc(shardEndTimeout, cancel) })
	return ctx, func() { stop(); cancel() }
}

// writePermit returns a function that returns why a write about an autoscaler must not be sent any more: this process has lost its lease,
// or holds the autoscaler's shard no more. Any goroutine may call it.
func (c *Controller) writePermit(uid types.UID) func() error {
	if c.shards == nil {
		return c.deps.Held
	}
	shard := c.deps.States.Shard(uid)
	held := c.shards.held[shard]
	return func() error {
		if held.Err() != nil {
			return fmt.Errorf("shard %d is not held any more", shard)
		}
		return c.deps.Held()
	}
}

// Hold evaluates the autoscalers of a shard until ctx ends. It returns when none of their writes is in flight and their state is
// saved, or when [Controller.Run] has returned.
func (c *Controller) Hold(ctx context.Context, shard int) {
	log := klog.FromContext(ctx)
	err := wait.PollUntilContextCancel(ctx, shardRetry, true, func(ctx context.Context) (bool, error) {
		err := c.deps.States.LoadShard(ctx, shard)
		if err != nil {
			log.Error(err, "Failed to read the state of a shard; will retry", "shard", shard, "retryAfter", shardRetry)
		}
		return err == nil, nil
	})
	if err != nil || !c.shards.inLoop(func() { c.hold(ctx, shard) }) {
		return
	}
	select {
	case <-ctx.Done():
	case <-c.shards.ended:
		return
	}
	released := make(chan struct{})
	if !c.shards.inLoop(func() { c.release(shard, released) }) {
		return
	}
	select {
	case <-released:
	case <-c.shards.ended:
		return
	}
	saving, cancel := context.WithTimeout(context.WithoutCancel(ctx), shardSaveTimeout)
	defer cancel()
	if err := c.deps.States.ReleaseShard(saving, shard); err != nil {
		log.Error(err, "Failed to save the state of a shard before another process takes it", "shard", shard)
	}
}

// hold starts the evaluation of a shard: its autoscalers are due now. Those that do not exist any more have no state.
func (c *Controller) hold(ctx context.Context, shard int) {
	c.shards.held[shard] = ctx
	all, err := c.autoscalers.List(labels.Everything())
	if err != nil { // a lister has no errors
		return
	}
	exists := make(map[types.UID]bool, len(all)/c.deps.States.Shards())
	for _, autoscaler := range all {
		if c.deps.States.Shard(autoscaler.UID) == shard {
			exists[autoscaler.UID] = true
			c.Wake(cache.MetaObjectToName(autoscaler))
		}
	}
	c.deps.States.Retain(func(uid types.UID) bool { return exists[uid] || c.deps.States.Shard(uid) != shard })
}

// release drops the objects of a shard, and closes released once none of them has a write in flight.
func (c *Controller) release(shard int, released chan struct{}) {
	delete(c.shards.held, shard)
	c.shards.releasing[shard] = released
	for _, o := range c.objects {
		if c.deps.States.Shard(o.uid) == shard && !o.writing {
			c.dropObject(o)
		}
	}
	c.endRelease(shard)
}

// deleteReleased drops an object of a shard that this process does not hold any more.
func (c *Controller) deleteReleased(o *object) {
	if o.processing {
		o.processing = false
		c.skip(o.key)
	}
	if c.objects[o.key] == o {
		c.dropObject(o)
	}
	c.endRelease(c.deps.States.Shard(o.uid))
}

// endRelease ends the release of a shard if none of its objects is left.
func (c *Controller) endRelease(shard int) {
	released := c.shards.releasing[shard]
	if released == nil {
		return
	}
	for _, o := range c.objects {
		if c.deps.States.Shard(o.uid) == shard {
			return
		}
	}
	delete(c.shards.releasing, shard)
	close(released)
}
