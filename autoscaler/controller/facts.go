package controller

import (
	"encoding/binary"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
)

// appendFacts appends an encoding of all in the tick that can change the essence of the status or cause an event. A tick with
// the facts of the last one needs neither, so its status is not made: that would cost more than the decision. A test compares
// the facts with the essence.
func (o *object) appendFacts(to []byte, now time.Time) []byte {
	to = binary.AppendVarint(to, o.generation)
	switch {
	case o.rejected != nil:
		return append(append(to, 'r'), o.rejected.Error()...)
	case o.paused():
		return append(to, 'p')
	case o.conflict != "":
		return append(append(to, 'c'), o.conflict...)
	case !o.outcome.decided:
		return append(to, 'u')
	}
	if o.other.conflicts() {
		to = appendText(append(to, 'o'), o.other.name)
	}
	d := &o.decision
	to = appendNumbers(append(to, 'd'), int64(d.Current), int64(d.Desired))
	for _, v := range []*engine.Verdict{&d.AbleToScale, &d.ScalingActive, &d.ScalingLimited, &d.ScaledToZero, &d.MetricsStale, &d.CapacityLimited, &d.DeadlineAtRisk} {
		to = appendText(append(to, byte(v.Status)), v.Reason)
	}
	to = appendNumbers(to, int64(len(d.Proposals)), int64(len(d.Stale)), int64(len(d.OpenWindows)), int64(len(d.Batches)))
	for i := range d.Proposals {
		to = appendMessage(to, d.Proposals[i].Problem)
	}
	for i := range d.Stale {
		to = appendMessage(appendNumbers(to, int64(d.Stale[i].Index)), d.Stale[i].Cause)
	}
	for _, window := range d.OpenWindows {
		to = appendNumbers(to, int64(window))
	}
	next, change := o.nextChange(now)
	to = appendNumbers(to, int64(next), change.Unix())
	for i := range d.Batches {
		to = appendBatch(to, &d.Batches[i])
	}
	return to
}

func appendBatch(to []byte, p *engine.BatchPlan) []byte {
	to = appendNumbers(to, int64(p.Batch), int64(p.Phase), p.Start.Unix(), p.Deadline.Unix())
	if p.Missed {
		left := thousandths(p.Left)
		to = appendNumbers(append(to, 'm'), left.MilliValue())
	}
	to = appendMessage(to, p.Problem)
	if p.HeldBusy {
		to = appendMessage(to, p.BusyProblem)
	}
	return append(to, '.')
}

func appendNumbers(to []byte, numbers ...int64) []byte {
	for _, n := range numbers {
		to = binary.AppendVarint(to, n)
	}
	return to
}

// appendText ends the text with a byte that no text has.
func appendText(to []byte, text string) []byte { return append(append(to, text...), 0xff) }

func appendMessage(to []byte, message string) []byte {
	if message == "" {
		return append(to, 0xff)
	}
	return append(appendWords(to, message), 0xff)
}
