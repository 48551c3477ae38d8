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

// Storage reads and writes shards. Load returns nil for a shard that was never saved.
type Storage interface {
	Load(ctx context.Context, shard int) ([]byte, error)
	Save(ctx context.Context, shard int, encoded []byte) error
}

const (
	// rescaleDelay is the time from a change to a target until its state is written, so that one write holds several changes.
	rescaleDelay = time.Second
	// shutdownTimeout bounds the last writes of the process. It is shorter than the termination grace period of a pod.
	shutdownTimeout = 10 * time.Second
)

// Store holds the states of all autoscalers, by UID: an autoscaler that is deleted and created again starts without a
// state. It is safe for concurrent use.
type Store struct {
	interval time.Duration

	// storing is held during a request to storage.
	storing sync.Mutex
	storage Storage

	mu     sync.Mutex
	shards []shard
	// urgent wakes Run before the interval ends.
	urgent chan struct{}
	writes int64
	bytes  int64
}

type shard struct {
	states map[types.UID]engine.State
	dirty  bool
}

// New returns an empty Store with the given number of shards. Each shard is written at most once per interval, and
// earlier after a change to a target.
func New(storage Storage, shards int, interval time.Duration) *Store {
	s := &Store{storage: storage, interval: interval, shards: make([]shard, shards), urgent: make(chan struct{}, 1)}
	for i := range s.shards {
		s.shards[i].states = map[types.UID]engine.State{}
	}
	return s
}

// Load reads the states that an earlier process or another leader saved. A shard that cannot be decoded is logged and
// skipped: its autoscalers start without a state, as new ones do.
func (s *Store) Load(ctx context.Context) error {
	for i := range s.shards {
		if err := s.LoadShard(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// LoadShard is Load for one shard.
func (s *Store) LoadShard(ctx context.Context, i int) error {
	s.storing.Lock()
	saved, err := s.storage.Load(ctx, i)
	s.storing.Unlock()
	if err != nil {
		return fmt.Errorf("reading autoscaler state: %w", err)
	}
	if saved == nil {
		return nil
	}
	states, err := decode(saved)
	if err != nil {
		klog.FromContext(ctx).Error(err, "Failed to decode saved autoscaler state; its autoscalers start without state", "shard", i)
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for uid, state := range states {
		s.shardOf(uid).states[uid] = state
	}
	return nil
}

// ReleaseShard writes a shard if it has changed, and drops its states: another process will load them. They are dropped after a
// failed write as well.
func (s *Store) ReleaseShard(ctx context.Context, i int) error {
	err := s.flush(ctx, i)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shards[i] = shard{states: map[types.UID]engine.State{}}
	return err
}

// Shards returns the number of shards.
func (s *Store) Shards() int { return len(s.shards) }

// Shard returns the shard of an autoscaler, from 0 to Shards()-1. It depends on the UID only.
func (s *Store) Shard(uid types.UID) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(uid)) // the Write of a hash never fails
	return int(h.Sum32() % uint32(len(s.shards)))
}

// Restore returns the state of an autoscaler, which shares no memory with the Store; false where none is saved.
func (s *Store) Restore(uid types.UID) (engine.State, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	state, found := s.shardOf(uid).states[uid]
	return state.Clone(), found
}

// Save stores a copy of the state of an autoscaler after a sync. With rescaled its shard is written after [rescaleDelay], else at the
// end of the interval.
func (s *Store) Save(uid types.UID, state *engine.State, rescaled bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sh := s.shardOf(uid)
	saved := sh.states[uid]
	recommendations := latestOfEach(saved.Recommendations[:0], state.Recommendations)
	saved.Recommendations = nil
	whole := *state
	whole.Recommendations = nil
	saved.Copy(&whole)
	saved.Recommendations = recommendations
	sh.states[uid] = saved
	sh.dirty = true
	if rescaled {
		select {
		case s.urgent <- struct{}{}:
		default:
		}
	}
}

// Retain deletes the states of all autoscalers that known returns false for.
func (s *Store) Retain(known func(types.UID) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.shards {
		sh := &s.shards[i]
		before := len(sh.states)
		maps.DeleteFunc(sh.states, func(uid types.UID, _ engine.State) bool { return !known(uid) })
		sh.dirty = sh.dirty || len(sh.states) != before
	}
}

// Delete deletes the state of an autoscaler.
func (s *Store) Delete(uid types.UID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sh := s.shardOf(uid)
	if _, found := sh.states[uid]; found {
		delete(sh.states, uid)
		sh.dirty = true
	}
}

// Run writes changed shards until ctx ends, and then once more. A write that is under way then is not canceled: the API server may
// store it all the same, and the next write would conflict with it.
func (s *Store) Run(ctx context.Context) {
	writing, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(shutdownTimeout, cancel) })()
	for {
		select {
		case <-ctx.Done():
			s.report(ctx, s.Flush(writing))
			return
		case <-s.urgent:
			wait(ctx, rescaleDelay)
		case <-time.After(s.interval):
		}
		if ctx.Err() == nil {
			s.report(ctx, s.Flush(writing))
		}
	}
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func (*Store) report(ctx context.Context, err error) {
	if err != nil {
		klog.FromContext(ctx).Error(err, "Failed to save autoscaler state; will retry")
	}
}

// Flush writes the shards that have changed. The next Flush retries those that fail.
func (s *Store) Flush(ctx context.Context) error {
	var errs []error
	for i := range s.shards {
		errs = append(errs, s.flush(ctx, i))
	}
	return errors.Join(errs...)
}

func (s *Store) flush(ctx context.Context, i int) error {
	s.storing.Lock()
	defer s.storing.Unlock()
	encoded, dirty, err := s.encodeDirty(i)
	if !dirty {
		return nil
	}
	if err == nil {
		err = s.storage.Save(ctx, i, encoded)
	}
	if err != nil {
		s.markDirty(i)
		return fmt.Errorf("shard %d: %w", i, err)
	}
	s.count(len(encoded))
	return nil
}

// encodeDirty encodes shard i if it has changed, and marks it as written.
func (s *Store) encodeDirty(i int) (encoded []byte, dirty bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sh := &s.shards[i]
	if !sh.dirty {
		return nil, false, nil
	}
	sh.dirty = false
	encoded, err = encode(sh.states)
	return encoded, true, err
}

func (s *Store) markDirty(i int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shards[i].dirty = true
}

func (s *Store) count(bytes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes, s.bytes = s.writes+1, s.bytes+int64(bytes)
}

// Written returns the number of writes since the start, and the bytes that they wrote.
func (s *Store) Written() (writes, bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writes, s.bytes
}

// shardOf returns the shard of an autoscaler. Its caller holds mu.
func (s *Store) shardOf(uid types.UID) *shard { return &s.shards[s.Shard(uid)] }
