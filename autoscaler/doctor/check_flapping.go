package doctor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
)

const (
	// flaps is the number of changes in each direction within flapTime from which replicas flap.
	flaps    = 3
	flapTime = time.Hour
)

// checkFlapping finds replicas that go up and down again and again, by the events of the last hour.
func checkFlapping(c *call, s *subject) {
	ups, downs := c.changes(s)
	if ups < flaps || downs < flaps {
		return
	}
	window := int32(300)
	if w := s.scaleDown().StabilizationWindowSeconds; w != nil && *w >= 300 {
		window = min(3600, *w*2)
	}
	c.add(Warning, s.object, fmt.Sprintf("%d scale-ups and %d scale-downs in the last hour", ups, downs), "pods start and end without a lasting change of the load",
		Fix{
			Text:    "keep the replicas of the highest load for longer; the events of before count for an hour",
			Command: s.patch(fmt.Sprintf(`{"spec": {"behavior": {"scaleDown": {"stabilizationWindowSeconds": %d}}}}`, window)),
		})
}

// changes counts the scale-ups and scale-downs of the last hour. An HPA writes the direction into its events; those of Flyball's
// objects have sizes, of which the one before gives it.
func (c *call) changes(s *subject) (ups, downs int) {
	var events []*corev1.Event
	for i := range c.snapshot.Events {
		e := &c.snapshot.Events[i]
		if e.Reason == v1alpha1.EventSuccessfulRescale && e.InvolvedObject.Kind == s.object.Kind && e.InvolvedObject.Name == s.object.Name &&
			e.InvolvedObject.Namespace == s.object.Namespace && c.snapshot.Now.Sub(e.LastTimestamp.Time) <= flapTime {
			events = append(events, e)
		}
	}
	slices.SortStableFunc(events, func(a, b *corev1.Event) int { return a.LastTimestamp.Compare(b.LastTimestamp.Time) })
	before := -1
	for _, e := range events {
		var size int
		_, _ = fmt.Sscanf(e.Message, "New size: %d", &size) // 0 for another message
		switch n := within(e, c.snapshot.Now); {
		case strings.Contains(e.Message, "below target"), s.own != nil && size < before:
			downs += n
		case strings.Contains(e.Message, "above target"), s.own != nil && before >= 0 && size > before:
			ups += n
		}
		before = size
	}
	return ups, downs
}

// within returns how many of an event's occurrences the last hour has, if they are even over its time.
func within(e *corev1.Event, now time.Time) int {
	count := int(max(1, e.Count))
	whole := e.LastTimestamp.Sub(e.FirstTimestamp.Time)
	recent := e.LastTimestamp.Sub(now.Add(-flapTime))
	if whole <= recent || whole <= 0 {
		return count
	}
	return max(1, int(float64(count)*recent.Seconds()/whole.Seconds()))
}
