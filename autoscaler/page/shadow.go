package page

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/history"
	"flyball.dev/flyball/autoscaler/summary"
)

// shadow compares the decisions of an autoscaler in mode Shadow with the replicas of its target.
type shadow struct {
	Current, Desired, Difference int32
	// Hours are the pod-hours of the target within Span, and DesiredHours those that Enforce would have had, at the decided counts.
	Hours, DesiredHours string
	Span                string
	// Price of a pod-hour as the reader gave it, and Money its product with the difference; empty without a price.
	Price, Money string
}

// newShadow returns nil for an autoscaler in another mode.
func newShadow(d *summary.Detail, now time.Time, price string) *shadow {
	if d.Row.Mode != string(v1alpha1.ModeShadow) {
		return nil
	}
	s := &shadow{Current: d.Row.Current, Desired: d.Row.Desired, Difference: d.Row.Desired - d.Row.Current}
	live, ours, span := podHours(d.Points, now)
	if span <= 0 {
		return s
	}
	s.Hours, s.DesiredHours, s.Span = fmt.Sprintf("%.2f", live), fmt.Sprintf("%.2f", ours), span.Round(time.Minute).String()
	if each, err := strconv.ParseFloat(price, 64); err == nil && each >= 0 && !math.IsInf(each, 0) {
		s.Price, s.Money = price, fmt.Sprintf("%+.4g", (ours-live)*each)
	}
	return s
}

// podHours integrates the current and the desired replicas over the time with decisions.
func podHours(points []history.Point, now time.Time) (live, ours float64, span time.Duration) {
	for i := range points {
		end := now
		if i+1 < len(points) {
			end = points[i+1].Time
		}
		length := end.Sub(points[i].Time)
		if !points[i].Decided || length <= 0 || length > gapAfter {
			continue
		}
		span += length
		live += float64(points[i].Current) * length.Hours()
		ours += float64(points[i].Desired) * length.Hours()
	}
	return live, ours, span
}
