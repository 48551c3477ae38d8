// Package prom asks Prometheus, within bounds: so many queries at a time, each with a time limit that the server is told
// of, an answer of so many bytes and so many series at most. What does not fit is refused, never cut short: a short
// answer would look like objects without samples.
//
// It keeps no answers and repeats no query; package store does, which also sees to it that equal queries are asked once.
package prom
