// Package plant simulates a target in virtual time: pods with a start-up time that share a load and can fail, and metrics with
// a delay. The caller sets the offered load and the replicas. The package reads no clock: a plant starts at a given time and
// advances in steps.
//
//	Scale ─► pods: wait for a node ─► pull ─► start ─► serve (warming up, failing) ─► drain ─► gone
//	          scale.go, node.go         pod.go            │
//	load ─► queue ─► served, dropped; waiting time; demand in pods        service.go, waiting_time.go
//	                     │
//	Observe ◄── window, lag, noise, loss ◄── scrapes of counters                            scrape.go, reading.go
//
// The seed determines a run. Each kind of randomness has a separate source, so that a policy that starts more pods does not
// change the noise of its metrics. docs/simulator.md lists every formula and the limits of the model.
package plant
