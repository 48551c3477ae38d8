// Package suite holds the end-to-end stories: what a user does to a cluster, and what becomes of it. One control plane
// serves all of them, each in a namespace of its own, on simulated nodes; the real node has a story apart. Everything in
// them is real but the pods: the API server, the controllers, the scheduler, Prometheus, and our programs under the
// rights that the chart gives them.
//
// For days on which clocks change there is an autoscaler whose own clock is ahead (otherdays_test.go): package build compiles
// it with one other file, and all else in it is the product's.
//
// A load is chosen so that one replica less would be clearly too few: within the tolerance the count may rest there while
// the rate still climbs, and the story would hang on the moment of a scrape. Nor is it a whole number of targets: a rate that
// is a thousandth above one asks for one replica more.
package suite
