package override

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/schedule"
)

// Kind of what is borrowed.
type Kind int

const (
	// Bounds are the minReplicas and maxReplicas of a HorizontalPodAutoscaler.
	Bounds Kind = iota
	// Count is the replicas of what has a scale and no autoscaler. Windows clamp it.
	Count
	// Suspension is a CronJob's: a ceiling of 0 suspends it, a floor above 0 has it run.
	Suspension
)

// Window that holds for an object.
type Window struct {
	schedule.Window
	// Generation of the object that it was written in: an edited window is a new will.
	Generation int64
}

// windowValues are what windows want of the fields of an object.
type windowValues struct {
	// values of the fields that a window sets; others are the owner's.
	values Values
	// by names the windows that they come from.
	by []string
	// next is when that could change; the zero time for never.
	next time.Time
}

// wish of windows at now, for an object whose own values are these.
func (k Kind) windowValues(own Values, windows []Window, now time.Time) windowValues {
	w := windowValues{values: Values{}}
	switch k {
	case Bounds:
		w.bounds(own, windows, now)
	case Count:
		w.count(Replicas, own[Replicas], schedules(windows), now)
	case Suspension:
		w.count(Suspend, 1-own[Suspend], runs(windows), now)
		if running, is := w.values[Suspend]; is {
			w.values[Suspend] = 1 - running
		}
	}
	return w
}

func (w *windowValues) bounds(own Values, windows []Window, now time.Time) {
	bounds := schedule.Bounds{Min: own[MinReplicas], Max: own[MaxReplicas]}
	all := schedules(windows)
	in, _ := schedule.Merge(all, bounds, now, nil)
	// A floor that the own ceiling cuts is no window's number, and yet not the own floor.
	if in.MinWindow >= 0 || in.Min != bounds.Min {
		w.values[MinReplicas] = in.Min
	}
	if in.MaxWindow >= 0 || in.Max != bounds.Max {
		w.values[MaxReplicas] = max(1, in.Max) // the API server takes no other
	}
	w.name(all, in.MinWindow, in.MaxWindow)
	w.next = in.Next
}

// count clamps a count. An own ceiling, which a floor could not pass, is not there; but bounds ramp from the own count.
func (w *windowValues) count(field Field, own int32, windows []schedule.Window, now time.Time) {
	least, _ := schedule.Merge(windows, schedule.Bounds{Min: own, Max: math.MaxInt32}, now, nil)
	most, _ := schedule.Merge(windows, schedule.Bounds{Min: own, Max: own}, now, nil)
	count := own
	if most.MaxWindow >= 0 {
		count = min(count, most.Max)
	}
	if least.MinWindow >= 0 {
		count = max(count, least.Min)
	}
	if most.MaxWindow >= 0 || least.MinWindow >= 0 {
		w.values[field] = count
	}
	w.name(windows, least.MinWindow, most.MaxWindow)
	w.next = most.Next
}

// name keeps the names of the windows that bounds come from, each once.
func (w *windowValues) name(windows []schedule.Window, indices ...int) {
	for _, i := range indices {
		if i >= 0 && !slices.Contains(w.by, windows[i].Name) {
			w.by = append(w.by, windows[i].Name)
		}
	}
}

func schedules(windows []Window) []schedule.Window {
	all := make([]schedule.Window, len(windows))
	for i := range windows {
		all[i] = windows[i].Window
	}
	return all
}

// runs are the windows of a CronJob, as if it had one replica while it is not suspended.
func runs(windows []Window) []schedule.Window {
	all := schedules(windows)
	for i := range all {
		w := &all[i]
		w.HasMin, w.HasMax = w.HasMin && w.Min > 0, w.HasMax && w.Max == 0
		w.Min, w.Max, w.Ramp = 1, 0, 0
	}
	return all
}

// intervalAt tells the stretch between two edges in which now lies, as [Record.Edge] keeps it.
func intervalAt(windows []Window, now time.Time) string {
	var open []string
	for i := range windows {
		w := &windows[i]
		if _, is := w.Open(now); !is {
			continue
		}
		until := "for good"
		if closes, _ := w.Change(now); !closes.IsZero() {
			until = "until " + closes.UTC().Format(time.RFC3339)
		}
		open = append(open, fmt.Sprintf("%s, generation %d, %s", w.Name, w.Generation, until))
	}
	slices.Sort(open)
	return strings.Join(open, "; ")
}
