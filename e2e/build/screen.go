package build

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// screen shows one changing line: written over on a terminal, and every ten seconds elsewhere.
type screen struct {
	mu       sync.Mutex
	output   io.Writer
	terminal bool
	written  time.Time
	dirty    bool
}

func newScreen(output io.Writer, terminal bool) *screen {
	return &screen{output: output, terminal: terminal}
}

// show puts the line on the screen, unless another was shown just now.
func (s *screen) show(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pause := 10 * time.Second
	if s.terminal {
		pause = 200 * time.Millisecond
	}
	if line == "" || time.Since(s.written) < pause {
		return
	}
	s.written = time.Now()
	if !s.terminal {
		_, _ = fmt.Fprintln(s.output, line)
		return
	}
	const width = 110
	if len(line) > width {
		line = line[:width]
	}
	// Carriage return, the line, and erase to its end.
	_, _ = fmt.Fprintf(s.output, "\r%s\x1b[K", line)
	s.dirty = true
}

// note writes a line that stays.
func (s *screen) note(line string) {
	s.close()
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = fmt.Fprintln(s.output, line)
}

// close leaves the terminal on an empty line.
func (s *screen) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dirty {
		_, _ = fmt.Fprint(s.output, "\r\x1b[K")
		s.dirty = false
	}
}

// follow shows the plan's status once a second until the function it returns is called.
func (s *screen) follow(p *plan) (stop func()) {
	finish, finished := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(finished)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-finish:
				return
			case now := <-tick.C:
				s.show(p.status(now))
			}
		}
	}()
	return func() { close(finish); <-finished }
}
