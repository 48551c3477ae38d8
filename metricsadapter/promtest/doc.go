// Package promtest is an in-memory Prometheus for tests: Prometheus' own engine over series that a test adds. Its
// results are those of a real server without the HTTP transport.
//
// It does not simulate failures; tests add them around it.
package promtest
