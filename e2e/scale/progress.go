package scale

import (
	"fmt"
	"io"
	"time"
)

// progress writes what runs and how long the rest of the run takes. The estimate adds up the planned durations of the phases to
// come; a phase of unknown length, such as the creation of pods, has an estimate from experience.
type progress struct {
	log   io.Writer
	began time.Time
	now   func() time.Time
	left  time.Duration
	// phase, since and planned are those of the running phase.
	since   time.Time
	planned time.Duration
	title   string
}

func newProgress(log io.Writer, left time.Duration) *progress {
	return &progress{log: log, began: time.Now(), now: time.Now, left: left}
}

// begin ends the running phase and begins another.
func (p *progress) begin(planned time.Duration, format string, args ...any) {
	p.left = max(0, p.left-p.planned)
	p.planned, p.since, p.title = planned, p.now(), fmt.Sprintf(format, args...)
	p.write(p.title)
}

// report writes a line about the running phase.
func (p *progress) report(format string, args ...any) {
	p.write(p.title + ": " + fmt.Sprintf(format, args...))
}

// skip takes a phase that will not run out of the estimate.
func (p *progress) skip(planned time.Duration) { p.left = max(0, p.left-planned) }

func (p *progress) write(text string) {
	left := max(0, p.left-min(p.planned, p.now().Sub(p.since)))
	_, _ = fmt.Fprintf(p.log, "%6s  %s; about %s left\n", p.now().Sub(p.began).Round(time.Second), text, rounded(left))
}

// rounded makes an estimate look like one.
func rounded(d time.Duration) time.Duration {
	if d > 2*time.Minute {
		return d.Round(time.Minute)
	}
	return d.Round(5 * time.Second)
}
