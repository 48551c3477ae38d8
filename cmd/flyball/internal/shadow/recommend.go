package shadow

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/util/duration"

	"flyball.dev/flyball/autoscaler/summary"
)

// verdict is the recommendation in one word.
type verdict string

const (
	// verdictTakeOver: the decisions are at least as good as the replicas of the target.
	verdictTakeOver verdict = "TakeOver"
	// verdictWatch: too little time is compared.
	verdictWatch verdict = "Watch"
	// verdictFixMetrics: metrics had no values.
	verdictFixMetrics verdict = "FixMetrics"
	// verdictReview: the decisions would have had a greater shortage, or cost more for the same one.
	verdictReview verdict = "Review"
)

const (
	// leastTime is the compared time below which nothing is recommended but to watch. Daily loads take a day.
	leastTime = time.Hour
	// leastKnown is the share of the time in which all metrics must have had values.
	leastKnown = 0.95
	// margin is the share by which a cost may be higher without a finding.
	margin = 0.05
)

// recommend returns what to do, and why, with the figures.
func recommend(r *report) (verdict, string) {
	observed := time.Duration(r.ObservedSeconds) * time.Second
	unknown := 1 - float64(r.KnownSeconds)/float64(max(1, r.ObservedSeconds))
	short, shortBefore := r.Autoscaler.ShortPodHours, r.Target.ShortPodHours
	switch {
	case observed < leastTime:
		return verdictWatch, fmt.Sprintf("watch for longer: %s is compared, and the recommendation requires %s; a day shows a daily load", duration.HumanDuration(observed), duration.HumanDuration(leastTime))
	case unknown > 1-leastKnown:
		return verdictFixMetrics, fmt.Sprintf("mend the metrics: one had no value for %.1f %% of the time; flyball explain %s -n %s has the reason", 100*unknown, r.Name, r.Namespace)
	case above(short, shortBefore):
		return verdictReview, fmt.Sprintf("review %s: the decisions would have been short of %.1f pod-hours, and the target was short of %.1f", r.main(-1), short, shortBefore)
	case above(r.Autoscaler.PodHours, r.Target.PodHours) && !above(shortBefore, short):
		return verdictReview, fmt.Sprintf("review %s: the decisions would have used %.1f pod-hours instead of %.1f, and the shortage is not lower", r.main(1), r.Autoscaler.PodHours, r.Target.PodHours)
	default:
		return verdictTakeOver, fmt.Sprintf("take over with flyball take-over %s -n %s: pod-hours %s, shortage %.1f instead of %.1f pod-hours", r.Name, r.Namespace,
			change(r.Autoscaler.PodHours, r.Target.PodHours), short, shortBefore)
	}
}

// above reports whether a cost exceeds another one by more than the margin, and by more than a tenth of a pod-hour.
func above(cost, other float64) bool { return cost > other*(1+margin) && cost > other+0.1 }

// change is the relative change of a cost, such as -3.1 %.
func change(now, before float64) string {
	if before == 0 {
		return "unchanged"
	}
	return fmt.Sprintf("%+.1f %%", 100*(now-before)/before)
}

// main names the cause with the most pod-hours in a direction.
func (r *report) main(sign float64) string {
	name, most := "the metrics and targets", 0.0
	for i := range r.Causes {
		if hours := sign * r.Causes[i].PodHours; hours > most {
			name, most = r.Causes[i].Name, hours
		}
	}
	return name
}

// Recommend reports whether taking over is recommended, and why or why not.
func Recommend(row *summary.Row) (ok bool, text string) {
	if err := checkCompared(row); err != nil {
		return false, err.Error()
	}
	r := newReportOf(row, true)
	return r.Verdict == verdictTakeOver, r.Recommendation
}
