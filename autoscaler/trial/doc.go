// Package trial replays changed settings of an autoscaler over the history that a page has of it. It is pure.
//
//	points of package history ─► history of package backtest ─► replay of the own spec, and of the changed one
//
// A point has one load, in replicas at their target. The replays therefore read the same load from every metric, and a changed target
// needs an autoscaler with one metric.
package trial
