//go:build race

package engine_test

const defaultDecisions = 50_000
