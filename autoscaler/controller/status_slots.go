package controller

import (
	"context"
	"sync"
	"time"
)

const (
	// statusesBehindWrites bounds the status updates in flight while writes to targets wait for a slot.
	statusesBehindWrites = 2
	// statusYield is the longest time that a status update waits for such writes.
	statusYield = 5 * time.Second
)

// statusSlots are those of status updates. While many targets change at once, most of the API server's time is for their
// writes.
type statusSlots struct {
	mu      sync.Mutex
	used    int
	behind  bool
	changed chan struct{} // closed, and replaced, when a slot may have become free
}

func newStatusSlots() *statusSlots { return &statusSlots{changed: make(chan struct{})} }

// setBehind says whether writes to targets wait.
func (s *statusSlots) setBehind(behind bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.behind != behind {
		s.behind = behind
		s.signal()
	}
}

// acquire waits for a slot, until ctx ends. After statusYield only the bound of all status updates counts.
func (s *statusSlots) acquire(ctx context.Context) error {
	yield := time.NewTimer(statusYield)
	defer yield.Stop()
	patient := true
	for {
		s.mu.Lock()
		if s.used < statusWriters && (!s.behind || !patient || s.used < statusesBehindWrites) {
			s.used++
			s.mu.Unlock()
			return nil
		}
		changed := s.changed
		s.mu.Unlock()
		select {
		case <-changed:
		case <-yield.C:
			patient = false
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *statusSlots) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used--
	s.signal()
}

func (s *statusSlots) signal() {
	close(s.changed)
	s.changed = make(chan struct{})
}
