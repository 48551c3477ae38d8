// Package suite has the end-to-end stories: actions of a user on a cluster, and their effects. Each story has a namespace of
// its own, on simulated nodes; some have a real node. Only the simulated pods are not real: the API server, the controllers,
// the scheduler and Prometheus are, and our programs run with the permissions of the chart.
//
// For clock changes, clock_change_test.go runs an autoscaler whose clock is ahead: package build compiles it with one other
// file; the rest of it is the product.
//
// Each load makes one replica less clearly too few: within the tolerance, the replicas could stay there while the rate still
// rises, and the story would depend on the time of a scrape. No load is a whole number of targets: a rate a thousandth above
// it needs one replica more.
package suite
