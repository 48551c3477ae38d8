package main

import (
	"fmt"
	"io"
	"os"
	"time"
)

// progress tells somebody who waits at a terminal how far a long run is. It is nil where nobody does.
type progress struct {
	out   io.Writer
	asked int // since the clock was looked at
	next  time.Time
	told  bool
}

// progressOn gives one for a terminal, and nil for anything else.
func progressOn(errOut io.Writer) *progress {
	file, is := errOut.(*os.File)
	if !is {
		return nil
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return newProgress(file, time.Now())
}

// patience is how long a run is not worth telling about, and the time between two tellings.
const patience = 500 * time.Millisecond

func newProgress(out io.Writer, now time.Time) *progress {
	return &progress{out: out, next: now.Add(patience)}
}

// tell says what is being done, and which share of all is done. It is cheap, so that it can be asked at each step.
func (p *progress) tell(what string, done float64) {
	if p == nil {
		return
	}
	if p.asked++; p.asked < 10_000 {
		return
	}
	p.asked = 0
	if now := time.Now(); now.After(p.next) {
		p.next = now.Add(patience)
		p.told = true
		_, _ = fmt.Fprintf(p.out, "\r%3.0f%% %s\x1b[K", 100*done, what) // whoever does not see it misses nothing
	}
}

// end takes the line away.
func (p *progress) end() {
	if p != nil && p.told {
		_, _ = fmt.Fprint(p.out, "\r\x1b[K")
	}
}
