// Package sim runs an autoscaler in virtual time. A load is offered to a simulated target, the plant. Each period a policy gets
// the observation of a controller and decides. Flyball's policy is the engine of the controller with its state. A run of a year
// takes seconds, and the same seed gives the same bytes.
//
//	sim/load ─► sim/plant ─► Observation ─► Policy (autoscaler/engine) ─► Scale ─► sim/plant
//	                │
//	                └─► Step ─► Counter ─► Scores
//
// A simulation passes each step to a callback and stores none. [Counter] computes the scores of a run. No single score ranks
// policies: compare SLO violations at equal cost. [Player] plays stories. docs/simulator.md lists every formula,
// docs/scenarios.md the grammar of stories.
package sim
