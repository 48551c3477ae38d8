// Package explain has the commands flyball explain and flyball decide, which print a decision: of an autoscaler in the
// cluster, or of a bundle that is replayed.
package explain
