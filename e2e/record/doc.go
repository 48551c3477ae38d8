// Package record is what a run showed: samples of load and replicas, their summary, a plot for a terminal, and a CSV.
//
// Its single job is to turn samples into something to read. It is pure: it measures nothing and knows no clock.
package record
