// Package faults is a reverse proxy on loopback between our programs and a real Prometheus, which injects faults.
//
// Its single job is to forward queries, count them, and answer selected ones as a Prometheus does that is down, slow,
// broken, or behind another server. Other queries are untouched, so that a test can break one metric alone. It does not
// depend on clusters or on Flyball.
package faults
