//go:build race

package sim_test

// defaultOutages is fewer than without the race detector, which takes ten times as long.
const defaultOutages = 200
