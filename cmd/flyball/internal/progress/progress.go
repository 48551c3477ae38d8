package progress

import (
	"fmt"
	"io"
	"os"
	"time"
)

// Progress is a line on a terminal that shows how much of a command is done. A nil Progress shows nothing.
type Progress struct {
	out   io.Writer
	calls int // of Show since it read the clock
	next  time.Time
	shown bool
	// began is the time of the first Left, and from its share.
	began time.Time
	from  float64
}

// On returns the progress line of a terminal, and nil for any other writer.
func On(errOut io.Writer) *Progress {
	file, ok := errOut.(*os.File)
	if !ok {
		return nil
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return start(file, time.Now())
}

// interval is the time between two updates, and the time before the first.
const interval = 500 * time.Millisecond

// callsPerClockRead keeps Show cheap enough for the inner loop of a simulation.
const callsPerClockRead = 10_000

func start(out io.Writer, now time.Time) *Progress {
	return &Progress{out: out, next: now.Add(interval)}
}

// Show updates the line. done is the share of all that is done, from 0 to 1.
func (p *Progress) Show(what string, done float64) {
	if p == nil {
		return
	}
	if p.calls++; p.calls < callsPerClockRead {
		return
	}
	p.calls = 0
	if now := time.Now(); now.After(p.next) {
		p.next = now.Add(interval)
		p.shown = true
		_, _ = fmt.Fprintf(p.out, "\r%3.0f%% %s\x1b[K", 100*done, what) // a failed write loses only the display
	}
}

// Left updates the line at once, with the time that is left at the speed so far. done is as in Show.
func (p *Progress) Left(what string, done float64) {
	if p == nil {
		return
	}
	now := time.Now()
	if p.began.IsZero() {
		p.began, p.from = now, done
	}
	left := ""
	if share := done - p.from; share > 0 {
		left = ", " + time.Duration(float64(now.Sub(p.began))*(1-done)/share).Round(time.Second).String() + " left"
	}
	p.shown = true
	_, _ = fmt.Fprintf(p.out, "\r%3.0f%% %s%s\x1b[K", 100*done, what, left) // a failed write loses only the display
}

// End clears the line.
func (p *Progress) End() {
	if p != nil && p.shown {
		_, _ = fmt.Fprint(p.out, "\r\x1b[K")
	}
}
