// Package faults is a reverse proxy on loopback that stands between our programs and a real Prometheus, and has bad days.
//
// Its single job is to pass queries on and count them, and to answer those that it is told to as a Prometheus does that
// is down, slow, broken, or hidden behind another server. Whatever is not told to fail is untouched, so that a test can
// see one metric fail and its neighbours go on. It knows nothing of clusters or of Flyball.
package faults
