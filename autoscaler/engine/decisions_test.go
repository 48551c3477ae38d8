//go:build !race

package engine_test

// defaultDecisions is what `make test` checks; the race detector, which takes ten times as long, checks a part of it.
const defaultDecisions = 1_000_000
