package backtest

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/sim/history"
)

const (
	// shortestDeviation is the time from which a difference is not one of the moment of a change.
	shortestDeviation = 3 * time.Minute
	// mostDeviations of a grade.
	mostDeviations = 10
)

// deviations are the longest periods in which the replay differs by more than a replica, or 10 percent, from the record.
func deviations(h *History, spec *engine.Spec, replay *Run) []Deviation {
	var found []Deviation
	var current *Deviation
	end := func() {
		if current != nil && current.To.Sub(current.From) >= shortestDeviation {
			current.Cause = cause(h, spec, current)
			found = append(found, *current)
		}
		current = nil
	}
	for i, replicas := range replay.Replicas.Values {
		when := replay.Replicas.Time(i)
		was, known := h.Replicas.At(when)
		distance := replicas - was
		if !known || math.Abs(distance) <= max(1, was*LimitPercent/100) {
			end()
			continue
		}
		if current == nil {
			current = &Deviation{From: when}
		}
		current.To = when.Add(h.Step)
		if math.Abs(distance) > math.Abs(current.WorstError) {
			current.WorstError = distance
		}
	}
	end()
	slices.SortStableFunc(found, func(a, b Deviation) int { return cmp.Compare(b.weight(), a.weight()) })
	return found[:min(len(found), mostDeviations)]
}

// weight orders deviations by replicas times time.
func (d *Deviation) weight() float64 { return math.Abs(d.WorstError) * d.To.Sub(d.From).Seconds() }

// before is how long before a deviation its cause is searched.
const before = 10 * time.Minute

// cause is the likely cause of a deviation: the first that the record shows.
func cause(h *History, spec *engine.Spec, d *Deviation) string {
	from := d.From.Add(-before)
	if missing := h.unknown(from, d.To); missing > 0 {
		return fmt.Sprintf("missing data: the load is unknown for %s of this time", missing)
	}
	if blocked, when := highest(&h.Unschedulable, from, d.To); blocked > 0 {
		return fmt.Sprintf("unschedulable pods: %.0f at %s", blocked, when.UTC().Format(time.RFC3339))
	}
	if old, when := highest(&h.Rollout, from, d.To); old > 0 {
		return fmt.Sprintf("a rollout: %.0f pods of the former template at %s", old, when.UTC().Format(time.RFC3339))
	}
	if most, when := highest(&h.Replicas, d.From, d.To); most > float64(spec.MaxReplicas) && len(spec.Windows) == 0 {
		return fmt.Sprintf("a manual edit, or other bounds than now: %.0f replicas at %s, maxReplicas is %d", most, when.UTC().Format(time.RFC3339), spec.MaxReplicas)
	}
	if least, when := lowest(&h.Replicas, d.From, d.To); least < float64(spec.MinReplicas) && len(spec.Windows) == 0 {
		return fmt.Sprintf("a manual edit, or other bounds than now: %.0f replicas at %s, minReplicas is %d", least, when.UTC().Format(time.RFC3339), spec.MinReplicas)
	}
	if when, found := h.unexplained(spec, d); found {
		return fmt.Sprintf("a manual edit, or another writer: the replicas changed at %s against the load", when.UTC().Format(time.RFC3339))
	}
	if short, when := h.notReady(d.From, d.To); short > 0 {
		return fmt.Sprintf("pods that did not get ready: %.0f missing at %s", short, when.UTC().Format(time.RFC3339))
	}
	return "unknown: a metric that the policy does not have now, or an older spec"
}

// unknown is the time with an unknown load.
func (h *History) unknown(from, to time.Time) (together time.Duration) {
	if from.Before(h.Begin) {
		from = h.Begin
	}
	for instant := from; instant.Before(to); instant = instant.Add(h.Step) {
		if _, known := h.Demand(instant); !known {
			together += h.Step
		}
	}
	return together
}

func highest(s *history.Series, from, to time.Time) (most float64, when time.Time) {
	return extreme(s, from, to, func(value, best float64) bool { return value > best })
}

func lowest(s *history.Series, from, to time.Time) (least float64, when time.Time) {
	return extreme(s, from, to, func(value, best float64) bool { return value < best })
}

// extreme is NaN without a known value.
func extreme(s *history.Series, from, to time.Time, better func(value, best float64) bool) (best float64, when time.Time) {
	best = math.NaN()
	for i, value := range s.Values {
		if instant := s.Time(i); !instant.Before(from) && instant.Before(to) && !math.IsNaN(value) && (math.IsNaN(best) || better(value, best)) {
			best, when = value, instant
		}
	}
	return best, when
}

// unexplained finds a change of the recorded replicas, at the begin of a deviation, away from what the load needs.
func (h *History) unexplained(spec *engine.Spec, d *Deviation) (when time.Time, found bool) {
	for i := range h.Replicas.Values {
		instant := h.Replicas.Time(i)
		if i == 0 || instant.Before(d.From.Add(-h.Step)) || instant.After(d.To) {
			continue
		}
		was, now := h.Replicas.Values[i-1], h.Replicas.Values[i]
		needed, known := h.needed(spec, instant)
		if known && !math.IsNaN(was) && !math.IsNaN(now) && math.Abs(now-was) >= 1 && math.Abs(now-needed) > math.Abs(was-needed)+1 {
			return instant, true
		}
	}
	return time.Time{}, false
}

// needed are the replicas that the load needs at the targets.
func (h *History) needed(spec *engine.Spec, instant time.Time) (replicas float64, known bool) {
	for i := range spec.Metrics {
		m := &spec.Metrics[i]
		value, ok := valueOf(h.load(m), instant)
		if !ok {
			return 0, false
		}
		replicas = max(replicas, math.Ceil(value/TargetOf(m)))
	}
	return min(max(replicas, float64(spec.MinReplicas)), float64(spec.MaxReplicas)), true
}

// notReady is the largest number of pods that were missing for longer than a slow start.
func (h *History) notReady(from, to time.Time) (missing float64, when time.Time) {
	slow := seconds(max(3*h.StartUp.P90, 300))
	var since time.Time
	for instant := from; instant.Before(to); instant = instant.Add(h.Step) {
		replicas, hasReplicas := h.Replicas.At(instant)
		ready, hasReady := h.Ready.At(instant)
		if !hasReplicas || !hasReady || ready >= replicas {
			since = time.Time{}
			continue
		}
		if since.IsZero() {
			since = instant
		}
		if short := replicas - ready; instant.Sub(since) > slow && short > missing {
			missing, when = short, instant
		}
	}
	return missing, when
}
