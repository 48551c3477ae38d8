package windows

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"flyball.dev/flyball/autoscaler/schedule"
)

// contradictions are warnings about windows of one target and equal priority that are open at once with a floor above the
// ceiling, one for each pair.
func contradictions(targets []*target, from, to time.Time) []string {
	var found []string
	for _, t := range targets {
		for i := range t.windows {
			for j := range t.windows[:i] {
				floor, ceiling, contradict := schedule.Contradict(&t.windows[j], &t.windows[i])
				if !contradict {
					continue
				}
				if o, meet := schedule.Meet(floor, ceiling, from, to); meet {
					found = append(found, fmt.Sprintf(
						"windows %s and %s of %s contradict each other from %s to %s: the floor of %s (%d) is above the ceiling of %s (%d); the floor holds; set a higher priority for one of them",
						floor.Name, ceiling.Name, t.name, o.Start.Format(time.RFC3339), o.End.Format(time.RFC3339), floor.Name, floor.Min, ceiling.Name, ceiling.Max))
				}
			}
		}
	}
	return found
}

// clockChanges are warnings about occurrences that a change of the clocks makes an hour or more longer or shorter. Of overlapping
// occurrences, only the first has a warning.
func clockChanges(all []listed) []string {
	var found []string
	warnedUntil := map[windowKey]time.Time{}
	for i := range all {
		o := &all[i]
		lasts := o.End.Sub(o.Start)
		if off := (lasts - o.Stated).Abs(); off < time.Hour || o.Start.Before(warnedUntil[o.key()]) {
			continue
		}
		warnedUntil[o.key()] = o.End
		found = append(found, fmt.Sprintf("window %s of %s lasts %s, not %s, from %s to %s: the clocks of %s change in it; a duration in place of end is elapsed time",
			o.window.Name, o.target.name, duration.HumanDuration(lasts), duration.HumanDuration(o.Stated),
			o.Start.Format(time.RFC3339), o.End.Format(time.RFC3339), o.window.TimeZone))
	}
	return found
}
