// Package promtest is a Prometheus in memory, for tests: Prometheus' own engine over series that a test gives. What it
// answers to a query is what a real server would, but for the wire.
//
// It never does a real server's bad days; a test makes those around it.
package promtest
