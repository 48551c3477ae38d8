// Package scenario reads stories about an autoscaler and plays them: a spec, then ticks of its clock, each with what is
// seen of the target and of the metrics. It takes text and gives values; it reads no file, knows no clock and decides
// nothing itself: [Player] asks package engine, and does to its small world what was decided.
//
// The text is in blocks, as github.com/cockroachdb/datadriven has them: a command, its input, a line of four dashes, and
// what is expected to come out, which only a test looks at. docs/scenarios.md describes the grammar; the engine's testdata and
// the simulator's hold the stories. Those of the simulator have a plant and a load in the place of ticks, and package sim plays
// both kinds.
package scenario
