package controller

import (
	"maps"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/cache"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/policy"
	"flyball.dev/flyball/autoscaler/tenancy"
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
	// namespaces are the limits by which it was compiled.
	namespaces *tenancy.Rules
}

func (s *spec) isOf(uid types.UID, generation int64, namespaces *tenancy.Rules) bool {
	return s != nil && s.autoscaler.UID == uid && s.autoscaler.Generation == generation && s.namespaces == namespaces
}

// specs compiles autoscalers outside of the loop, once for each generation and set of limits: a query can take 0.1 s to parse, and a spec has
// dozens. The compilers alternate between namespaces, so that many such specs delay only those of their own namespace.
type specs struct {
	get func(cache.ObjectName) (*v1alpha1.HorizontalAutoscaler, error)
	// compiled is called with each autoscaler whose spec is compiled or that was deleted.
	compiled func(cache.ObjectName)

	mu       sync.Mutex
	defaults policy.Defaults
	known    map[cache.ObjectName]*spec
	queue    *fair.Queue
	waiting  map[*fair.Ticket]cache.ObjectName
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
	defaults := s.inForce()
	autoscaler, err := s.get(key)
	switch {
	case err != nil: // deleted: a lister has no other error
		s.put(key, nil)
	case !s.find(key).isOf(autoscaler.UID, autoscaler.Generation, defaults.Namespaces):
		compiled := &spec{autoscaler: autoscaler, namespaces: defaults.Namespaces}
		compiled.policy, compiled.rejected = policy.Compile(autoscaler, defaults)
		s.put(key, compiled)
	}
	s.mu.Lock()
	s.queue.Release(ticket, time.Since(started), time.Now())
	s.start()
	s.mu.Unlock()
	if s.inForce().Namespaces != defaults.Namespaces {
		s.Add(key) // the limits changed during the compilation
	}
	s.compiled(key)
}

func (s *specs) inForce() policy.Defaults {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.defaults
}

// limit replaces what the operator allows each namespace, and queues all specs. Each keeps its policy until it is compiled again.
func (s *specs) limit(namespaces *tenancy.Rules) {
	s.mu.Lock()
	s.defaults.Namespaces = namespaces
	known := slices.Collect(maps.Keys(s.known))
	s.mu.Unlock()
	for _, key := range known {
		s.Add(key)
	}
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
