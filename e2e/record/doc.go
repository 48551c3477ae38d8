// Package record is what a run showed: samples of load and replicas, their summary, plots for a terminal and for a page, and a CSV.
//
// Its single job is to turn samples into something to read. It is pure: it measures nothing and knows no clock.
package record
