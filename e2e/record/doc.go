// Package record has the samples of load and replicas of a run, their summary, a plot for a terminal, and a CSV.
//
// Its single job is to format samples. It is pure: it measures nothing and reads no clock.
package record
