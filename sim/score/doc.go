// Package score measures what an autoscaler has made of a load: how long its users waited, what it cost, and how calm it was. It
// is told each step of a plant and keeps sums only. What it measures against is the demand, which depends on the load and the
// pods alone, and never on a target that a policy was given.
//
// docs/simulator.md has every formula with its source. No one number ranks policies: who pays more waits less, so compare
// waiting at equal cost, and calm beside both.
package score
