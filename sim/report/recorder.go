package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/explain"
	"flyball.dev/flyball/autoscaler/schedule"
	"flyball.dev/flyball/sim"
)

// intervals is the number of intervals of a line.
const intervals = 700

// Recorder collects the lines and step counts of a run. Its memory does not grow with the length of the run.
type Recorder struct {
	begin  time.Time
	length time.Duration

	load, capacity, replicas, ready, demand *Envelope
	ticks                                   int
	steps                                   map[engine.StepKind]*StepCount
	// spec explains the decisions, of which moments has one for each of some equal intervals; nil for none.
	spec    *engine.Spec
	moments []Moment
}

// Moment is the decision with the largest change of the replicas in an interval.
type Moment struct {
	// Second since the start of the run.
	Second float64 `json:"t"`
	// From and To are the replicas before and after it.
	From int32 `json:"from"`
	To   int32 `json:"to"`
	// Steps are its steps as text.
	Steps []string `json:"steps"`
}

// momentCount is the number of moments of a run: one for each pixel of a plot on a phone.
const momentCount = 350

// Explain records the steps of decisions by a spec.
func (r *Recorder) Explain(spec *engine.Spec) { r.spec = spec }

// StepCount counts the occurrences of a kind of step, and those that changed the replicas.
type StepCount struct {
	Step            string
	Times, Changing int
}

// NewRecorder returns a recorder of a run with a start time and a length.
func NewRecorder(begin time.Time, length time.Duration) *Recorder {
	line := func() *Envelope { return NewEnvelope(length.Seconds() / intervals) }
	return &Recorder{
		begin: begin, length: length, load: line(), capacity: line(), replicas: line(), ready: line(), demand: line(),
		steps: map[engine.StepKind]*StepCount{},
	}
}

// Add records a step. Call it with every step of the run.
func (r *Recorder) Add(s *sim.Step) {
	instant, rate, demand := s.At.Seconds(), s.Rate, float64(s.Demand)
	if !s.Known {
		rate, demand = math.NaN(), math.NaN()
	}
	r.load.Add(instant, rate)
	r.capacity.Add(instant, s.Capacity)
	r.replicas.Add(instant, float64(s.Replicas))
	r.ready.Add(instant, float64(s.Ready))
	r.demand.Add(instant, demand)
	if s.Decision == nil {
		return
	}
	r.ticks++
	r.explain(instant, s.Decision)
	for i := range s.Decision.Steps {
		step := &s.Decision.Steps[i]
		count := r.steps[step.Kind]
		if count == nil {
			count = &StepCount{Step: explain.KindName(step.Kind)}
			r.steps[step.Kind] = count
		}
		count.Times++
		if step.From != step.To {
			count.Changing++
		}
	}
}

// AddRecorded records what was recorded of a real target, whose pods serve one unit each. NaN is unknown. Call it instead of Add.
func (r *Recorder) AddRecorded(elapsed time.Duration, demand, replicas, ready float64) {
	instant := elapsed.Seconds()
	r.load.Add(instant, demand)
	r.demand.Add(instant, math.Ceil(demand))
	r.capacity.Add(instant, ready)
	r.replicas.Add(instant, replicas)
	r.ready.Add(instant, ready)
}

// explain records a decision as a moment.
func (r *Recorder) explain(instant float64, d *engine.Decision) {
	if r.spec == nil {
		return
	}
	every := r.length.Seconds() / momentCount
	last := len(r.moments) - 1
	same := last >= 0 && math.Floor(r.moments[last].Second/every) == math.Floor(instant/every)
	if same && math.Abs(float64(d.Desired-d.Current)) <= math.Abs(float64(r.moments[last].To-r.moments[last].From)) {
		return
	}
	m := Moment{Second: instant, From: d.Current, To: d.Desired}
	for _, step := range explain.Steps(r.spec, d) {
		m.Steps = append(m.Steps, fmt.Sprintf("%s %d → %d: %s", step.Step, step.From, step.To, step.Detail))
	}
	if same {
		r.moments[last] = m
		return
	}
	r.moments = append(r.moments, m)
}

// counts by the order of steps.
func (r *Recorder) counts() []StepCount {
	var kinds []engine.StepKind
	for kind := range r.steps {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	var counts []StepCount
	for _, kind := range kinds {
		counts = append(counts, *r.steps[kind])
	}
	return counts
}

// bands are the times of open windows. Bands without a visible gap are merged.
func bands(windows []schedule.Window, begin time.Time, length time.Duration) []Band {
	var found []Band
	add := func(o schedule.Occurrence) {
		found = append(found, Band{From: o.Start.Sub(begin).Seconds(), To: o.End.Sub(begin).Seconds()})
	}
	for i := range windows {
		if o, open := windows[i].Open(begin.Add(-1)); open {
			add(o)
		}
		for o := range windows[i].Occurrences(begin, begin.Add(length)) {
			add(o)
		}
	}
	slices.SortFunc(found, func(a, b Band) int { return cmp.Compare(a.From, b.From) })
	merged := found[:0]
	for _, band := range found {
		if last := len(merged) - 1; last >= 0 && band.From-merged[last].To < length.Seconds()/intervals {
			merged[last].To = max(merged[last].To, band.To)
			continue
		}
		merged = append(merged, band)
	}
	return merged
}
