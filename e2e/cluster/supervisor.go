package cluster

import (
	"context"
	"slices"
	"sync"
	"time"

	"flyball.dev/flyball/e2e/process"
)

// supervisor holds the running programs and cancels its context when one of them ends unasked.
type supervisor struct {
	ctx    context.Context // as a field: it is the life of the cluster, not of a call
	cancel context.CancelCauseFunc
	// restarted is called with a program that ended and is started again; nil if its end is that of the cluster.
	restarted func(p *process.Process)

	mu        sync.Mutex
	processes []*process.Process
	expected  map[*process.Process]bool // may end without failing the cluster
}

func newSupervisor() *supervisor {
	s := &supervisor{expected: map[*process.Process]bool{}}
	s.ctx, s.cancel = context.WithCancelCause(context.Background())
	return s
}

// start runs a program under supervision.
func (s *supervisor) start(spec process.Spec) (*process.Process, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := context.Cause(s.ctx); err != nil {
		return nil, err
	}
	p, err := process.Start(spec)
	if err != nil {
		return nil, err
	}
	s.processes = append(s.processes, p)
	go s.watch(p)
	return p, nil
}

func (s *supervisor) watch(p *process.Process) {
	<-p.Done()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.expected[p]:
	case s.restarted == nil:
		s.cancel(p.Err())
	default:
		s.processes = slices.DeleteFunc(s.processes, func(other *process.Process) bool { return other == p })
		go s.restart(p)
	}
}

// restartDelay is the time from the end of a program to its next start. A kubelet begins with 10 s.
const restartDelay = time.Second

// restart starts a program again that has ended.
func (s *supervisor) restart(p *process.Process) {
	s.restarted(p)
	select {
	case <-s.ctx.Done():
	case <-time.After(restartDelay):
		if _, err := s.start(p.Spec()); err != nil {
			s.cancel(err)
		}
	}
}

// expect allows p to end from now on, and removes it from the running programs.
func (s *supervisor) expect(p *process.Process) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expected[p] = true
	s.processes = slices.DeleteFunc(s.processes, func(other *process.Process) bool { return other == p })
}

// pids are the process ids of the running programs by name.
func (s *supervisor) pids() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[string]int, len(s.processes))
	for _, p := range s.processes {
		out[p.Name()] = p.PID()
	}
	return out
}

// stop ends every program, the last started first, so that none misses another that it needs.
func (s *supervisor) stop(ctx context.Context) {
	s.mu.Lock()
	processes := slices.Clone(s.processes)
	for _, p := range processes {
		s.expected[p] = true
	}
	s.processes = nil
	s.cancel(errStopped) // before a restart could add one
	s.mu.Unlock()
	for _, p := range slices.Backward(processes) {
		p.Stop(ctx)
	}
}
