package controller

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/metricsadapter/fair"
)

// compilers is the number of specs that are compiled concurrently, at most one of each namespace.
const compilers = 2

// spec is one generation of an autoscaler, compiled.
type spec struct {
	// autoscaler belongs to the informer and must not be changed.
	autoscaler *v1alpha1.HorizontalAutoscaler
	// policy is that of the spec alone; rejected is why the spec has none.
	policy   *policy.Policy
	rejected error
}

func (s *spec) isOf(uid types.UID, generation int64) bool {
	return s != nil && s.autoscaler.UID == uid && s.autoscaler.Generation == generation
}

// specs compiles autoscalers outside of the loop, once for each generation: a query can take 0.1 s to parse, and a spec has
// dozens. The compilers alternate between namespaces, so that many such specs delay only those of their own namespace.
type specs struct {
	defaults policy.Defaults
	get      func(cache.ObjectName) (*v1alpha1.HorizontalAutoscaler, error)
	// compiled is called with each autoscaler whose spec is compiled or that was deleted.
	compiled func(cache.ObjectName)

	mu      sync.Mutex
	known   map[cache.ObjectName]*spec
	queue   *fair.Queue
	waiting map[*fair.Ticket]cache.ObjectName
	// queued are the waiting autoscalers.
	queued map[cache.ObjectName]bool
}

func newSpecs(defaults policy.Defaults, get func(cache.ObjectName) (*v1alpha1.HorizontalAutoscaler, error), compiled func(cache.ObjectName)) *specs {
	return &specs{
		defaults: defaults, get: get, compiled: compiled,
		known:   map[cache.ObjectName]*spec{},
		queue:   fair.New(fair.Limits{MaxConcurrent: compilers, MaxPerClass: 1}),
		waiting: map[*fair.Ticket]cache.ObjectName{},
		queued:  map[cache.ObjectName]bool{},
	}
}

// Add queues an autoscaler for compilation of its newest generation. It does not block.
func (s *specs) Add(key cache.ObjectName) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queued[key] {
		return
	}
	s.queued[key] = true
	s.waiting[s.queue.Push(key.Namespace, time.Now())] = key
	s.start()
}

// start starts the next compilations. The caller holds mu.
func (s *specs) start() {
	for {
		ticket, _ := s.queue.Pop(time.Now()) // classes without a budget are never rejected
		if ticket == nil {
			return
		}
		key := s.waiting[ticket]
		delete(s.waiting, ticket)
		delete(s.queued, key) // a later change is compiled again
		go s.compile(ticket, key)
	}
}

func (s *specs) compile(ticket *fair.Ticket, key cache.ObjectName) {
	started := time.Now()
	autoscaler, err := s.get(key)
	switch {
	case err != nil: // deleted: a lister has no other error
		s.put(key, nil)
	case !s.find(key).isOf(autoscaler.UID, autoscaler.Generation):
		compiled := &spec{autoscaler: autoscaler}
		compiled.policy, compiled.rejected = policy.Compile(autoscaler, s.defaults)
		s.put(key, compiled)
	}
	s.mu.Lock()
	s.queue.Release(ticket, time.Since(started), time.Now())
	s.start()
	s.mu.Unlock()
	s.compiled(key)
}

func (s *specs) put(key cache.ObjectName, compiled *spec) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if compiled == nil {
		delete(s.known, key)
		return
	}
	s.known[key] = compiled
}

// find returns the newest compiled generation; nil before the first.
func (s *specs) find(key cache.ObjectName) *spec {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known[key]
}
