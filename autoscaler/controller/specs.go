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

// compilers is how many specs are compiled at a time, at most one of each namespace.
const compilers = 2

// spec is one generation of an autoscaler, compiled.
type spec struct {
	// autoscaler is the informer's: not to be changed.
	autoscaler *v1alpha1.HorizontalAutoscaler
	// policy is that of the spec alone; refused says why there is none.
	policy   *policy.Policy
	rejected error
}

func (s *spec) isOf(uid types.UID, generation int64) bool {
	return s != nil && s.autoscaler.UID == uid && s.autoscaler.Generation == generation
}

// specs compiles autoscalers beside the loop, once a generation: a hostile query takes a tenth of a second to parse, and a
// spec has dozens. The compilers take turns by namespace, so that many such specs delay those of their own namespace only.
type specs struct {
	defaults policy.Defaults
	get      func(cache.ObjectName) (*v1alpha1.HorizontalAutoscaler, error)
	// compiled is called with each autoscaler whose spec is compiled, or that is gone.
	compiled func(cache.ObjectName)

	mu      sync.Mutex
	known   map[cache.ObjectName]*spec
	queue   *fair.Queue
	waiting map[*fair.Ticket]cache.ObjectName
	// queued are the autoscalers that wait.
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

// Add has the newest generation of an autoscaler compiled. It does not wait.
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

// start starts what may be compiled now. Called with mu held.
func (s *specs) start() {
	for {
		ticket, _ := s.queue.Pop(time.Now()) // no class has a budget, so that none is refused
		if ticket == nil {
			return
		}
		key := s.waiting[ticket]
		delete(s.waiting, ticket)
		delete(s.queued, key) // what changes from now on is compiled again
		go s.compile(ticket, key)
	}
}

func (s *specs) compile(ticket *fair.Ticket, key cache.ObjectName) {
	started := time.Now()
	autoscaler, err := s.get(key)
	switch {
	case err != nil: // it is gone: a lister reads memory, and has no other error
		s.put(key, nil)
	case !s.find(key).isOf(autoscaler.UID, autoscaler.Generation):
		made := &spec{autoscaler: autoscaler}
		made.policy, made.rejected = policy.Compile(autoscaler, s.defaults)
		s.put(key, made)
	}
	s.mu.Lock()
	s.queue.Release(ticket, time.Since(started), time.Now())
	s.start()
	s.mu.Unlock()
	s.compiled(key)
}

func (s *specs) put(key cache.ObjectName, made *spec) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if made == nil {
		delete(s.known, key)
		return
	}
	s.known[key] = made
}

// find gives the newest generation that is compiled; nil before the first.
func (s *specs) find(key cache.ObjectName) *spec {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known[key]
}
