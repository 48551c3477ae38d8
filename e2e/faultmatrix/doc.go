// Package faultmatrix breaks what Flyball depends on, one fault after another and in pairs, on a real control plane under a load whose
// right answer is known at each moment.
//
// A witness computes the allowed replicas from the load and compares each write to a scale in the API server's audit log with them: no
// wrong scale-in, bounds that hold, a window that opens once, one writer. Each fault has the condition that names it, and the time until
// the first decision with all metrics after its end. A short form runs in make test; make faults runs all and prints the table of
// docs/reliability.md.
package faultmatrix
