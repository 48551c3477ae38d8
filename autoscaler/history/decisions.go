package history

import (
	"time"

	"flyball.dev/flyball/autoscaler/explain"
)

// The text of the stored decisions of an autoscaler takes maxTextBytes, and less where that of all would exceed allTextBytes.
const (
	maxTextBytes = 12 << 10
	allTextBytes = 32 << 20
)

// MaxBytes bounds the history of one autoscaler, but for a single decision whose text is longer.
const MaxBytes = chunks*chunkBytes + maxTextBytes + 2<<10

// TextBytes returns the bound for the text of each of the autoscalers whose history a process stores.
func TextBytes(autoscalers int) int { return min(maxTextBytes, allTextBytes/max(1, autoscalers)) }

// Decision is a decision as text.
type Decision struct {
	Time time.Time
	Page *explain.Page
}

// Decisions are the decisions of an autoscaler whose replicas, conditions or unknown metrics differ from the one before. The zero
// Decisions are empty.
type Decisions struct {
	kept  []Decision
	bytes int
}

// Add adds a decision, and drops the oldest ones whose text exceeds the bound. The newest decision is always stored.
func (d *Decisions) Add(decision Decision, textBound int) {
	d.kept = append(d.kept, decision)
	d.bytes += textBytes(decision.Page)
	dropped := 0
	for d.bytes > textBound && dropped < len(d.kept)-1 {
		d.bytes -= textBytes(d.kept[dropped].Page)
		dropped++
	}
	if dropped > 0 {
		kept := copy(d.kept, d.kept[dropped:])
		clear(d.kept[kept:])
		d.kept = d.kept[:kept]
	}
}

// All returns the decisions, oldest first. The caller must not change their pages.
func (d *Decisions) All() []Decision { return append([]Decision(nil), d.kept...) }

// At returns the decision of a time.
func (d *Decisions) At(moment time.Time) (decision Decision, found bool) {
	for i := range d.kept {
		if d.kept[i].Time.Equal(moment) {
			return d.kept[i], true
		}
	}
	return decision, false
}

// textBytes returns the bytes of a page: its text and the memory around it.
func textBytes(p *explain.Page) int {
	const page, step, text = 200, 56, 16
	bytes := page + len(p.Reason) + len(p.Targets)
	for _, w := range p.Windows {
		bytes += text + len(w)
	}
	for i := range p.Steps {
		bytes += step + len(p.Steps[i].Detail)
	}
	for i := range p.Conditions {
		bytes += 3*step + len(p.Conditions[i].Message)
	}
	return bytes
}
