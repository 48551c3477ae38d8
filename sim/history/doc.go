// Package history reconstructs the load of a target from what was recorded while some policy scaled it: the values of its metrics,
// its replicas and its ready pods. It estimates start-up times and the lag of decisions from the same series.
//
// A value that was not recorded is unknown, never 0, and so is each load that follows from it. The package is pure.
package history
