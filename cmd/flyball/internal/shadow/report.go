package shadow

import (
	"math"
	"time"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/summary"
)

// report is the answer as JSON.
type report struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Reference string `json:"reference"`
	// Source is autoscaler, or status for the figures of the status.
	Source          string    `json:"source"`
	Since           time.Time `json:"since"`
	ObservedSeconds int64     `json:"observedSeconds"`
	KnownSeconds    int64     `json:"knownSeconds"`
	// Agreed is the share of the time in which both agreed, from 0 to 1.
	Agreed      float64 `json:"agreed"`
	Differences int64   `json:"differences"`
	// Autoscaler is what the decisions would have cost, and Target what the target did.
	Autoscaler cost `json:"autoscaler"`
	Target     cost `json:"target"`
	// Current and Desired are the replicas of now.
	Current int32 `json:"current"`
	Desired int32 `json:"desired"`
	// Reason is the one of the decision of now.
	Reason         string                     `json:"reason,omitempty"`
	Causes         []cause                    `json:"causes"`
	LastDifference *v1alpha1.ShadowDifference `json:"lastDifference,omitempty"`
	Verdict        verdict                    `json:"verdict"`
	Recommendation string                     `json:"recommendation"`
}

type cost struct {
	PodHours      float64 `json:"podHours"`
	ShortPodHours float64 `json:"shortPodHours"`
	ShortSeconds  int64   `json:"shortSeconds"`
}

type cause struct {
	Name        string `json:"name"`
	Explanation string `json:"explanation"`
	Differences int64  `json:"differences"`
	Seconds     int64  `json:"seconds"`
	// PodHours are those of the decisions minus those of the target.
	PodHours float64 `json:"podHours"`
	Largest  int32   `json:"largest"`
}

func newReportOf(row *summary.Row, fromStatus bool) *report {
	c := row.Shadow.Comparison
	r := &report{
		Namespace: row.Namespace, Name: row.Name, Reference: row.Reference, Source: "autoscaler", Current: row.Current, Desired: row.Desired, Reason: row.Reason,
		Since: c.Since.UTC(), ObservedSeconds: c.ObservedSeconds, KnownSeconds: c.KnownSeconds, Differences: c.Differences,
		Autoscaler: newCost(&c.Autoscaler), Target: newCost(&c.Target), Causes: []cause{}, LastDifference: c.LastDifference,
	}
	if fromStatus {
		r.Source = "status"
	}
	if c.ObservedSeconds > 0 {
		r.Agreed = math.Floor(float64(c.AgreedSeconds)/float64(c.ObservedSeconds)*1e4) / 1e4
	}
	for i := range c.Causes {
		of := &c.Causes[i]
		r.Causes = append(r.Causes, cause{
			Name: of.Name, Explanation: Explanation(of.Name), Differences: of.Differences, Seconds: of.Seconds, PodHours: hours(of.PodSeconds), Largest: of.Largest,
		})
	}
	r.Verdict, r.Recommendation = recommend(r)
	return r
}

func newCost(u *v1alpha1.ShadowUse) cost {
	return cost{PodHours: hours(u.PodSeconds), ShortPodHours: hours(u.ShortPodSeconds), ShortSeconds: u.ShortSeconds}
}

// hours of pods, in thousandths.
func hours(podSeconds int64) float64 { return math.Round(float64(podSeconds)/3.6) / 1000 }
