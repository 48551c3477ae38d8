package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"

	"flyball.dev/flyball/autoscaler/engine"
)

// Store keeps shards. A shard that was never saved is nil.
type Store interface {
	Load(ctx context.Context, shard int) ([]byte, error)
	Save(ctx context.Context, shard int, packed []byte) error
}

const (
	// soon is how long a change to a target may wait to be written down, so that the changes of a moment go together.
	soon = time.Second
	// saveTimeout bounds the last writes when the program ends. It is well within the grace period of a pod.
	saveTimeout = 10 * time.Second
)

// Memory holds the states of all autoscalers, by UID: a namesake of one that was deleted inherits nothing. It is safe for
// concurrent use.
type Memory struct {
	store    Store
	interval time.Duration

	mu     sync.Mutex
	shards []shard
	// urgent wakes Run before the interval is over.
	urgent chan struct{}
	writes int64
	bytes  int64
}

type shard struct {
	states  map[types.UID][]byte
	changed bool
}

// New makes a Memory of so many shards, each written at most once in an interval but for changes to targets.
func New(store Store, shards int, interval time.Duration) *Memory {
	m := &Memory{store: store, interval: interval, shards: make([]shard, shards), urgent: make(chan struct{}, 1)}
	for i := range m.shards {
		m.shards[i].states = map[types.UID][]byte{}
	}
	return m
}

// Load reads what an earlier process, or another leader, has saved. A shard that cannot be understood is reported and
// left out: to begin anew is what every autoscaler does at first.
func (m *Memory) Load(ctx context.Context) error {
	for i := range m.shards {
		packed, err := m.store.Load(ctx, i)
		if err != nil {
			return fmt.Errorf("reading what autoscalers remember: %w", err)
		}
		if packed == nil {
			continue
		}
		states, err := unpackShard(packed)
		if err != nil {
			klog.FromContext(ctx).Error(err, "A part of what autoscalers remember cannot be read; they begin anew", "shard", i)
			continue
		}
		m.mu.Lock()
		for uid, state := range states {
			m.shards[m.shardOf(uid)].states[uid] = state
		}
		m.mu.Unlock()
	}
	return nil
}

// Recall gives the state of an autoscaler; false where nothing is known of it.
func (m *Memory) Recall(uid types.UID) (engine.State, bool) {
	m.mu.Lock()
	packed := m.shards[m.shardOf(uid)].states[uid]
	m.mu.Unlock()
	if packed == nil {
		return engine.State{}, false
	}
	state, err := unpackState(packed)
	return state, err == nil
}

// Note takes down the state of an autoscaler after a tick. changed says that its target was changed, which is written soon.
func (m *Memory) Note(uid types.UID, state *engine.State, changed bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &m.shards[m.shardOf(uid)]
	s.states[uid] = packState(s.states[uid][:0], state)
	s.changed = true
	if changed {
		select {
		case m.urgent <- struct{}{}:
		default:
		}
	}
}

// Retain forgets every autoscaler but those.
func (m *Memory) Retain(known func(types.UID) bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.shards {
		s := &m.shards[i]
		before := len(s.states)
		maps.DeleteFunc(s.states, func(uid types.UID, _ []byte) bool { return !known(uid) })
		s.changed = s.changed || len(s.states) != before
	}
}

// Forget forgets an autoscaler that is gone.
func (m *Memory) Forget(uid types.UID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &m.shards[m.shardOf(uid)]
	if _, known := s.states[uid]; known {
		delete(s.states, uid)
		s.changed = true
	}
}

// Run saves what changes until ctx ends, and then once more.
func (m *Memory) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
			defer cancel()
			m.report(ctx, m.Save(last))
			return
		case <-m.urgent:
			m.pause(ctx, soon)
		case <-time.After(m.interval):
		}
		if ctx.Err() == nil {
			m.report(ctx, m.Save(ctx))
		}
	}
}

func (m *Memory) pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func (m *Memory) report(ctx context.Context, err error) {
	if err != nil {
		klog.FromContext(ctx).Error(err, "What autoscalers remember could not be saved; it is tried again")
	}
}

// Save writes the shards that have changed. One that cannot be written stays changed.
func (m *Memory) Save(ctx context.Context) error {
	var errs []error
	for i := range m.shards {
		packed, changed := m.takeChanged(i)
		if !changed {
			continue
		}
		if err := m.store.Save(ctx, i, packed); err != nil {
			errs = append(errs, fmt.Errorf("shard %d: %w", i, err))
			m.putBack(i)
			continue
		}
		m.count(len(packed))
	}
	return errors.Join(errs...)
}

func (m *Memory) takeChanged(i int) (packed []byte, changed bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &m.shards[i]
	if !s.changed {
		return nil, false
	}
	s.changed = false
	return packShard(s.states), true
}

func (m *Memory) putBack(i int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.shards[i].changed = true
}

func (m *Memory) count(bytes int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.writes, m.bytes = m.writes+1, m.bytes+int64(bytes)
}

// Written is how many writes there were, and of how many bytes, since the start.
func (m *Memory) Written() (writes, bytes int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.writes, m.bytes
}

func (m *Memory) shardOf(uid types.UID) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(uid))
	return int(h.Sum32() % uint32(len(m.shards)))
}
