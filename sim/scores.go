package sim

import "time"

// Scores of a run. Scores of time and share exclude steps with an unknown load.
type Scores struct {
	// Seconds is the scored time.
	Seconds float64 `json:"seconds"`

	// SLOViolationSeconds is the time in which the waiting time exceeded the bound; LateShare is the share of the work that
	// arrived then or was dropped at another time.
	SLOViolationSeconds float64 `json:"sloViolationSeconds"`
	LateShare           float64 `json:"lateShare"`

	// PodHours of all pods, including starting and draining ones. OptimalPodHours are the pod hours of the optimum: the demand at
	// each step, within the bounds, without start-up, computed from the load in advance.
	PodHours        float64 `json:"podHours"`
	OptimalPodHours float64 `json:"optimalPodHours"`

	// Changes of the desired replicas. Reversals are changes in the opposite direction of the previous one, Flaps those within
	// ten minutes of it. Churn is the sum of all changes, in replicas.
	Changes   int   `json:"changes"`
	Reversals int   `json:"reversals"`
	Flaps     int   `json:"flaps"`
	Churn     int64 `json:"churn"`

	// ThetaU and ThetaO are the mean shortage and surplus of ready pods, in percent of the demand. TauU and TauO are the time with
	// a shortage and a surplus, Instability the time with different directions of supply and demand, in percent.
	ThetaU      float64 `json:"thetaU"`
	ThetaO      float64 `json:"thetaO"`
	TauU        float64 `json:"tauU"`
	TauO        float64 `json:"tauO"`
	Instability float64 `json:"instability"`
}

// flap is the maximum time between two changes of a flap.
const flap = 10 * time.Minute
