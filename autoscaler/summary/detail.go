package summary

import (
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/engine"
	"flyball.dev/flyball/autoscaler/explain"
	"flyball.dev/flyball/autoscaler/history"
)

// ElsewhereHeader is set in an answer about one autoscaler that the answering process does not evaluate: another replica may have more.
const ElsewhereHeader = "Flyball-Elsewhere"

// Entry is an autoscaler in a list.
type Entry struct {
	Autoscaler *v1alpha1.HorizontalAutoscaler // of the informer: must not be changed
	Troubles   Troubles
	// Memory reports that this process evaluates the autoscaler. Else the troubles are those of the object's status.
	Memory bool
	// Time is that of the last decision, and Current and Desired are its replicas; the zero time for none.
	Time             time.Time
	Current, Desired int32
}

// Detail has the figures and the history of one autoscaler.
type Detail struct {
	// Autoscaler is the object, of the informer: must not be changed.
	Autoscaler *v1alpha1.HorizontalAutoscaler
	Row        Row
	Troubles   Troubles
	// Memory reports that this process evaluates the autoscaler. Else the figures are those of the object's status, and those that
	// a status does not have are missing.
	Memory bool
	// Page is the last decision; nil for none.
	Page    *explain.Page
	Samples []Sample
	Next    []Event
	// Conditions are those of now.
	Conditions []metav1.Condition
	// Pods are known if PodsKnown.
	Pods      engine.PodCounts
	PodsKnown bool
	// OtherController scales the target of an autoscaler in mode Shadow; empty where it is not known.
	OtherController string
	// Metrics are the names of the proposals of Points.
	Metrics   []string
	Points    []history.Point
	Decisions []history.Decision
	// Chosen is the decision that was asked for, and ChosenPoint its figures; nil where they are not stored.
	Chosen      *history.Decision
	ChosenPoint *history.Point
}

// Sample is the state of one metric.
type Sample struct {
	Metric, Value, Target string
	// Replicas are those proposed; [history.Unknown] for none.
	Replicas int32
	// Time is that of the oldest sample, and MaxAge the age from which it is unknown; 0 for no limit.
	Time   time.Time
	MaxAge time.Duration
	// Unknown is why the metric has no value, since UnknownSince; empty where it has one.
	Unknown      string
	UnknownSince time.Time
	// Stale is why no newer sample comes, and Partial why the value can be too low; empty where they do not apply.
	Stale, Partial string
	Via            string
}

// Event is something that will happen. Its time is zero where it depends on the load.
type Event struct {
	Time time.Time
	What string
}

// Choose sets the decision of a time, where it is stored.
func (d *Detail) Choose(moment time.Time) {
	if i := slices.IndexFunc(d.Decisions, func(past history.Decision) bool { return past.Time.Equal(moment) }); i >= 0 {
		d.Chosen = &d.Decisions[i]
	}
	for i := range d.Points {
		if d.Points[i].Time.After(moment) {
			break
		}
		d.ChosenPoint = &d.Points[i]
	}
	if p := d.ChosenPoint; p != nil && moment.Sub(p.Time) > history.Every+time.Minute {
		d.ChosenPoint = nil // a gap
	}
}
