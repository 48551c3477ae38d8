// Package outages scales many applications on a real control plane while the real Prometheus hangs, dies and comes back.
//
// The matrix is load (falling, rising, steady) × metric × scale-down stabilization × damping. A watch records every
// replica count that a Deployment was given. A count is wrong if it is below what the load needed, by the lowest load
// that a sample can have shown until then. A short form runs in make test, the long one with make outages.
package outages
