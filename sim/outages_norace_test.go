//go:build !race

package sim_test

// defaultOutages is the number of random outages that `go test ./sim` plays.
const defaultOutages = 3000
