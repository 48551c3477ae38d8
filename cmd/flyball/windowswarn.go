package main

import (
	"fmt"
	"time"

	"flyball.dev/flyball/autoscaler/schedule"
)

// contradictions are windows of one target and of equal priority that are open at once with a floor above the ceiling,
// once for each pair.
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
						"windows %s and %s of %s contradict each other from %s to %s: the floor of %s is %d, above the ceiling of %s, which is %d, and the floor holds; give one of them a higher priority",
						floor.Name, ceiling.Name, t.name, o.Start.Format(time.RFC3339), o.End.Format(time.RFC3339), floor.Name, floor.Min, ceiling.Name, ceiling.Max))
				}
			}
		}
	}
	return found
}

// changedClocks are occurrences that last an hour or more longer or shorter than they would if the clocks did not change. Of
// those that overlap, only the first has a warning.
func changedClocks(all []listed) []string {
	var found []string
	warned := map[openKey]time.Time{} // until when
	for i := range all {
		o := &all[i]
		lasts := o.End.Sub(o.Start)
		if off := (lasts - o.Stated).Abs(); off < time.Hour || o.Start.Before(warned[o.key()]) {
			continue
		}
		warned[o.key()] = o.End
		found = append(found, fmt.Sprintf("window %s of %s lasts %s, not %s, from %s to %s: the clocks of %s change in it; a duration in place of end would be elapsed time",
			o.window.Name, o.target.name, length(lasts), length(o.Stated), o.Start.Format(time.RFC3339), o.End.Format(time.RFC3339), o.window.TimeZone))
	}
	return found
}
