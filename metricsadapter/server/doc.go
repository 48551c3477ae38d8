// Package server runs the metrics adapter: flags, setup and health checks. It is the only package that imports the API
// server library.
//
// It is ready while it can respond, even without Prometheus: an API group that is unavailable breaks discovery, and
// with it garbage collection and namespace deletion. A failure of Prometheus is returned to the clients that request a
// metric.
package server
