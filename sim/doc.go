// Package sim runs an autoscaler in virtual time: a load is offered to a plant of pods that start late and report late, and
// each period a policy sees what a controller would see, and decides. Flyball's policy is the very engine of the controller,
// with its state carried from tick to tick. A run of a year takes seconds, and the same seed gives the same bytes.
//
//	sim/load ─► sim/plant ─► Observation ─► Policy (autoscaler/engine) ─► Scale ─► sim/plant
//	                │
//	                └─► Step, to whoever runs it
//
// It keeps nothing of what happened: a consumer is told each step. [Player] plays stories, the engine's among them. Every
// formula is in docs/simulator.md, and the grammar of stories in docs/scenarios.md.
package sim
