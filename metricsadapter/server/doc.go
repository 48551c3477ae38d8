// Package server is the metrics adapter as a program: its flags, its wiring and its probes. It is the one package that
// knows the API server library.
//
// It is ready while it can answer, not while Prometheus can: an API group that disappears takes discovery, and with it
// much of the cluster's housekeeping, along. A dead Prometheus is told to those who ask for a metric.
package server
