// Package scenario parses and plays stories. A story is a spec followed by ticks, each with an observation of the target and
// of the metrics. [Player] calls package engine for each decision and applies it to the story's target. The package reads no
// files and no clock.
//
// The text consists of blocks in the format of github.com/cockroachdb/datadriven: a command, its input, a line of four dashes,
// and the expected output, which only tests compare. docs/scenarios.md describes the grammar. The testdata of the engine and
// of the simulator contain the stories. Stories of the simulator have a plant and a load instead of ticks; package sim plays
// both kinds.
package scenario
