// Package adapterfaults holds the acceptance of the metrics adapter on days when Prometheus, its series or our rules are not
// well: one test for each kind of bad day, on a real control plane with a real Prometheus behind package faults.
//
// A bad day hurts one metric. Its test asserts what the API says of that metric, what the adapter's own metrics and log
// say, that no value is made up, that no autoscaler scales in by it, that the other metrics go on meanwhile, and how
// soon it is over after its cause is. What the adapter costs, under many autoscalers and many readers, is counted here,
// too.
package adapterfaults
