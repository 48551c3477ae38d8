package faultmatrix

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"time"

	"flyball.dev/flyball/e2e/audit"
)

const (
	// each is the load of one replica, in requests a second, and tolerance that of the autoscalers.
	each      = 10.0
	tolerance = 0.1
	// least and most are the bounds of the autoscalers, and floor is the minimum of the window.
	least, most, floor = 2, 20, 12
)

// step is a load from a time on.
type step struct {
	from time.Time
	load float64
}

// loadWitness has the load of an application, and so the replicas that an autoscaler may request.
type loadWitness struct {
	name string
	// initial are the replicas before the first write.
	initial int32
	steps   []step
	// shown is the time for which a load before a step still counts: the range of the rate, and the age of a sample.
	shown time.Duration
	// window is open from opens until closes; the zero time for none.
	opens, closes time.Time
}

// extremes are the lowest and the highest load that a decision at a time may count.
func (w *loadWitness) extremes(moment time.Time) (low, high float64) {
	low, high = math.Inf(1), 0
	for i, s := range w.steps {
		if s.from.After(moment) {
			break
		}
		if i+1 < len(w.steps) && w.steps[i+1].from.Before(moment.Add(-w.shown)) {
			continue // it has left the range
		}
		low, high = min(low, s.load), max(high, s.load)
	}
	return low, high
}

// band returns the replicas that are allowed at a time: not below what the lowest load requires within the tolerance, and not above what
// the highest requires, with one for rounding. A window raises both.
func (w *loadWitness) band(moment time.Time) (lowest, highest int32) {
	low, high := w.extremes(moment)
	lowest = max(least, int32(math.Ceil(low/each/(1+tolerance)-1e-9)))
	highest = min(most, int32(math.Ceil(high/each*(1+tolerance)))+1)
	slack := 2 * time.Second // of the decision at an edge, and of its write
	if !w.opens.IsZero() && moment.After(w.opens.Add(-slack)) {
		highest = max(highest, floor) // after the window, stabilization may hold it
		if moment.After(w.opens.Add(slack)) && moment.Before(w.closes.Add(-slack)) {
			lowest = max(lowest, floor)
		}
	}
	return lowest, highest
}

// findings are what the witness objects to.
type findings struct {
	scaleIns, bounds, blind, writers, windows []string
}

func (f *findings) all() []string {
	return slices.Concat(f.scaleIns, f.bounds, f.blind, f.writers, f.windows)
}

// judge compares the writes to the application's scale with its load. lies permits a count above the band: the fault reports more than the
// actual load. takeovers are the changes of the writing process that the fault explains.
func (w *loadWitness) judge(writes []audit.ScaleWrite, lies bool, takeovers int) (f findings) {
	var before audit.ScaleWrite
	previous, changes := w.initial, 0
	for _, write := range writes {
		if write.Name != w.name || write.User != audit.Autoscaler || write.Code != http.StatusOK {
			continue
		}
		lowest, highest := w.band(write.Time)
		clock := write.Time.Format("15:04:05.000")
		switch {
		case write.Replicas < least || write.Replicas > most:
			f.bounds = append(f.bounds, fmt.Sprintf("%s %s: %d replicas, outside of %d to %d", clock, w.name, write.Replicas, least, most))
		case write.Replicas < lowest && write.Replicas < previous:
			f.scaleIns = append(f.scaleIns, fmt.Sprintf("%s %s: scaled in to %d replicas, want %d or more", clock, w.name, write.Replicas, lowest))
		case write.Replicas > highest && !lies:
			f.bounds = append(f.bounds, fmt.Sprintf("%s %s: %d replicas, want %d or less", clock, w.name, write.Replicas, highest))
		}
		if write.Version == "" {
			f.blind = append(f.blind, fmt.Sprintf("%s %s: a write without a precondition", clock, w.name))
		}
		if before.Name != "" && write.Writer != before.Writer {
			if changes++; changes > takeovers {
				f.writers = append(f.writers, fmt.Sprintf("%s %s: the writer changed %d times, want %d at most", clock, w.name, changes, takeovers))
			}
		}
		before, previous = write, write.Replicas
	}
	return f
}
