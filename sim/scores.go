package sim

import "time"

// Scores of a run. Those of time and share leave out the steps of which the load is not known.
type Scores struct {
	// Seconds that are scored.
	Seconds float64 `json:"seconds"`

	// SLOViolationSeconds is how long work waited longer than the bound; LateShare the share of the work that came then, or
	// was dropped at another time.
	SLOViolationSeconds float64 `json:"sloViolationSeconds"`
	LateShare           float64 `json:"lateShare"`

	// PodHours of all pods that were there, those that start and those that drain among them. OptimalPodHours are those of the
	// clairvoyant, who has as many ready pods as are demanded at every instant, within the bounds, and starts them for nothing.
	PodHours        float64 `json:"podHours"`
	OptimalPodHours float64 `json:"optimalPodHours"`

	// Changes of the count that was asked for; Reversals are changes in the other direction than the one before, and Flaps
	// those within ten minutes of it; Churn is the sum of all changes, in replicas.
	Changes   int   `json:"changes"`
	Reversals int   `json:"reversals"`
	Flaps     int   `json:"flaps"`
	Churn     int64 `json:"churn"`

	// ThetaU and ThetaO are the mean shortage and surplus of ready pods, in percent of the demand; TauU and TauO the time in
	// which there was one, and Instability that in which supply and demand did not go the same way, all in percent.
	ThetaU      float64 `json:"thetaU"`
	ThetaO      float64 `json:"thetaO"`
	TauU        float64 `json:"tauU"`
	TauO        float64 `json:"tauO"`
	Instability float64 `json:"instability"`
}

// flap is the time within which a reversal is one.
const flap = 10 * time.Minute
