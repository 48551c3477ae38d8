package override

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"flyball.dev/flyball/autoscaler/schedule"
)

// Kind is the kind of the fields that are overridden.
type Kind int

const (
	// Bounds are the minReplicas and maxReplicas of a HorizontalPodAutoscaler.
	Bounds Kind = iota
	// Count is the replicas of an object with a scale subresource and without an autoscaler. Windows clamp it.
	Count
	// Suspension is the suspend field of a CronJob: a maxReplicas of 0 suspends it, a minReplicas above 0 resumes it.
	Suspension
)

// Window that applies to an object.
type Window struct {
	schedule.Window
	// Generation of the ScaleWindow: an edited window overrides edited fields again.
	Generation int64
}

// windowValues are the values that windows set.
type windowValues struct {
	// values of the fields that a window sets; the others keep the owner's.
	values Values
	// by has the names of the windows that set them.
	by []string
	// next is the time at which they may change; the zero time for never.
	next time.Time
}

// windowValues returns the values that windows set at now, for an object with these values of its owner.
func (k Kind) windowValues(own Values, windows []Window, now time.Time) windowValues {
	w := windowValues{values: Values{}}
	switch k {
	case Bounds:
		w.bounds(own, windows, now)
	case Count:
		w.count(Replicas, own[Replicas], schedules(windows), now)
	case Suspension:
		w.count(Suspend, 1-own[Suspend], runs(windows), now)
		if running, found := w.values[Suspend]; found {
			w.values[Suspend] = 1 - running
		}
	}
	return w
}

func (w *windowValues) bounds(own Values, windows []Window, now time.Time) {
	bounds := schedule.Bounds{Min: own[MinReplicas], Max: own[MaxReplicas]}
	all := schedules(windows)
	in, _ := schedule.Merge(all, bounds, now, nil)
	// A minReplicas that is limited by the owner's maxReplicas comes from no window, and is not the owner's either.
	if in.MinWindow >= 0 || in.Min != bounds.Min {
		w.values[MinReplicas] = in.Min
	}
	if in.MaxWindow >= 0 || in.Max != bounds.Max {
		w.values[MaxReplicas] = max(1, in.Max) // the API server requires 1 or more
	}
	w.name(all, in.MinWindow, in.MaxWindow)
	w.next = in.Next
}

// count clamps a count. The object has no maxReplicas of its owner that would limit a window's minReplicas, but ramps start at
// the owner's count.
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

// name stores the names of the windows that set bounds, each once.
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

// runs converts the windows of a CronJob, which counts as one replica while it is not suspended.
func runs(windows []Window) []schedule.Window {
	all := schedules(windows)
	for i := range all {
		w := &all[i]
		w.HasMin, w.HasMax = w.HasMin && w.Min > 0, w.HasMax && w.Max == 0
		w.Min, w.Max, w.Ramp = 1, 0, 0
	}
	return all
}

// intervalAt returns the interval between two edges that contains now, in the form of [Record.Edge].
func intervalAt(windows []Window, now time.Time) string {
	var open []string
	for i := range windows {
		w := &windows[i]
		if _, isOpen := w.Open(now); !isOpen {
			continue
		}
		until := "without end"
		if closes, _ := w.Change(now); !closes.IsZero() {
			until = "until " + closes.UTC().Format(time.RFC3339)
		}
		open = append(open, fmt.Sprintf("%s, generation %d, %s", w.Name, w.Generation, until))
	}
	slices.Sort(open)
	return strings.Join(open, "; ")
}
