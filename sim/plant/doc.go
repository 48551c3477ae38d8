// Package plant is a simulated target in virtual time: pods that start late, share a load and now and then fail, and
// metrics that report late. It decides nothing; whoever drives it says what load is offered, and how many replicas there
// should be. It reads no clock: a plant begins at an instant and goes on by steps.
//
//	Scale ─► pods: wait for a node ─► pull ─► start ─► serve (warming up, now and then failing) ─► drain ─► gone
//	          fleet.go, node.go         pod.go            │
//	load ─► queue ─► served, dropped; waiting time; the least replicas that would do        service.go, wait.go
//	                     │
//	Observe ◄── window, lag, noise, loss ◄── scrapes of counters                            scrape.go, reading.go
//
// A run is determined by its seed: each kind of chance has dice of its own, so that a policy that starts more pods does not
// change what noise its metrics have. docs/simulator.md gives every formula and what the plant leaves out.
package plant
