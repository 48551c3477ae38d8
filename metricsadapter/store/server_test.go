package store

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"flyball.dev/flyball/metricsadapter/plan"
	"flyball.dev/flyball/metricsadapter/prom"
)

// server is a fake Prometheus that counts queries, and delays or fails them as a test sets.
type server struct {
	mu      sync.Mutex
	asked   map[string]int
	servers []string
	time    []time.Time
	delay   time.Duration
	broken  error
}

func (s *server) Query(ctx context.Context, r prom.Request) (prom.Answer, error) {
	s.mu.Lock()
	if s.asked == nil {
		s.asked = map[string]int{}
	}
	s.asked[r.Query]++
	s.servers = append(s.servers, r.Server)
	s.time = append(s.time, r.Time)
	n, delay, broken := s.asked[r.Query], s.delay, s.broken
	s.mu.Unlock()
	select {
	case <-time.After(delay):
	case <-ctx.Done():
		return prom.Answer{}, ctx.Err()
	}
	if broken != nil {
		return prom.Answer{}, broken
	}
	return prom.Answer{Vector: model.Vector{{Value: model.SampleValue(n)}}}, nil
}

// count returns the number of queries for x.
func (s *server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked["x"]
}

func (s *server) breakDown(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = err
}

// times returns the evaluation times of the queries.
func (s *server) times() []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.time)
}

var x = []plan.Request{{Query: plan.Query{Text: "x"}}}

func start(t *testing.T, s *server) *Store {
	store := New(s, Options{Period: 10 * time.Second, Idle: time.Minute, NoSampleTimes: true})
	t.Cleanup(store.Close)
	return store
}
